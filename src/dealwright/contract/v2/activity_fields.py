"""The fields of activities."""

from __future__ import annotations

from typing import NotRequired

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Cursor, Limit
from dealwright.contract.v2.envelopes import Item, Page
from dealwright.contract.v2.fields import Field, FieldCode, Visibility, VisibilityExtra

READ = frozenset({"admin"})


class ActivityField(Field):
    """A field of activities. What is not always there comes on request, by `include_fields`."""

    ui_visibility: NotRequired[Visibility]


@endpoint("GET /api/v2/activityFields", group="ActivityFields", scopes=READ, cost=10, documented=False)
def get_activity_fields(
    include_fields: VisibilityExtra | None = None, limit: Limit | None = None, cursor: Cursor | None = None
) -> Page[ActivityField]:
    """List the activity fields, those of the system and custom ones."""


@endpoint("GET /api/v2/activityFields/{field_code}", group="ActivityFields", scopes=READ, cost=1, documented=False)
def get_activity_fields_by_field_code(
    field_code: FieldCode, include_fields: VisibilityExtra | None = None
) -> Item[ActivityField]:
    """Get an activity field."""
