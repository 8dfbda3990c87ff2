"""Deals and all that hangs on them: pipelines, stages, participants, reports, currencies."""
