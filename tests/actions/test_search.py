"""Records are found by what stands in them: each kind by itself, all together, and by a single field."""

from __future__ import annotations

from typing import Any

import pytest

from tests.actions.local_crm import LocalCrm


@pytest.fixture
def zephyr(crm: LocalCrm) -> dict[str, Any]:
    """Returns the ids of a record of each kind about a rare word, beside one about nothing."""
    org = crm.create("v2.post_organizations", name="Zephyr Works")
    mary = crm.create("v2.post_persons", name="Zephyra", org_id=org)
    deal = crm.create("v2.post_deals", title="Zephyr ovens", person_id=mary)
    lead = crm.create("v1.post_leads", title="Zephyr canopy", organization_id=org)
    product = crm.create("v2.post_products", name="Zephyr fan", code="ZF-1")
    project = crm.create("v2.post_projects", title="Zephyr kitchen", org_ids=[org])
    crm.create("v2.post_deals", title="Nothing of that")
    return {
        "organization": org,
        "person": mary,
        "deal": deal,
        "lead": lead,
        "product": product,
        "project": project,
    }


def found(crm: LocalCrm, action: str, **params: Any) -> list[tuple[str, Any]]:
    """Returns the types and ids of the items that are found."""
    items = crm.data(action, **params)["items"]
    return [(one["item"]["type"], one["item"]["id"]) for one in items]


def test_everything_about_a_word(crm: LocalCrm, zephyr: dict[str, Any]) -> None:
    for noun in ("deal", "person", "organization", "product", "lead"):
        for version in ("v1", "v2"):
            assert found(crm, f"{version}.get_{noun}s_search", term="zephyr") == [(noun, zephyr[noun])]
    assert found(crm, "v2.get_projects_search", term="zephyr", organization_id=zephyr["organization"]) == [
        ("project", zephyr["project"])
    ]
    assert found(crm, "v2.get_persons_search", term="zephyr", organization_id=zephyr["organization"])
    assert found(crm, "v1.get_deals_search", term="zephyr", status="won") == []

    everything = set(zephyr.items())
    assert set(found(crm, "v2.get_item_search", term="zephyr")) == everything
    assert set(found(crm, "v1.get_item_search", term="zephyr")) == everything
    two = "deal,lead"
    assert found(crm, "v1.get_item_search", term="zephyr", item_types=two, fields="title")
    assert set(found(crm, "v2.get_item_search", term="zephyr", item_types=two)) == {
        ("deal", zephyr["deal"]),
        ("lead", zephyr["lead"]),
    }

    of_v1 = {"field_type": "productField", "field_key": "code", "return_item_ids": True, "exact_match": True}
    listed = crm.data("v1.get_item_search_field", term="ZF-1", **of_v1)
    assert listed == [{"id": zephyr["product"], "code": "ZF-1"}]
    of_v2 = {"entity_type": "product", "field": "code", "match": "beginning"}
    assert crm.data("v2.get_item_search_field", term="ZF", **of_v2) == listed
