"""Handlers of the endpoints that only a sandbox has."""
