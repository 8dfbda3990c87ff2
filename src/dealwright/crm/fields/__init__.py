"""Fields: the type of every attribute of every record, and the definitions that a company has."""
