"""The web app's own API, for what it asks beyond v1 and v2: sessions, and what happens in the company.

Its endpoints are declared like all others, and are no actions: the catalogue, the command line and the connector do not have them.
They take the session of a browser and nothing else. Answers are plain objects, lists `envelopes.Items`.
"""
