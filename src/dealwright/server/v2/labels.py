"""Labels, and the options of custom fields with their labels, as v2 shows them on request."""

from __future__ import annotations

from collections.abc import Sequence

from dealwright._json import Json
from dealwright.contract.v2.queries import Label
from dealwright.crm.fields import custom, labels
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.fragment_cache import Selection


def show_labels(crm: UnitOfWork, object: RecordTypeName, ids: Sequence[int]) -> list[Label]:
    """Returns the labels of a record, by id and name."""
    return [{"id": id, "label": name} for id, name in labels.names_by_id(crm, object, list(ids))]


def show_custom_fields(crm: UnitOfWork, object: RecordTypeName, stored: str, selection: Selection) -> dict[str, Json]:
    """Returns the selected custom fields of a record."""
    return custom.format_v2(crm, object, stored, selection.custom_fields, option_labels=selection.include_option_labels)
