"""Work grows with its input, and no faster."""
