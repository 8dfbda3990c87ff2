"""Products, their prices and images."""
