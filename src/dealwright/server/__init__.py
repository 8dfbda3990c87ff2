"""The HTTP server: one handler per endpoint, bound to its declaration."""
