"""What webhooks are told, in both versions, and how it gets to them."""
