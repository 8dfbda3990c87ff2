"""Fields: the types of the attributes of records, and the field definitions of a company."""
