"""Tables, databases on SQLite and PostgreSQL, the companies on a platform, files, migrations. It knows no rules."""
