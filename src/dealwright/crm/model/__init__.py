"""The records of the CRM: what a row of each table is."""
