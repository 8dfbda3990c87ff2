"""Labels of deals, persons and organizations: the options of their field ``label``."""

from __future__ import annotations

from collections.abc import Mapping

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.fields import option_ids
from dealwright.crm.kinds import Object
from dealwright.crm.settings import FieldOption
from dealwright.crm.unit import Crm


def label_ids(crm: Crm, object: Object, given: Json) -> list[int]:
    """The labels to store, each once.

    Takes an id, a label's text, a list of those or a text of them with commas; nothing takes all labels away. Raises `Invalid`
    for what is no label of that kind of record.
    """
    known = _labels(crm, object)
    try:
        return option_ids.many_ids(known, given, texts=True)
    except ValueError as error:
        raise Invalid(f"Label not found: {error}", "label_ids") from None


def live(crm: Crm, object: Object, stored: list[int]) -> list[int]:
    """The labels of a record that still exist."""
    if not stored:
        return stored
    known = _labels(crm, object)
    return [id for id in stored if id in known]


def _labels(crm: Crm, object: Object) -> Mapping[int, FieldOption]:
    field = crm.settings.fields(object).get("label")
    return crm.settings.options(field.id) if field else {}
