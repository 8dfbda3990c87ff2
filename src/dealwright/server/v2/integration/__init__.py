"""Services for all records and for other programs: fields, filters, search, recents, webhooks, OAuth."""
