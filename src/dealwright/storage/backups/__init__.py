"""Backups of a whole platform: databases, content of files and the secret key, all of one moment."""
