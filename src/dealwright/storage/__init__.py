"""Where the records are: tables, engines for SQLite and PostgreSQL, companies, migrations. Nothing else."""
