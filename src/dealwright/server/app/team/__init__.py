"""Handlers for sessions, passwords, second factors and invitations."""
