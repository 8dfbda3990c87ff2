"""Types of fields: what they take, keep and log."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator

import pytest

from dealwright.contract.values import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.fields import custom, definitions, labels, timezones
from dealwright.crm.fields.choices import Choice
from dealwright.crm.fields.types import TYPES
from dealwright.crm.unit import Crm
from dealwright.crm.values import dumps
from tests.api import Api


@pytest.fixture
def crm(api: Api) -> Iterator[Crm]:
    """A unit of work with one deal field of each type, whose name is that of the type."""
    with api.companies.unit(api.bearer.company, 1, write=True) as crm:
        for name in TYPES:
            options = [Choice("S"), Choice("L, large")] if name in ("enum", "set") else []
            definitions.create(crm, "deal", {"name": name, "field_type": name}, options)
        yield crm


def key_of(crm: Crm, field_type: str) -> str:
    return next(key for key, field in crm.settings.custom_fields("deal").items() if field.name == field_type)


def read_v1(crm: Crm, field_type: str, parts: dict[str, Json], before: Json = None) -> Json:
    key = key_of(crm, field_type)
    given = {f"{key}_{part}" if part else key: value for part, value in parts.items()}
    return custom.read_v1(crm, "deal", given, dumps({key: before} if before else {})).get(key)


@pytest.mark.parametrize(
    ("field_type", "given", "kept"),
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
def test_what_v1_takes(crm: Crm, field_type: str, given: Json, kept: Json) -> None:
    assert read_v1(crm, field_type, {"": given}) == kept


@pytest.mark.parametrize(
    ("field_type", "given"),
    [
        ("varchar", "x" * 256),
        ("varchar", ["x"]),
        ("varchar", True),
        ("phone", "1" * 256),
        ("text", "x" * 65_536),
        ("double", "five"),
        ("double", "1e999"),
        ("double", True),
        ("monetary", {"value": 5}),
        ("monetary", "five"),
        ("date", "2026-02-29"),
        ("date", "20260228"),
        ("date", "2026-02-28 10:00:00"),
        ("time", "24:00"),
        ("time", 9),
        ("user", 77),
        ("user", "Ada"),
        ("visible_to", 2),
        ("set", ["S", 77]),
    ],
)
def test_what_v1_refuses(crm: Crm, field_type: str, given: Json) -> None:
    with pytest.raises(Invalid, match=key_of(crm, field_type)):
        read_v1(crm, field_type, {"": given})


@pytest.mark.parametrize(
    ("field_type", "given"),
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
def test_what_v2_refuses(crm: Crm, field_type: str, given: Json) -> None:
    with pytest.raises(Invalid, match=key_of(crm, field_type)) as refused:
        custom.read_v2(crm, "deal", {key_of(crm, field_type): given})
    assert refused.value.path == "custom_fields"


def test_parts_that_v1_does_not_give_stay(crm: Crm) -> None:
    money: Json = {"value": 5, "currency": "USD"}
    assert read_v1(crm, "monetary", {"": 6}, money) == {"value": 6, "currency": "USD"}
    assert read_v1(crm, "monetary", {"currency": "EUR"}, money) == {"value": 5, "currency": "EUR"}
    assert read_v1(crm, "monetary", {"currency": "EUR"}) is None
    days: Json = {"value": "2026-01-01", "until": "2026-01-31"}
    assert read_v1(crm, "daterange", {"until": ""}, days) == {"value": "2026-01-01", "until": None}


def test_every_type_can_be_read_back_as_it_is_shown(crm: Crm) -> None:
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
        field = crm.settings.fields("deal")[key_of(crm, field_type)]
        ids: list[Json] = list(crm.settings.options(field.id))
        values[field_type] = ids if field_type == "set" else ids[0]
    kept = {key_of(crm, field_type): value for field_type, value in values.items()}
    in_v1 = custom.show_v1(crm, "deal", dumps(kept))
    in_v2 = custom.show_v2(crm, "deal", dumps(kept))
    given = {key: value for key, value in in_v1.items() if value is not None}
    assert custom.read_v1(crm, "deal", given) == kept
    assert {key: value for key, value in custom.read_v2(crm, "deal", in_v2).items() if value is not None} == kept
    assert in_v1.keys() == custom.show_v1(crm, "deal", "{}").keys()
    assert in_v2.keys() == custom.show_v2(crm, "deal", "{}").keys() == crm.settings.custom_fields("deal").keys()


def test_texts_of_the_change_log(crm: Crm) -> None:
    money, choice = key_of(crm, "monetary"), key_of(crm, "set")
    assert custom.texts_v1(crm, "deal", money, {"value": 5.0, "currency": "EUR"}) == {
        money: "5",
        f"{money}_currency": "EUR",
    }
    assert custom.texts_v1(crm, "deal", choice, [1, 2]) == {choice: "1,2"}
    assert custom.texts_v1(crm, "deal", "title", None) == {"title": None}


@pytest.mark.parametrize("given", ["Hot lead,Cold lead", ["Hot lead", "Cold lead", "Hot lead"], "{1}, {3}", ["{1}", 0]])
def test_labels_by_id_and_by_text(crm: Crm, given: Json) -> None:
    ids = list(crm.settings.options(crm.settings.fields("person")["label"].id))
    if isinstance(given, str):
        given = given.format(*ids)
    elif given[1:] == [0]:  # type: ignore[index]
        given = [str(ids[1]), ids[3]]
    assert labels.label_ids(crm, "person", given) == [ids[1], ids[3]]


def test_labels_that_are_none(crm: Crm) -> None:
    assert labels.label_ids(crm, "person", None) == labels.label_ids(crm, "person", "") == []
    assert labels.live(crm, "person", [10**6]) == []
    wrong: list[Json] = [10**6, "Unknown", ["Unknown"], True, [1.5]]
    for given in wrong:
        with pytest.raises(Invalid):
            labels.label_ids(crm, "person", given)


def test_time_zones_keep_their_numbers() -> None:
    assert (timezones.NAMES[1], timezones.NAMES[455]) == ("Africa/Abidjan", "Europe/London")
    assert len(timezones.IDS) == len(timezones.NAMES)
    assert timezones.IDS.keys() <= zoneinfo.available_timezones()
