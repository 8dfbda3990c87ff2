"""Deals, pipelines, stages, participants, currencies, and reports on deals."""
