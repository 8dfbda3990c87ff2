"""What the Makefile runs: test databases, third-party clients, the conformance run."""
