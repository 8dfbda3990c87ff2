"""Leads, their labels and sources."""
