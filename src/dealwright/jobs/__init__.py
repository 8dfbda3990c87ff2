"""Durable background work: what jobs do, and what runs them on SQLite and on PostgreSQL."""
