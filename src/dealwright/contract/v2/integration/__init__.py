"""What serves all records and other programs: fields, filters, search, recents, webhooks, OAuth."""
