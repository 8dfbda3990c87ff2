"""Labels of deals, persons and organizations: the options of their field ``label_ids``, which v1 calls ``label`` for deals."""

from __future__ import annotations

from collections.abc import Mapping

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.fields import option_ids, system
from dealwright.crm.integration.model import FieldOption
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork


def parse_label_ids(crm: UnitOfWork, object: RecordTypeName, raw: Json, path: str = "label_ids") -> list[int]:
    """Returns the ids of labels to store, each once.

    Takes an id, the text of a label, a list of those, or a text of them with commas; an empty value removes all labels.
    Raises `Invalid`, for the field ``path``, for anything that is no label of this record type.
    """
    known = label_options(crm, object)
    try:
        return option_ids.parse_option_ids(known, raw, allow_labels=True)
    except ValueError as error:
        raise Invalid(f"Label not found: {error}", path) from None


def existing_ids(crm: UnitOfWork, object: RecordTypeName, ids: list[int]) -> list[int]:
    """Returns the ids of the labels that still exist."""
    if not ids:
        return ids
    known = label_options(crm, object)
    return [id for id in ids if id in known]


def names_by_id(crm: UnitOfWork, object: RecordTypeName, ids: list[int]) -> list[tuple[int, str]]:
    """Returns the labels that still exist, by id and name."""
    known = label_options(crm, object)
    return [(id, known[id].label) for id in ids if id in known]


def label_options(crm: UnitOfWork, object: RecordTypeName) -> Mapping[int, FieldOption]:
    """Returns the labels of a record type by their ids."""
    field = crm.company_data.fields(object).get(system.to_v1_key(object, "label_ids"))
    return crm.company_data.options(field.id) if field else {}
