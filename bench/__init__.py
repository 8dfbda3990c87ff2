"""Speed and memory, measured against what the same server does without any work: `make bench`."""
