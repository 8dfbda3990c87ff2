"""OAuth 2.0 apps and what users granted them. All of it is the platform's: it works on `Platform`, not in a unit of work."""
