"""Persons and organizations, their relationships and pictures."""
