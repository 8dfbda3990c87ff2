"""Users, roles, permission sets and followers."""
