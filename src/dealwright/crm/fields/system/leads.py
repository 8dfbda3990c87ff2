"""The fields that leads share with deals. Leads have no definitions of their own, only other names for some fields."""

from __future__ import annotations

from collections.abc import Mapping

NAMES: Mapping[str, str] = {
    "id": "id",
    "title": "title",
    "creator_user_id": "creator_id",
    "user_id": "owner_id",
    "add_time": "add_time",
    "update_time": "update_time",
    "visible_to": "visible_to",
    "origin": "origin",
    "origin_id": "origin_id",
    "channel": "channel",
    "channel_id": "channel_id",
    "is_archived": "is_archived",
    "value": "value",
    "org_id": "organization_id",
    "person_id": "person_id",
    "expected_close_date": "expected_close_date",
}
"""The v1 keys of the fields of deals that leads have, and their names in leads."""
