"""Mail that comes in for real: from real clients, from real servers."""
