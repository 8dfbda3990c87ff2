"""What programs do (actions, connections, runs, apps, tokens, webhooks), and what happens in the company, as it happens."""
