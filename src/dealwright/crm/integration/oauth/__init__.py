"""OAuth 2.0 apps, and the grants of users to them. Functions take the `Platform` instead of a unit of work."""
