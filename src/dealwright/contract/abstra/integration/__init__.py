"""Connections and their actions."""
