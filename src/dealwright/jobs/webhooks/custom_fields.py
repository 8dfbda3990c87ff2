"""Custom fields in payloads of version 2.0: each value comes with its type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dealwright.contract.values import Json
from dealwright.crm.fields import custom
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork

Members = Mapping[str, Any]


def show(crm: UnitOfWork, object: RecordTypeName, json_text: str) -> dict[str, Json]:
    """Returns all custom fields of a record by key; null when unset."""
    fields = crm.company_data.custom_fields("deal" if object == "lead" else object)
    values = custom.format_v2(crm, object, json_text)
    return {key: None if value is None else _with_type(fields[key].field_type, value) for key, value in values.items()}


def _with_type(field_type: str, value: Any) -> Json:
    members = _MEMBERS.get(field_type, lambda value: {"value": value})
    return {"type": field_type, **members(value)}


def _id(value: Any) -> Members:
    return {"id": value}


def _range(value: Any) -> Members:
    return {"from": value["value"], "until": value["until"]}


_MEMBERS: Mapping[str, Callable[[Any], Members]] = {
    "monetary": lambda value: value,
    "enum": _id,
    "set": lambda value: {"values": [{"id": id} for id in value]},
    "user": _id,
    "people": _id,
    "org": _id,
    "daterange": _range,
    "time": lambda value: {"value": value["value"], "timezone_id": value["timezone_id"]},
    "timerange": lambda value: {**_range(value), "timezone_id": value["timezone_id"]},
    "address": lambda value: value,
}
