"""The first version: offset pages, embedded objects, custom fields at the root of a record."""
