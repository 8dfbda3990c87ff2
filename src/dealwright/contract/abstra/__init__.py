"""What projects of Abstra call to run actions of connectors, by the package ``abstra`` on PyPI.

These endpoints are declared like all others, and are no actions. They take an API token as their key, below ``/cli`` and ``/apps`` alike,
and ignore what they do not know. Every failure is an `envelopes.Error`.
"""
