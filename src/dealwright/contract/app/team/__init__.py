"""Who uses the web app: sessions, passwords, second factors, invitations."""
