"""Every operator of every type of field, on fields of all kinds of records: it is answered, and the negative ones are opposites."""

from __future__ import annotations

from typing import Any, NamedTuple

from dealwright.crm.fields import comparisons
from dealwright.crm.fields.comparisons import NEGATIONS
from dealwright.crm.filters import places
from dealwright.storage.tables import fields as field_table
from tests.api import Api
from tests.furniture import CHOICES, furnish
from tests.server.filtering import FIELDS, LISTS, post

TYPES = {
    "deal": "deals",
    "person": "people",
    "organization": "org",
    "product": "products",
    "activity": "activity",
    "lead": "leads",
}
VALUES: dict[str, Any] = {
    "int": 1,
    "double": 1.5,
    "monetary": 100,
    "date": "2026-03-02",
    "time": "09:00",
    "daterange": "this_month",
    "timerange": "10:00",
    "varchar": "Deal",
    "title": "Deal",
    "visible_to": 3,
    "status": "open",
    "boolean": True,
    "lead": "00000000-0000-4000-8000-000000000000",
}
"""What is compared with, by the name of the comparison, where no option and no id 1 is meant."""

ELSEWHERE = {"product", "currency", "entered_stage"}
"""Comparisons of no field: products, which no record names, and two that an ``extra_value`` chooses (test_filter_fields)."""

TEAMS = "belongs_to_team"
"""There are no teams so far, so that nobody can be in one."""


class Case(NamedTuple):
    """An operator, a field to try it on, and what to compare it with."""

    object: str
    field_id: int
    comparison: str
    operator: str
    value: Any


def cases(api: Api) -> list[Case]:
    """Each operator of each comparison, on one field of every kind of record."""
    found: dict[tuple[str, str, str], Case] = {}
    listed = [field for object in TYPES for field in api.get(FIELDS[object], limit=500).data]
    options = {field["id"]: field["options"][0]["id"] for field in listed if field.get("options")}
    with api.companies.unit(api.bearer.company, 1, write=False) as crm:
        for object in TYPES:
            for id in crm.db.values(field_table.select().with_only_columns(field_table.c.id)):
                testable = places.testable(crm, object, id)  # type: ignore[arg-type]
                if testable is None:
                    continue
                comparison = testable.comparison
                if comparison.name in CHOICES and id not in options:
                    continue
                value = VALUES.get(comparison.name, options.get(id, 1))
                for operator in {**comparison.labels, **comparison.deprecated}.keys() - {TEAMS}:
                    found.setdefault(
                        (object, comparison.name, operator), Case(object, id, comparison.name, operator, value)
                    )
    return list(found.values())


def test_every_operator_of_every_type(api: Api) -> None:
    furnish(api)
    table = cases(api)
    told = api.get("/v1/filters/helpers").data
    names = {case.comparison for case in table}
    assert names >= set(comparisons.ALL) - ELSEWHERE
    assert names >= set(told["operators"]) - ELSEWHERE
    for case in table:
        if (positive := NEGATIONS.get(case.operator)) is not None:
            everything = ids(api, TYPES[case.object])
            held = passing(api, case._replace(operator=positive))
            assert passing(api, case) == everything - held, case
        else:
            assert passing(api, case) <= ids(api, TYPES[case.object]), case


def passing(api: Api, case: Case) -> set[Any]:
    """The ids of the records that pass."""
    condition: dict[str, Any] = {"object": case.object, "field_id": case.field_id, "operator": case.operator}
    condition["value"] = None if "NULL" in case.operator else case.value
    made = post(api, TYPES[case.object], condition)
    assert made.status == 200, (case, made.body)
    return ids(api, TYPES[case.object], filter_id=made.data["id"])


def ids(api: Api, type: str, **query: object) -> set[Any]:
    """The ids of the records in a list."""
    return {record["id"] for record in api.get(LISTS[type], **query).data or []}
