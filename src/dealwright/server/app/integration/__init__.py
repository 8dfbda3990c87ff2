"""What programs do, and what happens in the company."""
