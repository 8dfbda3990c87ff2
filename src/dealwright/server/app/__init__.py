"""Handlers of the web app's own API."""
