"""Mail that comes in: a receiver of mail for the addresses for copies, and what fetches the mailboxes of users."""
