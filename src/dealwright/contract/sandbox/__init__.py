"""What tests move in a sandbox: its clock, and the failures of its answers.

These endpoints are declared like all others, are no actions, and are served by a sandbox alone (``dealwright serve --throwaway``). They take an
API token of the sandbox. Every failure is an `envelopes.Error`.
"""
