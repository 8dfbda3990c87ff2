"""Leads: what they become, and what becomes of deals."""
