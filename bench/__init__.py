"""Measures speed and memory, compared with the same server without any work: `make bench`."""
