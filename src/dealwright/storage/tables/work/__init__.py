"""Activities and their types."""
