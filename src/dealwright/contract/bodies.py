"""The bases of request bodies. In every body absent (`UNSET`) and null are different things."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.values import MAX_MEMBERS, Id, Json, ShortText

CUSTOM_FIELD_KEY = re.compile(r"^[0-9a-f]{40}(_[a-z0-9_]+)?$")
"""The key of a custom field, or of one of its parts in v1 (``…_currency``, ``…_until``)."""


CustomFieldValues = Annotated[dict[ShortText, Json], Meta(max_length=MAX_MEMBERS)]
"""Values of custom fields by their keys. How long a text in them may be depends on the type of the field."""


class V1Body(msgspec.Struct, kw_only=True):
    """A v1 body: unknown keys are ignored, numbers and flags may be text, lists and objects JSON in a text."""


class V1RecordBody(V1Body, kw_only=True):
    """A v1 body of a record with custom fields, whose 40-character keys stand at the root of the body.

    They are gathered in ``custom_fields`` (key or key with ending to value) when the body is read.
    """

    custom_fields: CustomFieldValues = {}


V1Labels = Id | ShortText | Annotated[list[Id | ShortText], Meta(max_length=MAX_MEMBERS)]
"""Labels as v1 takes them: an id, the text of a label, several of both with commas, or a list of those."""


class V2Body(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A v2 body: unknown keys are refused and types are exact."""


class SandboxBody(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A body of a sandbox's own endpoints."""


class AppBody(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A body of the web app: unknown keys are refused and types are exact."""


class V2RecordBody(V2Body, kw_only=True):
    """A v2 body of a record with custom fields: key to value; null empties one."""

    custom_fields: CustomFieldValues | UnsetType = UNSET
