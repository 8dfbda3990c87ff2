"""Types of fields: the values that they accept, store and log."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator

import pytest

from dealwright.contract.values import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.fields import custom, definitions, labels, timezones
from dealwright.crm.fields.choices import OptionInput
from dealwright.crm.fields.types import TYPES
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import dumps
from tests.api import Api


@pytest.fixture
def crm(api: Api) -> Iterator[UnitOfWork]:
    """A unit of work with one deal field of each type, whose name is that of the type."""
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        for name in TYPES:
            options = [OptionInput("S"), OptionInput("L, large")] if name in ("enum", "set") else []
            definitions.create(crm, "deal", {"name": name, "field_type": name}, options)
        yield crm


def field_key(crm: UnitOfWork, field_type: str) -> str:
    return next(key for key, field in crm.company_data.custom_fields("deal").items() if field.name == field_type)


def read_v1(crm: UnitOfWork, field_type: str, parts: dict[str, Json], before: Json = None) -> Json:
    key = field_key(crm, field_type)
    values = {f"{key}_{part}" if part else key: value for part, value in parts.items()}
    return custom.parse_v1(crm, "deal", values, dumps({key: before} if before else {})).get(key)


@pytest.mark.parametrize(
    ("field_type", "value", "expected"),
    [
        ("varchar", 5, "5"),
        ("double", "5", 5),
        ("double", "-2.50", -2.5),
        ("double", "1e3", 1000.0),
        ("user", "1", 1),
        ("visible_to", "3", 3),
        ("visible_to", 7, 7),
        ("time", "09:00", {"value": "09:00:00", "timezone_id": timezones.IDS["Europe/Tallinn"]}),
        ("daterange", "2026-01-01", {"value": "2026-01-01", "until": None}),
        ("varchar", "", None),
        ("set", "", None),
        ("address", None, None),
    ],
)
def test_values_that_v1_accepts(crm: UnitOfWork, field_type: str, value: Json, expected: Json) -> None:
    assert read_v1(crm, field_type, {"": value}) == expected


@pytest.mark.parametrize(
    ("field_type", "value"),
    [
        ("varchar", "x" * 256),
        ("varchar", ["x"]),
        ("varchar", True),
        ("phone", "1" * 256),
        ("text", "x" * 65_536),
        ("double", "five"),
        ("double", "1e999"),
        ("double", True),
        ("monetary", {"nothing": 5}),
        ("monetary", "five"),
        ("date", "2026-02-29"),
        ("date", "20260228"),
        ("date", "2026-02-28 25:00:00"),
        ("time", "24:00"),
        ("time", 9),
        ("user", 77),
        ("user", "Ada"),
        ("visible_to", 2),
        ("set", ["S", 77]),
    ],
)
def test_values_that_v1_refuses(crm: UnitOfWork, field_type: str, value: Json) -> None:
    with pytest.raises(Invalid, match=field_key(crm, field_type)):
        read_v1(crm, field_type, {"": value})


@pytest.mark.parametrize(
    ("field_type", "value"),
    [
        ("varchar", 5),
        ("double", "5"),
        ("monetary", 5),
        ("monetary", {"currency": "EUR"}),
        ("monetary", {"value": "5"}),
        ("monetary", {"value": 5, "currency": "XXX"}),
        ("monetary", {"value": 5, "amount": 5}),
        ("daterange", {"value": "2026-02-01", "until": "2026-01-01"}),
        ("time", {"value": "09:00", "timezone_name": "Mars/Base"}),
        ("time", {"value": "09:00", "timezone_id": 0}),
        ("timerange", {"value": "09:00", "until": "noon"}),
        ("address", {"value": "Main 1", "country": 5}),
        ("set", {"value": 1}),
        ("user", 1.5),
    ],
)
def test_values_that_v2_refuses(crm: UnitOfWork, field_type: str, value: Json) -> None:
    with pytest.raises(Invalid, match=field_key(crm, field_type)) as refused:
        custom.parse_v2(crm, "deal", {field_key(crm, field_type): value})
    assert refused.value.path == "custom_fields"


def test_parts_that_v1_does_not_give_stay(crm: UnitOfWork) -> None:
    money: Json = {"value": 5, "currency": "USD"}
    assert read_v1(crm, "monetary", {"": 6}, money) == {"value": 6, "currency": "USD"}
    assert read_v1(crm, "monetary", {"currency": "EUR"}, money) == {"value": 5, "currency": "EUR"}
    assert read_v1(crm, "monetary", {"currency": "EUR"}) is None
    days: Json = {"value": "2026-01-01", "until": "2026-01-31"}
    assert read_v1(crm, "daterange", {"until": ""}, days) == {"value": "2026-01-01", "until": None}


def test_every_type_can_be_read_back_as_it_is_shown(crm: UnitOfWork) -> None:
    values: dict[str, Json] = {
        "varchar": "a",
        "varchar_auto": "b",
        "text": "c",
        "phone": "+1",
        "double": 2.5,
        "monetary": {"value": 5, "currency": "USD"},
        "user": 1,
        "date": "2026-01-01",
        "daterange": {"value": "2026-01-01", "until": "2026-01-31"},
        "time": {"value": "09:00:00", "timezone_id": 1},
        "timerange": {"value": "09:00:00", "until": "10:00:00", "timezone_id": 1},
        "address": {"value": "Main 1", "country": "EE"},
        "visible_to": 3,
    }
    for field_type in ("enum", "set"):
        field = crm.company_data.fields("deal")[field_key(crm, field_type)]
        ids: list[Json] = list(crm.company_data.options(field.id))
        values[field_type] = ids if field_type == "set" else ids[0]
    stored = {field_key(crm, field_type): value for field_type, value in values.items()}
    in_v1 = custom.format_v1(crm, "deal", dumps(stored))
    in_v2 = custom.format_v2(crm, "deal", dumps(stored))
    present = {key: value for key, value in in_v1.items() if value is not None}
    assert custom.parse_v1(crm, "deal", present) == stored
    assert {key: value for key, value in custom.parse_v2(crm, "deal", in_v2).items() if value is not None} == stored
    assert in_v1.keys() == custom.format_v1(crm, "deal", "{}").keys()
    assert in_v2.keys() == custom.format_v2(crm, "deal", "{}").keys() == crm.company_data.custom_fields("deal").keys()


def test_texts_of_the_change_log(crm: UnitOfWork) -> None:
    money, choice = field_key(crm, "monetary"), field_key(crm, "set")
    assert custom.format_texts_v1(crm, "deal", money, {"value": 5.0, "currency": "EUR"}) == {
        money: "5",
        f"{money}_currency": "EUR",
    }
    assert custom.format_texts_v1(crm, "deal", choice, [1, 2]) == {choice: "1,2"}
    assert custom.format_texts_v1(crm, "deal", "title", None) == {"title": None}


@pytest.mark.parametrize("value", ["Hot lead,Cold lead", ["Hot lead", "Cold lead", "Hot lead"], "{1}, {3}", ["{1}", 0]])
def test_labels_by_id_and_by_text(crm: UnitOfWork, value: Json) -> None:
    ids = list(crm.company_data.options(crm.company_data.fields("person")["label_ids"].id))
    if isinstance(value, str):
        value = value.format(*ids)
    elif value[1:] == [0]:  # type: ignore[index]
        value = [str(ids[1]), ids[3]]
    assert labels.parse_label_ids(crm, "person", value) == [ids[1], ids[3]]


def test_empty_and_unknown_labels(crm: UnitOfWork) -> None:
    assert labels.parse_label_ids(crm, "person", None) == labels.parse_label_ids(crm, "person", "") == []
    assert labels.existing_ids(crm, "person", [10**6]) == []
    wrong: list[Json] = [10**6, "Unknown", ["Unknown"], True, [1.5]]
    for value in wrong:
        with pytest.raises(Invalid):
            labels.parse_label_ids(crm, "person", value)


def test_time_zones_keep_their_numbers() -> None:
    assert (timezones.NAMES[1], timezones.NAMES[318], timezones.NAMES[455]) == (
        "Africa/Abidjan",
        "Europe/London",
        "Asia/Tbilisi",
    )
    assert len(timezones.IDS) == len(timezones.NAMES)
    assert timezones.IDS.keys() <= zoneinfo.available_timezones()
