"""Handlers of the first version."""
