"""Addresses of activities, organizations and persons, as a whole and in parts."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from msgspec import UNSET, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.values import LongText, ShortText


class Address(TypedDict):
    """An address: ``value`` is the whole of it."""

    value: str
    country: str | None
    admin_area_level_1: str | None
    admin_area_level_2: str | None
    locality: str | None
    sublocality: str | None
    route: str | None
    street_number: str | None
    subpremise: str | None
    postal_code: str | None
    formatted_address: NotRequired[str | None]


class NewAddress(V2Body, kw_only=True):
    """An address to set; the parts that are left out become empty."""

    value: LongText | UnsetType | None = UNSET
    country: ShortText | UnsetType | None = UNSET
    admin_area_level_1: ShortText | UnsetType | None = UNSET
    admin_area_level_2: ShortText | UnsetType | None = UNSET
    locality: ShortText | UnsetType | None = UNSET
    sublocality: ShortText | UnsetType | None = UNSET
    route: ShortText | UnsetType | None = UNSET
    street_number: ShortText | UnsetType | None = UNSET
    subpremise: ShortText | UnsetType | None = UNSET
    postal_code: ShortText | UnsetType | None = UNSET
    formatted_address: LongText | UnsetType | None = UNSET
