"""Notes, comments, files and mail."""
