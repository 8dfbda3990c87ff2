"""Every operator of every type of field, on fields of all kinds of records: it is answered, and the negative ones are opposites."""

from __future__ import annotations

from typing import Any, NamedTuple

from dealwright.crm.fields import comparisons
from dealwright.crm.fields.comparisons import NEGATIONS
from dealwright.crm.filters import filterable_fields
from dealwright.storage.tables import fields as field_table
from tests.api import Api
from tests.populated_company import CHOICE_TYPES, populate
from tests.server.integration.filtering import FIELD_PATHS, LIST_PATHS, create_filter

FILTER_TYPES = {
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
"""The values to compare with, by the name of the comparison, where they are not an option or the id 1."""

TESTED_ELSEWHERE = {"product", "currency", "entered_stage"}
"""Comparisons of no field: products, which no record names, and two that an ``extra_value`` chooses (test_filter_fields)."""


class Case(NamedTuple):
    """An operator, a field to try it on, and what to compare it with."""

    object: str
    field_id: int
    comparison: str
    operator: str
    value: Any


def cases(api: Api) -> list[Case]:
    """Returns each operator of each comparison, on one field of every kind of record."""
    cases_by_operator: dict[tuple[str, str, str], Case] = {}
    field_list = [field for object in FILTER_TYPES for field in api.get(FIELD_PATHS[object], limit=500).data]
    options = {field["id"]: field["options"][0]["id"] for field in field_list if field.get("options")}
    with api.companies.unit_of_work(api.principal.company, 1, write=False) as crm:
        for object in FILTER_TYPES:
            for id in crm.db.values(field_table.select().with_only_columns(field_table.c.id)):
                filterable = filterable_fields.find_filterable_field(crm, object, id)  # type: ignore[arg-type]
                if filterable is None:
                    continue
                comparison = filterable.comparison
                if comparison.name in CHOICE_TYPES and id not in options:
                    continue
                value = VALUES.get(comparison.name, options.get(id, 1))
                for operator in comparison.labels:
                    cases_by_operator.setdefault(
                        (object, comparison.name, operator), Case(object, id, comparison.name, operator, value)
                    )
    return list(cases_by_operator.values())


def test_every_operator_of_every_type(api: Api) -> None:
    populate(api)
    # Its id is 1, as are those of the other records.
    api.post("/v1/legacyTeams", {"name": "Closers", "manager_id": 1, "users": [1]})
    table = cases(api)
    helpers = api.get("/v1/filters/helpers").data
    names = {case.comparison for case in table}
    assert names >= set(comparisons.ALL) - TESTED_ELSEWHERE
    assert names >= set(helpers["operators"]) - TESTED_ELSEWHERE
    for case in table:
        if (positive := NEGATIONS.get(case.operator)) is not None:
            everything = ids(api, FILTER_TYPES[case.object])
            matching = filtered_ids(api, case._replace(operator=positive))
            assert filtered_ids(api, case) == everything - matching, case
        else:
            assert filtered_ids(api, case) <= ids(api, FILTER_TYPES[case.object]), case


def test_every_field_can_be_tested_for_being_set(api: Api) -> None:
    populate(api)
    for object, path in FIELD_PATHS.items():
        everything = ids(api, FILTER_TYPES[object])
        field_list = [field for field in api.get(path, limit=500).data if field["id"]]
        assert [field["key"] for field in field_list if not field["filtering_allowed"]] == []
        for field in field_list:
            case = Case(object, field["id"], field["key"], "IS NULL", None)
            without = filtered_ids(api, case)
            assert filtered_ids(api, case._replace(operator="IS NOT NULL")) == everything - without, case


def test_null_tests_are_offered_where_the_vendor_offers_them(api: Api) -> None:
    operators = api.get("/v1/filters/helpers").data["operators"]
    offered = {name for name, labels in operators.items() if name != "enum" and "IS NULL" in labels}
    documented = {
        *("int", "double", "monetary", "date", "time", "timerange", "daterange", "varchar", "set"),
        *("deal", "product", "person", "organization", "user"),
    }
    assert documented <= offered
    assert not offered & {"title", "stage", "entered_stage", "status", "visible_to", "currency", "pipeline"}


def filtered_ids(api: Api, case: Case) -> set[Any]:
    """Returns the ids of the records that pass."""
    condition: dict[str, Any] = {"object": case.object, "field_id": case.field_id, "operator": case.operator}
    condition["value"] = None if "NULL" in case.operator else case.value
    made = create_filter(api, FILTER_TYPES[case.object], condition)
    assert made.status == 200, (case, made.body)
    return ids(api, FILTER_TYPES[case.object], filter_id=made.data["id"])


def ids(api: Api, type: str, **query: object) -> set[Any]:
    """Returns the ids of the records in a list."""
    return {record["id"] for record in api.get(LIST_PATHS[type], **query).data or []}
