"""Organizations: in both versions, with persons, deals, activities and files; related to each other, merged, deleted."""

from __future__ import annotations

from tests.actions.local_crm import LocalCrm


def test_an_organization_of_v2_is_changed_found_and_deleted(crm: LocalCrm) -> None:
    acme = crm.create("v2.post_organizations", name="Acme", address={"value": "Main Street 1"})
    found = crm.data("v2.get_organizations_by_id", id=acme, include_fields="people_count")
    assert (found["name"], found["address"]["value"], found["people_count"]) == ("Acme", "Main Street 1", 0)
    crm.create("v2.post_persons", name="Mary", org_id=acme)
    crm.data("v2.patch_organizations_by_id", id=acme, data={"name": "Acme & Sons"})
    [listed] = crm.data("v2.get_organizations", ids=[acme], include_fields="people_count")
    assert (listed["name"], listed["address"]["value"], listed["people_count"]) == ("Acme & Sons", "Main Street 1", 1)
    assert crm.data("v2.delete_organizations_by_id", id=acme)["id"] == acme
    assert crm.data("v2.get_organizations", ids=[acme]) == []
    assert crm.data("v1.get_organizations_by_id", id=acme)["active_flag"] is False


def test_an_organization_of_v1_is_changed_found_and_deleted(crm: LocalCrm) -> None:
    quay = crm.create("v1.post_organizations", name="Quay", address="Harbour 7", visible_to="1")
    found = crm.data("v1.get_organizations_by_id", id=quay)
    assert (found["name"], found["address"], found["visible_to"]) == ("Quay", "Harbour 7", "1")
    rita = crm.create("v1.post_users", email="rita@example.com", access=[{"app": "sales"}])
    assert rita not in crm.data("v1.get_organizations_by_id_permitted_users", id=quay)
    crm.data("v1.put_organizations_by_id", id=quay, data={"name": "Zone", "visible_to": "3"})
    assert rita in crm.data("v1.get_organizations_by_id_permitted_users", id=quay)
    assert crm.ids("v1.get_organizations", first_char="z") == [quay]
    assert [one["name"] for one in crm.data("v1.get_organizations_collection", first_char="z")] == ["Zone"]
    crm.data("v1.delete_organizations_by_id", id=quay)
    assert crm.data("v1.get_organizations", first_char="z") is None
    assert crm.refusal("v2.get_organizations_by_id", id=quay) == 404


def test_several_organizations_are_deleted_at_once(crm: LocalCrm) -> None:
    one, other, third = (crm.create("v2.post_organizations", name=name) for name in ("One", "Other", "Third"))
    assert crm.data("v1.delete_organizations", ids=f"{one},{other}")["id"] == [one, other]
    assert crm.ids("v2.get_organizations", ids=[one, other, third]) == [third]


def test_organizations_are_related(crm: LocalCrm) -> None:
    parent, daughter = (crm.create("v2.post_organizations", name=name) for name in ("Holding", "Bakery"))
    relation = crm.create(
        "v1.post_organization_relationships", type="parent", rel_owner_org_id=parent, rel_linked_org_id=daughter
    )
    found = crm.data("v1.get_organization_relationships_by_id", id=relation, org_id=daughter)
    assert (found["calculated_type"], found["calculated_related_org_id"]) == ("parent", parent)
    assert crm.ids("v1.get_organization_relationships", org_id=parent) == [relation]
    crm.data("v1.put_organization_relationships_by_id", id=relation, data={"type": "related"})
    [listed] = crm.data("v1.get_organization_relationships", org_id=daughter)
    assert (listed["type"], listed["related_organization_name"]) == ("related", "Holding")
    assert crm.data("v1.delete_organization_relationships_by_id", id=relation)["id"] == relation
    assert crm.data("v1.get_organization_relationships", org_id=parent) is None


def test_what_has_to_do_with_an_organization(crm: LocalCrm) -> None:
    acme, other = (crm.create("v2.post_organizations", name=name) for name in ("Acme", "Other"))
    mary = crm.create("v2.post_persons", name="Mary", org_id=acme)
    deal = crm.create("v2.post_deals", title="Ovens", org_id=acme)
    hers = crm.create("v2.post_deals", title="Mixers", person_id=mary)
    activity = crm.create("v2.post_activities", subject="Visit", org_id=acme)
    file = crm.create("v1.post_files", file=("plan.txt", b"Plan"), org_id=acme)

    assert crm.ids("v1.get_organizations_by_id_persons", id=acme) == [mary]
    assert crm.ids("v1.get_organizations_by_id_deals", id=acme) == [deal, hers]
    assert crm.ids("v1.get_organizations_by_id_deals", id=acme, only_primary_association=True) == [deal]
    assert crm.ids("v1.get_organizations_by_id_activities", id=acme) == [activity]
    assert crm.ids("v1.get_organizations_by_id_files", id=acme) == [file]
    assert crm.data("v1.get_organizations_by_id_persons", id=other) is None


def test_two_organizations_become_one(crm: LocalCrm) -> None:
    twice, acme = (crm.create("v2.post_organizations", name=name) for name in ("ACME", "Acme"))
    mary = crm.create("v2.post_persons", name="Mary", org_id=twice)
    assert crm.data("v1.put_organizations_by_id_merge", id=twice, data={"merge_with_id": acme})["id"] == acme
    assert crm.data("v2.get_organizations_by_id", id=acme)["name"] == "Acme"
    assert crm.data("v2.get_persons_by_id", id=mary)["org_id"] == acme
    assert crm.refusal("v2.get_organizations_by_id", id=twice) == 404
