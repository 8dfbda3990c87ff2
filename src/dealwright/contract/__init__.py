"""What the API is: every endpoint declared once, as a typed signature and a docstring, without a body."""
