"""Activities, their types and participants."""
