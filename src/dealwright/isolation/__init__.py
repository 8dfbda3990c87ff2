"""Runs Python code that nobody vouches for: in a process of its own, fenced in, with one way out.

`levels` says how well this machine can fence code in, `process` runs it. What is in `child` runs in that process.
"""
