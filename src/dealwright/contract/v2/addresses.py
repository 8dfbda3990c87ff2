"""Addresses of activities, organizations and persons, as a whole and in parts."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from msgspec import UNSET, UnsetType

from dealwright.contract.bodies import V2Body


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

    value: str | UnsetType | None = UNSET
    country: str | UnsetType | None = UNSET
    admin_area_level_1: str | UnsetType | None = UNSET
    admin_area_level_2: str | UnsetType | None = UNSET
    locality: str | UnsetType | None = UNSET
    sublocality: str | UnsetType | None = UNSET
    route: str | UnsetType | None = UNSET
    street_number: str | UnsetType | None = UNSET
    subpremise: str | UnsetType | None = UNSET
    postal_code: str | UnsetType | None = UNSET
    formatted_address: str | UnsetType | None = UNSET
