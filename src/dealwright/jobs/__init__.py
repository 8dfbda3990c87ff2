"""Durable background work: the jobs, and the runners for SQLite and PostgreSQL."""
