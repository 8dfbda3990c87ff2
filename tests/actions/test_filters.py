"""Filters are made, used by lists, changed, and deleted one by one or together."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actions.local_crm import LocalCrm


def conditions(field_id: int, operator: str, value: object) -> dict[str, Any]:
    """Returns the conditions of a filter with a single one."""
    one = {"object": "deal", "field_id": str(field_id), "operator": operator, "value": value}
    groups = [{"glue": "and", "conditions": [one]}, {"glue": "or", "conditions": []}]
    return {"glue": "and", "conditions": groups}


@pytest.fixture
def value_field(crm: LocalCrm) -> int:
    """Returns the id of the field that holds what a deal is worth."""
    return next(int(one["id"]) for one in crm.data("v1.get_deal_fields", limit=500) if one["key"] == "value")


def test_a_filter_narrows_the_lists_of_both_versions(crm: LocalCrm, value_field: int) -> None:
    small, large = (crm.create("v2.post_deals", title=f"For {value}", value=value) for value in (10, 1000))
    assert ">" in crm.data("v1.get_filters_helpers")["operators"]["double"]
    filter = crm.create("v1.post_filters", name="Large", type="deals", conditions=conditions(value_field, ">", "500"))
    assert crm.data("v1.get_filters_by_id", id=filter)["name"] == "Large"
    assert crm.ids("v2.get_deals", filter_id=filter) == crm.ids("v1.get_deals", filter_id=filter) == [large]
    crm.data(
        "v1.put_filters_by_id", id=filter, data={"name": "Small", "conditions": conditions(value_field, "<", "500")}
    )
    assert crm.ids("v2.get_deals", filter_id=filter) == [small]
    assert [(one["id"], one["name"]) for one in crm.data("v1.get_filters", type="deals")] == [(filter, "Small")]
    assert crm.data("v1.delete_filters_by_id", id=filter)["id"] == filter
    assert crm.data("v1.get_filters", type="deals") is None


def test_several_filters_are_deleted_at_once(crm: LocalCrm, value_field: int) -> None:
    several = [
        crm.create("v1.post_filters", name=name, type="deals", conditions=conditions(value_field, "=", "1"))
        for name in ("One", "Two", "Three")
    ]
    assert crm.data("v1.delete_filters", ids=several[:2])["id"] == several[:2]
    assert crm.ids("v1.get_filters", type="deals") == several[2:]
