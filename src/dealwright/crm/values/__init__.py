"""The formats of single values: as they are stored, and as people and clients send them."""
