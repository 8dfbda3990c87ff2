"""Handlers of the second version."""
