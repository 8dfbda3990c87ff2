"""The fields of notes."""

from __future__ import annotations

from dealwright.contract.v1 import note_fields as contract
from dealwright.contract.v1.envelopes import Page
from dealwright.crm.fields import definitions
from dealwright.crm.pages import slice_of
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes, fields


def show(crm: Crm, field: Field) -> contract.NoteField:
    """A field of notes as v1 writes it: less than those of other records."""
    whole = fields.show(crm, field)
    answer: contract.NoteField = {
        "id": field.id,
        "key": field.key,
        "name": field.name,
        "field_type": whole["field_type"],
        "active_flag": whole["active_flag"],
        "edit_flag": whole["edit_flag"],
        "bulk_edit_allowed": whole["bulk_edit_allowed"],
        "mandatory_flag": whole["mandatory_flag"] is True,
    }
    if options := whole.get("options"):
        answer["options"] = options
    return answer


@implements(contract.get_note_fields)
def get_note_fields(crm: Crm) -> Page[contract.NoteField]:
    return envelopes.page(slice_of(definitions.listed(crm, "note"), 0, None), lambda field: show(crm, field))
