"""Activities, their types, and projects."""
