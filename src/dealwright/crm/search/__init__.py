"""Searches: the index of texts, which is written before each commit, and the queries on it."""
