"""Merging deals, persons and organizations over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.company import add_user
from tests.mailbox import receive, write_mail

KINDS = {"deals": "deal_id", "persons": "person_id", "organizations": "org_id"}


def add(api: Api, kind: str, name: str = "One", **values: object) -> int:
    title = "title" if kind == "deals" else "name"
    id: int = api.post(f"/api/v2/{kind}", {title: name, **values}).data["id"]
    return id


def merge(api: Api, kind: str, id: int, into: int) -> dict[str, Any]:
    found: dict[str, Any] = api.put(f"/v1/{kind}/{id}/merge", {"merge_with_id": into}).data
    return found


def read(api: Api, kind: str, id: int) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/v1/{kind}/{id}").data
    return found


def changelog(api: Api, kind: str, id: int) -> list[tuple[str, str | None, str | None]]:
    found = api.get(f"/v1/{kind}/{id}/changelog").data
    return [(change["field_key"], change["old_value"], change["new_value"]) for change in found]


@pytest.mark.parametrize(("kind", "link"), KINDS.items())
def test_linked_records_move_to_the_remaining_one(api: Api, kind: str, link: str) -> None:
    bob = add_user(api, "Bob").principal.user_id
    gone, kept = add(api, kind, "Gone"), add(api, kind, "Kept")
    participants = {"participants": [{"person_id": gone, "primary": True}]} if kind == "persons" else {link: gone}
    for done in (True, False):
        api.post("/api/v2/activities", {"subject": "Call", "type": "call", "done": done, **participants})
    note = api.post("/v1/notes", {"content": "Hm", link: gone}).data["id"]
    document = {
        "item_type": kind.removesuffix("s"),
        "item_id": gone,
        "remote_id": "x",
        "remote_location": "googledrive",
    }
    file = api.form("POST", "/v1/files/remoteLink", document).data["id"]
    api.post(f"/v1/{kind}/{gone}/followers", {"user_id": bob})
    api.clock.advance(hours=1)
    assert merge(api, kind, gone, kept)["id"] == kept
    left = read(api, kind, kept)
    assert left.get("title", left.get("name")) == "Kept"
    counts = ("activities_count", "done_activities_count", "notes_count", "files_count", "followers_count")
    assert [left[name] for name in counts] == [2, 1, 1, 1, 1]
    assert (left["next_activity_id"], left["last_activity_id"]) == (2, 1)
    assert [one["id"] for one in api.get(f"/v1/{kind}/{kept}/activities").data] == [1, 2]
    assert api.get(f"/v1/notes/{note}").data[link] == api.get(f"/v1/files/{file}").data[link] == kept
    assert [follower["user_id"] for follower in api.get(f"/v1/{kind}/{kept}/followers").data] == [bob]
    lost = read(api, kind, gone)
    assert lost.get("deleted", not lost.get("active_flag", False)) is True
    assert [lost[name] for name in counts[:4]] == [0, 0, 0, 0]
    assert api.get(f"/api/v2/{kind}/{gone}").status == 404
    assert merge_status(api, kind, gone, kept) == 404


def merge_status(api: Api, kind: str, id: int, into: int) -> int:
    return api.put(f"/v1/{kind}/{id}/merge", {"merge_with_id": into}).status


@pytest.mark.parametrize("kind", KINDS)
def test_merges_that_are_refused(api: Api, kind: str) -> None:
    one, other = add(api, kind), add(api, kind)
    assert merge_status(api, kind, one, one) == 400
    assert merge_status(api, kind, one, 99) == 400
    assert merge_status(api, kind, 99, one) == 404
    rep = add_user(api, "Rep")
    assert merge_status(rep, kind, one, other) == 403
    api.delete(f"/api/v2/{kind}/{other}")
    assert merge_status(api, kind, one, other) == 400
    assert api.get(f"/api/v2/{kind}/{one}").status == 200


def test_merge_of_two_deals(api: Api) -> None:
    field = api.post("/api/v2/dealFields", {"field_name": "Motto", "field_type": "varchar"}).data["field_code"]
    second = api.post("/api/v2/dealFields", {"field_name": "Size", "field_type": "double"}).data["field_code"]
    labels = [
        api.post("/api/v2/dealFields/label/options", [{"label": label}]).data[0]["id"] for label in ("Hot", "Cold")
    ]
    anna, bert = add(api, "persons", "Anna"), add(api, "persons", "Bert")
    org = add(api, "organizations", "Acme")
    gone = add(
        api,
        "deals",
        "Gone",
        value=100,
        currency="USD",
        person_id=bert,
        org_id=org,
        probability=0,
        expected_close_date="2026-05-01",
        label_ids=labels,
        custom_fields={field: "theirs", second: 4},
    )
    kept = add(api, "deals", "Kept", person_id=anna, label_ids=labels[1:], custom_fields={field: "ours"})
    merged = merge(api, "deals", gone, kept)
    assert (merged["id"], merged["merge_what_id"], merged["title"]) == (kept, gone, "Kept")
    assert (merged["person_id"], merged["org_id"], merged["user_id"]) == (anna, org, 1)
    assert (merged["value"], merged["currency"]) == (100, "USD")
    assert (merged["probability"], merged["expected_close_date"]) == (0, "2026-05-01")
    assert merged["label"] == f"{labels[1]},{labels[0]}"
    assert (merged[field], merged[second]) == ("ours", 4)
    assert merged["participants_count"] == 2
    assert [one["person_id"]["value"] for one in api.get(f"/v1/deals/{kept}/participants").data] == [anna, bert]
    assert [read(api, "persons", id)["open_deals_count"] for id in (anna, bert)] == [1, 0]
    assert read(api, "persons", bert)["participant_open_deals_count"] == 1
    assert read(api, "organizations", org)["open_deals_count"] == 1
    assert changelog(api, "deals", gone)[0] == ("status", "open", "deleted")
    assert ("org_id", None, str(org)) in changelog(api, "deals", kept)


def test_the_remaining_record_keeps_its_own_values(api: Api) -> None:
    gone, kept = add(api, "deals", value=100, currency="USD"), add(api, "deals", value=1, currency="EUR")
    merged = merge(api, "deals", gone, kept)
    assert (merged["value"], merged["currency"]) == (1, "EUR")


def test_merge_of_two_persons(api: Api) -> None:
    acme, other = add(api, "organizations", "Acme"), add(api, "organizations", "Other")
    gone = add(
        api,
        "persons",
        "Bert Brown",
        org_id=acme,
        emails=[{"value": "B@example.com", "primary": True}, {"value": "bert@example.com", "label": "home"}],
        phones=[{"value": "123", "primary": True}],
    )
    kept = add(api, "persons", "Anna", emails=[{"value": "b@example.com", "primary": True}])
    deal = add(api, "deals", person_id=gone, org_id=other)
    both = add(api, "deals", person_id=gone)
    api.post(f"/v1/deals/{both}/participants", {"person_id": kept})
    guest = add(api, "deals")
    api.post(f"/v1/deals/{guest}/participants", {"person_id": gone})
    merged = merge(api, "persons", gone, kept)
    assert (merged["name"], merged["first_name"], merged["merge_what_id"]) == ("Anna", "Anna", gone)
    assert (merged["owner_id"], merged["org_id"], merged["org_name"]) == (1, acme, "Acme")
    assert [(email["value"], email["primary"]) for email in merged["email"]] == [
        ("b@example.com", True),
        ("bert@example.com", False),
    ]
    assert [(phone["value"], phone["primary"]) for phone in merged["phone"]] == [("123", True)]
    assert (merged["open_deals_count"], merged["participant_open_deals_count"]) == (2, 1)
    assert [read(api, "deals", id)["participants_count"] for id in (deal, both, guest)] == [1, 1, 1]
    assert read(api, "deals", both)["person_id"]["value"] == kept
    assert api.get(f"/v1/deals/{guest}/participants").data[0]["person_id"]["value"] == kept
    acme_now = read(api, "organizations", acme)
    assert (acme_now["people_count"], acme_now["related_open_deals_count"]) == (1, 2)


def test_a_person_takes_the_place_of_the_other_in_activities(api: Api) -> None:
    gone, kept = add(api, "persons", "Gone"), add(api, "persons", "Kept")
    people = [{"person_id": kept, "primary": False}, {"person_id": gone, "primary": True}]
    both = api.post("/api/v2/activities", {"subject": "Call", "type": "call", "participants": people}).data["id"]
    merge(api, "persons", gone, kept)
    activity = api.get(f"/api/v2/activities/{both}").data
    assert activity["person_id"] == kept
    assert activity["participants"] == [{"person_id": kept, "primary": True}]
    assert read(api, "persons", kept)["activities_count"] == 1


def test_merge_of_two_organizations(api: Api) -> None:
    gone = add(api, "organizations", "Gone", address={"value": "Elm Street 1"})
    kept, third = add(api, "organizations", "Kept"), add(api, "organizations", "Third")
    person = add(api, "persons", org_id=gone)
    deal = add(api, "deals", org_id=gone)
    lead = api.post("/v1/leads", {"title": "Maybe", "organization_id": gone}).data["id"]
    field = {"field_name": "Supplier", "field_type": "org"}
    code = api.post("/api/v2/dealFields", field).data["field_code"]
    naming = add(api, "deals", custom_fields={code: gone})
    for owner, linked in ((gone, kept), (third, gone), (third, kept)):
        body = {"type": "parent", "rel_owner_org_id": owner, "rel_linked_org_id": linked}
        api.post("/v1/organizationRelationships", body)
    api.post("/v1/organizationRelationships", {"type": "related", "rel_owner_org_id": gone, "rel_linked_org_id": third})
    assert merge(api, "organizations", gone, kept) == {"id": kept}
    left = read(api, "organizations", kept)
    assert (left["name"], left["address"]) == ("Kept", "Elm Street 1")
    assert (left["people_count"], left["open_deals_count"]) == (1, 1)
    assert read(api, "organizations", gone)["people_count"] == 0
    assert read(api, "persons", person)["org_id"]["value"] == kept
    assert read(api, "deals", deal)["org_id"]["value"] == kept
    assert api.get(f"/v1/leads/{lead}").data["organization_id"] == kept
    assert api.get(f"/api/v2/deals/{naming}").data["custom_fields"][code] == kept
    related = api.get("/v1/organizationRelationships", org_id=kept).data
    assert [(one["calculated_type"], one["calculated_related_org_id"]) for one in related] == [
        ("parent", third),
        ("related", third),
    ]


def test_mail_moves_to_the_remaining_record(api: Api) -> None:
    def create(noun: str, **values: object) -> int:
        id: int = api.post(f"/api/v2/{noun}", values).data["id"]
        return id

    orgs = [create("organizations", name=name) for name in ("Customer", "Client")]
    addresses = ("mary@customer.example", "mm@client.example")
    persons = [
        create("persons", name="Mary", org_id=org, emails=[{"value": address}])
        for org, address in zip(orgs, addresses, strict=True)
    ]
    deals = [create("deals", title="Deal") for _ in range(2)]
    receive(api, write_mail(files={"offer.pdf": b"%PDF"}), deal_id=deals[0])
    receive(api, write_mail(id="2@x", sender=addresses[1]), deal_id=deals[1])
    # A message that is about both is about the remaining one once.
    receive(api, write_mail(id="3@x", sender=addresses[0], to=addresses[1], answers="2@x"))
    for noun, (id, into) in (("deals", deals), ("organizations", orgs), ("persons", persons)):
        assert api.put(f"/v1/{noun}/{id}/merge", {"merge_with_id": into}).status == 200
        assert api.get(f"/v1/{noun}/{into}").data["email_messages_count"] == 3
        found = [one["data"] for one in api.get(f"/v1/{noun}/{into}/mailMessages").data]
        assert sorted(one["mua_message_id"] for one in found) == ["2@x", "3@x", "first@customer.example"]
        assert api.get(f"/v1/{noun}/{id}/mailMessages").data is None
    assert {one["linked_person_id"] for message in found for one in message["from"]} == {persons[1]}
    assert [one["name"] for one in api.get(f"/v1/deals/{deals[1]}/files").data] == ["offer.pdf"]
    assert {one["deal_id"] for one in api.get("/v1/mailbox/mailThreads", folder="inbox").data} == {deals[1]}
