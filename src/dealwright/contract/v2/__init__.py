"""The second version: cursors, plain ids, strict bodies, custom fields in an object of their own."""
