"""Tables that serve all records and other programs: changes, fields, filters, search, jobs, webhooks, the company."""
