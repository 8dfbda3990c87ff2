"""Integration with other programs: webhooks, OAuth, token usage and public images; rows of fields and filters."""
