"""The payloads of webhooks, in both versions, and their delivery."""
