"""Turns v2 bodies of records with custom fields into the values that the rules of the CRM take."""

from __future__ import annotations

from dealwright.contract.bodies import V2RecordBody
from dealwright.crm.fields import custom, labels
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.server.bodies import provided_values


def record_values(crm: UnitOfWork, object: RecordTypeName, data: V2RecordBody) -> Values:
    """Returns the properties that a body has, custom fields and labels as they are stored. Raises `Invalid`."""
    values = provided_values(data)
    if isinstance(data.custom_fields, dict):
        values["custom_fields"] = custom.parse_v2(crm, object, data.custom_fields)
    if "label_ids" in values:
        values["label_ids"] = list(labels.parse_label_ids(crm, object, values["label_ids"]))
    return values
