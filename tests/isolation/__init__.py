"""Code that nobody vouches for, and what it tries."""
