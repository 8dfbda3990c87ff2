"""Every operator of every type of field: which of a few records pass."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.server.integration.filtering import Fields, filtered_deals
from tests.server.integration.test_custom_fields import create_field, option_ids

# Three deals: A and B have a value, N has none. Cases: operator, value, who passes.
Case = tuple[str, Any, str]

NULL_CASES: list[Case] = [("IS NULL", None, "N"), ("IS NOT NULL", None, "AB")]

TEXTS: list[Case] = [
    *NULL_CASES,
    ("=", "ÄPFEL_50%", "A"),
    ("=", "äpfel", ""),
    ("!=", "äpfel_50%", "BN"),
    ("LIKE '%$%'", "L_5", "A"),
    ("LIKE '%$%'", "%", "A"),
    ("LIKE '%$%'", "f", "AB"),
    ("LIKE '$%'", "äP", "A"),
    ("LIKE '%$'", "FE", "B"),
    ("NOT LIKE '%$%'", "_", "BN"),
    ("NOT LIKE '$%'", "Ä", "BN"),
    ("NOT LIKE '%$'", "e", "AN"),
]
NUMBERS: list[Case] = [
    *NULL_CASES,
    ("=", 10, "A"),
    ("=", "10.0", "A"),
    ("!=", 10, "BN"),
    (">", 10, "B"),
    (">=", "10", "AB"),
    ("<", 20.5, "A"),
    ("<=", 20.5, "AB"),
    ("<", 9007199254740991, "AB"),
]
DAYS: list[Case] = [
    *NULL_CASES,
    ("=", "2026-01-31", "A"),
    ("!=", "2026-01-31", "BN"),
    (">", "2026-01-31", "B"),
    (">=", "2026-01-31", "AB"),
    ("<", "2026-03-02", "A"),
    ("<=", "2026-03-02", "AB"),
    ("=", "today", "B"),
    ("!=", "this_week", "AN"),
]
TIMES: list[Case] = [
    *NULL_CASES,
    ("=", "09:00", "A"),
    ("!=", "09:00:00", "BN"),
    (">", "09:00", "B"),
    (">=", "09:00", "AB"),
    ("<", "17:30", "A"),
    ("<=", "17:30", "AB"),
]
DATE_RANGES: list[Case] = [
    # A: 1 to 31 January, B: from 2 March.
    *NULL_CASES,
    ("=", "2026-01-01", "A"),
    ("!=", "2026-01-01", "BN"),
    ("<", "2026-03-02", "A"),
    ("<=", "2026-03-02", "AB"),
    (">", "2026-01-01", "B"),
    (">=", "2026-01-01", "AB"),
    ("ends_at", "2026-01-31", "A"),
    ("does_not_end_at", "2026-01-31", "BN"),
    ("ends_before", "2026-01-31", ""),
    ("ends_e_before", "2026-01-31", "A"),
    ("ends_after", "2026-01-30", "A"),
    ("ends_e_after", "2026-02-01", ""),
    ("ends_at", "last_quarter", ""),
    ("ends_at", "this_quarter", "A"),
    ("includes", "2026-01-01", "A"),
    ("includes", "2026-01-31", "A"),
    ("includes", "2026-02-01", ""),
    ("includes", "tomorrow", "B"),
    ("includes", "this_month", ""),
    ("includes", "before_today", ""),
]
TIME_RANGES: list[Case] = [
    # A: 9 to 12, B: 22 to 2 on the next day.
    *NULL_CASES,
    ("=", "09:00", "A"),
    ("!=", "09:00", "BN"),
    ("<", "22:00", "A"),
    ("<=", "22:00", "AB"),
    (">", "09:00", "B"),
    (">=", "09:00", "AB"),
    ("ends_at", "12:00", "A"),
    ("does_not_end_at", "12:00", "BN"),
    ("ends_before", "12:00", "B"),
    ("ends_e_before", "12:00", "AB"),
    ("ends_after", "02:00", "A"),
    ("ends_e_after", "02:00", "AB"),
    ("includes", "12:00", "A"),
    ("includes", "12:01", ""),
    ("includes", "01:00", "B"),
    ("includes", "23:00", "B"),
]
ID_CASES: list[Case] = [*NULL_CASES, ("=", 1, "A"), ("=", "1", "A"), ("!=", 1, "BN"), ("=", 2, "B")]
MONEY: list[Case] = [*NUMBERS, ("= | currency", "USD", "B"), ("!= | currency", "USD", "AN")]
ADDRESSES: list[Case] = [
    *NULL_CASES,
    ("=", "main st 1", "A"),
    ("LIKE '%$%' | locality", "tall", "A"),
    ("= | country", "EE", "AB"),
    ("!= | locality", "Tallinn", "BN"),
    ("IS NULL | locality", None, "BN"),
]

RANGES: dict[str, Any] = {
    "daterange": ({"value": "2026-01-01", "until": "2026-01-31"}, {"value": "2026-03-02"}),
    "timerange": ({"value": "09:00", "until": "12:00"}, {"value": "22:00", "until": "02:00"}),
}
ADDRESS = (
    {"value": "Main St 1", "locality": "Tallinn", "country": "EE"},
    {"value": "Side St", "country": "ee"},
)


@pytest.mark.parametrize(
    ("field_type", "values", "cases"),
    [
        ("varchar", ("Äpfel_50%", "Kaffe"), TEXTS),
        ("text", ("Äpfel_50%", "Kaffe"), TEXTS),
        ("varchar_auto", ("Äpfel_50%", "Kaffe"), TEXTS),
        ("phone", ("Äpfel_50%", "Kaffe"), TEXTS),
        ("double", (10, 20.5), NUMBERS),
        ("monetary", ({"value": 10, "currency": "EUR"}, {"value": 20.5, "currency": "USD"}), MONEY),
        ("date", ("2026-01-31", "2026-03-02"), DAYS),
        ("daterange", RANGES["daterange"], DATE_RANGES),
        ("time", ({"value": "09:00:00"}, {"value": "17:30:00"}), TIMES),
        ("timerange", RANGES["timerange"], TIME_RANGES),
        ("user", (1, 2), ID_CASES),
        ("people", (1, 2), ID_CASES),
        ("org", (1, 2), ID_CASES),
        ("address", ADDRESS, ADDRESSES),
    ],
)
def test_custom_fields(api: Api, field_type: str, values: tuple[Any, Any], cases: list[Case]) -> None:
    for name in ("One", "Two"):
        api.post("/v1/users", {"email": f"{name}@example.com"})
        api.post("/api/v2/persons", {"name": name})
        api.post("/api/v2/organizations", {"name": name})
    key = create_field(api, field_type)
    for title, value in zip("AB", values, strict=True):
        api.post("/api/v2/deals", {"title": title, "custom_fields": {key: value}})
    api.post("/api/v2/deals", {"title": "N"})
    check_cases(api, key, cases)


def check_cases(api: Api, key: str, cases: list[Case]) -> None:
    """Checks every case on a field of deals."""
    fields = Fields(api)
    assert [
        (operator, value, filtered_deals(api, fields, key, operator, value)) for operator, value, _ in cases
    ] == cases


def test_single_options(api: Api) -> None:
    key = create_field(api, "enum", options=("S", "M", "L"))
    small, medium, large = option_ids(api, key)
    for title, option in (("A", small), ("B", medium), ("N", None), ("G", large)):
        api.post("/api/v2/deals", {"title": title, "custom_fields": {key: option}})
    cases = [("=", small, "A"), ("=", str(medium), "B"), ("!=", small, "BNG"), ("IS NULL", None, "N")]
    check_cases(api, key, cases)
    api.call("DELETE", f"/api/v2/dealFields/{key}/options", [{"id": large}])
    check_cases(
        api, key, [("IS NULL", None, "NG"), ("IS NOT NULL", None, "AB"), ("=", large, ""), ("!=", small, "BNG")]
    )


def test_multiple_options(api: Api) -> None:
    key = create_field(api, "set", options=("Red", "Blue", "Gone"))
    red, blue, gone = option_ids(api, key)
    for title, options in (("A", [red]), ("B", [red, blue]), ("N", None), ("G", [gone])):
        api.post("/api/v2/deals", {"title": title, "custom_fields": {key: options}})
    api.call("DELETE", f"/api/v2/dealFields/{key}/options", [{"id": gone}])
    cases = [
        ("=", red, "A"),
        ("=", [blue, red], "B"),
        ("=", f"{red},{blue}", "B"),
        ("!=", str(red), "BNG"),
        ("contains", red, "AB"),
        ("contains", f"{red}, {blue}", "B"),
        ("not_contains", blue, "ANG"),
        ("IS NULL", None, "NG"),
        ("IS NOT NULL", None, "AB"),
    ]
    check_cases(api, key, cases)
