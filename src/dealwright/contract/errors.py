"""What is wrong with the arguments of a call, said once for both sides of the wire."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import msgspec


class Problem(msgspec.Struct, frozen=True):
    """One argument that does not fit: where it is, why, and the valid name nearest to an unknown one."""

    path: str
    reason: str
    suggestion: str | None = None

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}" if self.path else self.reason


class InvalidArguments(ValueError):
    """The arguments of a call do not fit the endpoint's declaration."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


V2_NAMES = {
    "active_flag": "is_active",
    "add_visible_flag": "ui_visibility",
    "busy_flag": "busy",
    "deal_probability": "is_deal_probability_enabled",
    "email": "emails",
    "enabled_flag": "is_enabled",
    "exact_match": "match",
    "field_key": "field",
    "field_type": "entity_type",
    "key": "field_code",
    "label": "label_ids",
    "name": "field_name",
    "organization_id": "org_id",
    "phone": "phones",
    "rotten_days": "days_to_rotten",
    "rotten_flag": "is_deal_rot_enabled",
    "selectable": "is_linkable",
    "since": "updated_since",
    "sort": "sort_by",
    "until": "updated_until",
    "user_id": "owner_id",
}
"""The names in v2 of parameters and properties that v1 calls otherwise."""

V1_NAMES = {v2_name: v1_name for v1_name, v2_name in V2_NAMES.items()}

LONGEST_SUGGESTED_NAME = 64
_SIMILARITY = 0.6


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """Returns the valid name that the other API version has for ``name``, or the one most like it; None when none is close."""
    names = list(valid)
    for spelling in (name, name.removesuffix("s")):
        for renamed in (V2_NAMES.get(spelling), V1_NAMES.get(spelling)):
            if renamed in names:
                return renamed
    # What is linked is given by its id.
    for ending in ("_id", "_ids"):
        if f"{name.removesuffix('s')}{ending}" in names:
            return f"{name.removesuffix('s')}{ending}"
    if len(name) > LONGEST_SUGGESTED_NAME:
        return None
    found = difflib.get_close_matches(name, names, n=3, cutoff=_SIMILARITY)
    return next((one for one in found if _are_alike(name, one)), None)


def _are_alike(name: str, other: str) -> bool:
    """Whether names are like each other before an ending that many have: ``user_ids`` is not meant for ``stage_id``."""
    head, _, ending = name.rpartition("_")
    other_head, _, other_ending = other.rpartition("_")
    if not head or not other_head or ending.rstrip("s") != other_ending.rstrip("s"):
        return True
    return difflib.SequenceMatcher(None, head, other_head).ratio() >= _SIMILARITY
