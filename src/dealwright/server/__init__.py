"""The wire side: one handler per endpoint, bound to its declaration."""
