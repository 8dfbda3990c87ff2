"""Users, their roles and permissions, and their log-ins."""
