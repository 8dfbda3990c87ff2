"""Searches: the index of texts that `crm.records` keeps up to date, and what is found in it."""
