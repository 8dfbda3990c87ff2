"""The bases of request bodies. In every body absent (`UNSET`) and null are different things."""

from __future__ import annotations

import re

import msgspec
from msgspec import UNSET, UnsetType

from dealwright.contract.values import Json

CUSTOM_FIELD_KEY = re.compile(r"^[0-9a-f]{40}(_[a-z0-9_]+)?$")
"""The key of a custom field, or of one of its parts in v1 (``…_currency``, ``…_until``)."""


class V1Body(msgspec.Struct, kw_only=True):
    """A v1 body: unknown keys are ignored, numbers and flags may be text."""


class V1RecordBody(V1Body, kw_only=True):
    """A v1 body of a record with custom fields, whose 40-character keys stand at the root of the body.

    They are gathered in ``custom_fields`` (key or key with ending to value) when the body is read.
    """

    custom_fields: dict[str, Json] = {}


class V2Body(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A v2 body: unknown keys are refused and types are exact."""


class V2RecordBody(V2Body, kw_only=True):
    """A v2 body of a record with custom fields: key to value; null empties one."""

    custom_fields: dict[str, Json] | UnsetType = UNSET
