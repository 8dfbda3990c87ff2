"""The fields of notes."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.fields import FieldType, Option


class NoteField(TypedDict):
    """A field of notes; ``options`` is there only when there are some."""

    id: int
    key: str
    name: str
    field_type: FieldType
    active_flag: bool
    edit_flag: bool
    bulk_edit_allowed: bool
    mandatory_flag: bool
    options: NotRequired[list[Option]]


@endpoint(
    "GET /v1/noteFields",
    group="NoteFields",
    scopes={"contacts:full", "contacts:read", "deals:full", "deals:read"},
    cost=20,
)
def get_note_fields() -> Page[NoteField]:
    """List all note fields."""
