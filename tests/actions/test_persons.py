"""Persons: in both versions, with pictures, deals, activities, files and products; found as of late, merged, deleted."""

from __future__ import annotations

from typing import Any

from tests.actions.local_crm import LocalCrm
from tests.actions.pictures import paint

MARY = {"value": "mary@example.com", "primary": True, "label": "work"}


def test_a_person_of_v2_is_changed_found_and_deleted(crm: LocalCrm) -> None:
    org = crm.create("v2.post_organizations", name="Harbour Bakery")
    mary = crm.create("v2.post_persons", name="Mary Major", org_id=org, emails=[MARY], job_title="Owner")
    found = crm.data("v2.get_persons_by_id", id=mary, include_fields="open_deals_count")
    assert (found["name"], found["first_name"], found["last_name"]) == ("Mary Major", "Mary", "Major")
    assert (found["org_id"], found["emails"], found["open_deals_count"]) == (org, [MARY], 0)
    crm.data("v2.patch_persons_by_id", id=mary, data={"name": "Mary Minor", "org_id": None})
    assert crm.ids("v2.get_persons", org_id=org) == []
    [listed] = crm.data("v2.get_persons", ids=[mary])
    assert (listed["name"], listed["org_id"], listed["emails"]) == ("Mary Minor", None, [MARY])
    assert crm.data("v2.delete_persons_by_id", id=mary)["id"] == mary
    assert crm.data("v2.get_persons", ids=[mary]) == []
    assert crm.data("v1.get_persons_by_id", id=mary)["active_flag"] is False


def test_a_person_of_v1_is_changed_found_and_deleted(crm: LocalCrm) -> None:
    bo = crm.create("v1.post_persons", name="Bo Berg", email="bo@example.com", phone=["123", "456"], visible_to="1")
    found = crm.data("v1.get_persons_by_id", id=bo)
    assert (found["name"], found["primary_email"]) == ("Bo Berg", "bo@example.com")
    assert [one["value"] for one in found["phone"]] == ["123", "456"]
    rita = crm.create("v1.post_users", email="rita@example.com", access=[{"app": "sales"}])
    assert rita not in crm.data("v1.get_persons_by_id_permitted_users", id=bo)
    crm.data("v1.put_persons_by_id", id=bo, data={"name": "Zoe Berg", "visible_to": "3"})
    assert rita in crm.data("v1.get_persons_by_id_permitted_users", id=bo)
    assert crm.ids("v1.get_persons", first_char="z") == [bo]
    assert [one["name"] for one in crm.data("v1.get_persons_collection", first_char="z")] == ["Zoe Berg"]
    crm.data("v1.delete_persons_by_id", id=bo)
    assert crm.data("v1.get_persons", first_char="z") is None
    assert crm.refusal("v2.get_persons_by_id", id=bo) == 404


def test_several_persons_are_deleted_at_once(crm: LocalCrm) -> None:
    one, other, third = (crm.create("v2.post_persons", name=name) for name in ("One", "Other", "Third"))
    assert crm.data("v1.delete_persons", ids=f"{one},{other}")["id"] == [one, other]
    assert crm.ids("v2.get_persons", ids=[one, other, third]) == [third]


def test_a_person_is_pictured(crm: LocalCrm) -> None:
    mary = crm.create("v2.post_persons", name="Mary")
    picture = crm.data("v1.post_persons_by_id_picture", id=mary, data={"file": paint("red")})
    assert (picture["item_type"], picture["item_id"]) == ("person", mary)
    shown = crm.data("v2.get_persons_by_id_picture", id=mary)
    assert (shown["id"], shown["pictures"]) == (picture["id"], picture["pictures"])
    assert crm.data("v2.get_persons_by_id", id=mary)["picture_id"] == picture["id"]
    assert crm.data("v1.delete_persons_by_id_picture", id=mary)["id"] == mary
    assert crm.refusal("v2.get_persons_by_id_picture", id=mary) == 404
    assert crm.data("v2.get_persons_by_id", id=mary)["picture_id"] is None


def test_what_has_to_do_with_a_person(crm: LocalCrm) -> None:
    mary = crm.create("v2.post_persons", name="Mary")
    deal = crm.create("v2.post_deals", title="Ovens", person_id=mary)
    crm.create("v2.post_deals", title="Nobody's")
    activity = crm.create("v2.post_activities", subject="Call", participants=[{"person_id": mary, "primary": True}])
    crm.create("v2.post_activities", subject="Something else")
    file = crm.create("v1.post_files", file=("plan.txt", b"Plan"), person_id=mary)
    oven = crm.create("v2.post_products", name="Oven")
    line = {"product_id": oven, "item_price": 480, "quantity": 2}
    crm.data("v2.post_deals_by_id_products", id=deal, data=line)

    assert crm.ids("v1.get_persons_by_id_deals", id=mary) == [deal]
    assert crm.ids("v1.get_deals_by_id_persons", id=deal) == [mary]
    assert crm.ids("v1.get_persons_by_id_activities", id=mary) == [activity]
    assert crm.ids("v1.get_persons_by_id_files", id=mary) == [file]
    [products] = crm.data("v1.get_persons_by_id_products", id=mary)
    assert {key: (one["deal"]["value"], one["product"]["id"]) for key, one in products.items()} == {
        str(deal): (960, oven)
    }


def test_two_persons_become_one(crm: LocalCrm) -> None:
    twice = crm.create("v2.post_persons", name="M. Major", emails=[MARY])
    mary = crm.create("v2.post_persons", name="Mary Major")
    deal = crm.create("v2.post_deals", title="Ovens", person_id=twice)
    assert crm.data("v1.put_persons_by_id_merge", id=twice, data={"merge_with_id": mary})["id"] == mary
    left: dict[str, Any] = crm.data("v2.get_persons_by_id", id=mary)
    assert (left["name"], [one["value"] for one in left["emails"]]) == ("Mary Major", ["mary@example.com"])
    assert crm.data("v2.get_deals_by_id", id=deal)["person_id"] == mary
    assert crm.refusal("v2.get_persons_by_id", id=twice) == 404
