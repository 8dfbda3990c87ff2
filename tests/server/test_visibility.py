"""Who sees which persons and organizations, and what is shown of linked records that the user does not see.

admin      role 1
  boss     role "Sales"
    rep    role "Reps", below it
  peer     role "Sales"
stranger   role "Support", beside it
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from tests.api import Api
from tests.company import add_role, add_user, hide_pipeline, set_permissions


class People(NamedTuple):
    admin: Api
    boss: Api
    peer: Api
    rep: Api
    stranger: Api


@pytest.fixture
def people(api: Api) -> People:
    sales = add_role(api, "Sales", person_default_visibility=1)
    reps = add_role(api, "Reps", parent_id=sales)
    support = add_role(api, "Support")
    return People(
        admin=api,
        boss=add_user(api, "Boss", role_id=sales),
        peer=add_user(api, "Peer", role_id=sales),
        rep=add_user(api, "Rep", role_id=reps),
        stranger=add_user(api, "Stranger", role_id=support),
    )


def names_of_viewers(people: People, id: int) -> set[str]:
    """Returns the names of the users who find a person in lists, after comparing single reads."""
    found = set()
    for name, client in people._asdict().items():
        listed = [person["id"] for person in client.get("/api/v2/persons").data]
        assert (client.get(f"/api/v2/persons/{id}").status == 200) == (id in listed)
        assert (client.get(f"/v1/persons/{id}").status == 200) == (id in listed)
        if id in listed:
            found.add(name)
    return found


@pytest.mark.parametrize(
    ("owner", "visible_to", "seen_by"),
    [
        ("boss", 1, {"boss"}),
        ("boss", 3, {"boss", "peer"}),
        ("boss", 5, {"boss", "peer", "rep"}),
        ("boss", 7, {"boss", "peer", "rep", "stranger"}),
        ("rep", 1, {"rep", "boss", "peer"}),
        ("rep", 3, {"rep", "boss", "peer"}),
    ],
)
def test_seeing(people: People, owner: str, visible_to: int, seen_by: set[str]) -> None:
    clients: Mapping[str, Api] = people._asdict()
    id = clients[owner].post("/api/v2/persons", {"name": "Mary", "visible_to": visible_to}).data["id"]
    assert names_of_viewers(people, id) == seen_by | {"admin"}


def test_visibility_comes_from_the_role_unless_given(people: People) -> None:
    assert people.boss.post("/api/v2/persons", {"name": "Mary"}).data["visible_to"] == 1
    assert people.rep.post("/v1/persons", {"name": "Mary"}).data["visible_to"] == "3"
    assert people.boss.post("/v1/organizations", {"name": "Acme"}).data["visible_to"] == "3"


def test_a_follower_still_sees_a_record(people: People) -> None:
    id = people.stranger.post("/api/v2/persons", {"name": "Mary", "visible_to": 1}).data["id"]
    follower = {"user_id": people.stranger.principal.user_id}
    assert people.stranger.post(f"/api/v2/persons/{id}/followers", follower).status == 201
    people.stranger.patch(f"/api/v2/persons/{id}", {"owner_id": people.boss.principal.user_id})
    assert names_of_viewers(people, id) == {"admin", "boss", "stranger"}


def test_a_former_owner_no_longer_sees_a_record(people: People) -> None:
    body = {"name": "Mary", "visible_to": 1, "owner_id": people.boss.principal.user_id}
    id = people.stranger.post("/api/v2/persons", body).data["id"]
    assert names_of_viewers(people, id) == {"admin", "boss"}


def test_invisible_records_cannot_be_changed_or_linked(people: People) -> None:
    person = people.boss.post("/api/v2/persons", {"name": "Mary"}).data["id"]
    org = people.boss.post("/api/v2/organizations", {"name": "Secret", "visible_to": 1}).data["id"]
    stranger = people.stranger
    assert stranger.patch(f"/api/v2/persons/{person}", {"name": "x"}).status == 404
    assert stranger.delete(f"/v1/persons/{person}").status == 404
    assert stranger.delete("/v1/persons", ids=person).status == 404
    assert stranger.get(f"/v1/organizations/{org}/persons").status == 404
    assert stranger.post("/api/v2/persons", {"name": "Eve", "org_id": org}).status == 400
    assert stranger.get("/api/v2/persons", ids=person).data == []
    assert people.boss.get(f"/api/v2/persons/{person}").data["name"] == "Mary"


def test_an_invisible_linked_record_is_shown_without_its_name(people: People) -> None:
    org = people.boss.post("/v1/organizations", {"name": "Secret", "address": "Main St", "visible_to": "1"}).data["id"]
    body = {"name": "Mary", "email": "m@example.com", "org_id": org, "visible_to": "7"}
    person = people.boss.post("/v1/persons", body).data["id"]
    answer = people.stranger.get(f"/v1/persons/{person}")
    assert "Secret" not in str(answer.body)
    assert "Main St" not in str(answer.body)
    assert (answer.data["org_id"]["value"], answer.data["org_name"]) == (org, "(hidden)")
    deal = people.boss.post("/v1/deals", {"title": "Deal", "person_id": person, "org_id": org, "visible_to": "7"}).data
    shown = people.stranger.get(f"/v1/deals/{deal['id']}").data
    assert (shown["org_hidden"], shown["person_hidden"], shown["person_name"]) == (True, False, "Mary")
    people.boss.put(f"/v1/persons/{person}", {"visible_to": "1"})
    hidden = people.stranger.get(f"/v1/deals/{deal['id']}").data
    assert (hidden["person_hidden"], hidden["person_name"]) == (True, "(hidden)")
    assert "m@example.com" not in str(hidden)
    # It may stay linked when a user who does not see it changes the record.
    assert people.stranger.put(f"/v1/deals/{deal['id']}", {"title": "Renamed"}).data["org_hidden"] is True


def test_names_of_invisible_records_need_a_permission(people: People) -> None:
    org = people.boss.post("/v1/organizations", {"name": "Secret", "visible_to": "1"}).data["id"]
    deal = people.boss.post("/v1/deals", {"title": "Plot", "value": 5, "org_id": org, "visible_to": "7"}).data["id"]
    id = people.stranger.post("/v1/activities", {"subject": "Call", "type": "call", "deal_id": deal}).data["id"]
    people.boss.put(f"/v1/deals/{deal}", {"visible_to": "1"})

    def linked_deal_names() -> tuple[object, ...]:
        activity = people.stranger.get(f"/v1/activities/{id}")
        related = activity.body["related_objects"]["deal"][str(deal)]
        return activity.data["deal_title"], related["title"], related["value"]

    assert linked_deal_names() == ("(hidden)", "(hidden)", None)
    set_permissions(people.admin, "can_see_hidden_items_names")
    # The name and nothing else.
    assert linked_deal_names() == ("Plot", "Plot", None)
    assert people.stranger.get(f"/v1/deals/{deal}").status == 404


def test_the_deals_of_a_person_are_those_that_the_user_sees(people: People) -> None:
    person = people.boss.post("/v1/persons", {"name": "Mary", "visible_to": "7"}).data["id"]
    for visible_to in ("1", "7"):
        people.boss.post("/v1/deals", {"title": visible_to, "person_id": person, "visible_to": visible_to})
    listed = people.stranger.get(f"/v1/persons/{person}/deals").data
    assert [deal["title"] for deal in listed] == ["7"]
    hidden = people.boss.get(f"/v1/persons/{person}/deals").data[0]["id"]
    assert people.stranger.get("/api/v2/persons", deal_id=hidden).data == []


def test_collections_are_for_global_admins(people: People) -> None:
    people.boss.post("/v1/persons", {"name": "Mary"})
    assert len(people.admin.get("/v1/persons/collection").data) == 1
    for path in ("/v1/persons/collection", "/v1/organizations/collection"):
        refused = people.boss.get(path)
        assert (refused.status, refused.error) == (403, "You do not have permissions to do this.")


def test_a_pipeline_hidden_from_a_role_hides_its_deals_from_all_but_owners_and_followers(people: People) -> None:
    api, boss, peer, rep = people.admin, people.boss, people.peer, people.rep
    pipeline = api.post("/api/v2/pipelines", {"name": "Quiet"}).data["id"]
    stage = api.post("/api/v2/stages", {"name": "Only", "pipeline_id": pipeline}).data["id"]
    ids = [
        boss.post("/api/v2/deals", {"title": "Whisper", "stage_id": stage, "visible_to": visible_to}).data["id"]
        for visible_to in (1, 7)
    ]
    note = boss.post("/v1/notes", {"content": "Whisper", "deal_id": ids[1]}).data["id"]
    hide_pipeline(api, people.peer.get("/v1/users/me").data["role_id"], pipeline)

    def visible_deal_ids(user: Api) -> list[list[int]]:
        listed = [deal["id"] for deal in user.get("/api/v2/deals").data]
        in_pipeline = [deal["id"] for deal in user.get("/v1/deals", stage_id=stage).data or []]
        found = [one["item"]["id"] for one in user.get("/api/v2/deals/search", term="Whisper").data["items"]]
        alone = [id for id in ids if user.get(f"/v1/deals/{id}").status == 200]
        return [sorted(one) for one in (listed, in_pipeline, found, alone)]

    assert visible_deal_ids(api) == visible_deal_ids(boss) == [ids] * 4
    # Another role, from which it is not hidden, sees what it may see.
    assert visible_deal_ids(rep) == [ids[1:]] * 4
    assert visible_deal_ids(peer) == [[]] * 4
    assert peer.get("/v1/deals/summary").data["total_count"] == 0
    assert peer.get(f"/v1/notes/{note}").status == 404
    recents = str(peer.get("/v1/recents", since_timestamp="2000-01-01 00:00:00").body)
    assert "Whisper" not in recents
    assert "Quiet" not in recents
    permitted = boss.get(f"/v1/deals/{ids[1]}/permittedUsers").data
    assert [user.principal.user_id in permitted for user in people] == [True, True, False, True, True]

    # The pipeline itself is not there, nor can a deal go into it.
    for user, is_visible in ((api, True), (rep, True), (peer, False), (boss, False)):
        for path in ("pipelines", "stages"):
            id = pipeline if path == "pipelines" else stage
            for version in ("/v1", "/api/v2"):
                assert (id in [one["id"] for one in user.get(f"{version}/{path}").data]) is is_visible
                assert (user.get(f"{version}/{path}/{id}").status == 200) is is_visible
        assert (user.get(f"/v1/pipelines/{pipeline}/deals").status == 200) is is_visible
    assert peer.post("/api/v2/deals", {"title": "In", "stage_id": stage}).status == 400
    assert peer.post("/v1/deals", {"title": "In", "pipeline_id": pipeline}).status == 400

    # Its owner can still change a deal, and a follower sees it.
    assert boss.patch(f"/api/v2/deals/{ids[0]}", {"title": "Still", "stage_id": stage}).data["title"] == "Still"
    api.post(f"/v1/deals/{ids[1]}/followers", {"user_id": peer.principal.user_id})
    assert visible_deal_ids(peer) == [ids[1:]] * 4
    assert peer.get(f"/v1/notes/{note}").status == 200


SECRET = "Whisper"
AMOUNT = 987654
PATHS = (
    *(
        f"{version}/{noun}"
        for version in ("/v1", "/api/v2")
        for noun in ("deals", "persons", "organizations", "products")
    ),
    *("/v1/activities?user_id=0", "/api/v2/activities?include_fields=attendees", "/v1/notes", "/v1/files", "/v1/leads"),
    *("/v1/deals/1", "/v1/persons/1", "/v1/organizations/1", "/v1/activities/1", "/v1/notes/1", "/v1/files/1"),
    *(
        f"/v1/{noun}/1/{part}"
        for noun in ("deals", "persons", "organizations")
        for part in ("flow?all_changes=1", "changelog")
    ),
    *(f"/v1/{noun}/1/{part}" for noun in ("deals", "persons", "organizations") for part in ("activities", "files")),
    *("/v1/deals/1/participants", "/v1/deals/1/persons", "/v1/persons/1/deals", "/v1/organizations/1/deals"),
    *("/v1/organizations/1/persons", "/v1/organizationRelationships?org_id=1", "/v1/organizationRelationships/1"),
    *("/v1/recents?since_timestamp=2000-01-01%2000:00:00", "/v1/deals/summary", "/v1/pipelines/1/deals?everyone=1"),
    "/v1/deals/timeline?start_date=2026-03-01&interval=month&amount=1&field_key=add_time",
    *(f"{version}/itemSearch?term={SECRET}&search_for_related_items=1" for version in ("/v1", "/api/v2")),
    *(f"{version}/itemSearch?term=Plain&search_for_related_items=1" for version in ("/v1", "/api/v2")),
)
"""Paths of answers with records, or with what they are linked to."""


@pytest.mark.parametrize("visible", [False, True])
def test_invisible_records_are_not_disclosed_by_linked_ones(people: People, visible: bool) -> None:
    boss, reader = people.boss, people.boss if visible else people.stranger
    shared = {"visible_to": 7}
    org = boss.post("/api/v2/organizations", {"name": "Plain", **shared}).data["id"]
    person = boss.post("/api/v2/persons", {"name": "Plain", "org_id": org, **shared}).data["id"]
    deal = boss.post("/api/v2/deals", {"title": "Plain", "org_id": org, "person_id": person, **shared}).data["id"]
    assert (org, person, deal) == (1, 1, 1)
    hidden = {"name": SECRET, "visible_to": 1}
    contact = {"emails": [{"value": "whisper@example.com"}], "phones": [{"value": f"+{AMOUNT}"}]}
    lead = boss.post("/v1/leads", {"title": SECRET, "person_id": person, "visible_to": "1"}).data["id"]
    links = {
        "org_id": boss.post("/api/v2/organizations", {**hidden, "address": {"value": SECRET}}).data["id"],
        "person_id": boss.post("/api/v2/persons", {**hidden, **contact}).data["id"],
    }
    secret_deal = boss.post("/api/v2/deals", {"title": SECRET, "value": AMOUNT, "visible_to": 1, **links}).data["id"]
    product = boss.post("/api/v2/products", hidden).data["id"]
    # The plain ones are linked to the hidden ones, and so are records of the other user, which it sees.
    boss.patch("/api/v2/deals/1", links)
    boss.patch("/api/v2/persons/1", {"org_id": links["org_id"]})
    boss.post(
        "/v1/organizationRelationships", {"type": "parent", "rel_owner_org_id": 1, "rel_linked_org_id": links["org_id"]}
    )
    stranger_id = people.stranger.principal.user_id
    activity = boss.post("/v1/activities", {"subject": "Plain", "type": "call", "deal_id": secret_deal, **links}).data[
        "id"
    ]
    boss.put(f"/v1/activities/{activity}", {"user_id": stranger_id})
    boss.post("/v1/activities", {"subject": "Plain", "type": "call", "lead_id": lead, "user_id": stranger_id})
    people.admin.post("/v1/notes", {"content": "Plain", "deal_id": secret_deal, **links, "user_id": stranger_id})
    for link in ({"deal_id": secret_deal, **links}, {"lead_id": lead}, {"product_id": product}):
        boss.upload(
            "POST", "/v1/files", {"file": ("plain.txt", "text/plain", b"plain")}, {"activity_id": activity, **link}
        )
    disclosing = []
    for url in PATHS:
        path, _, query = url.partition("?")
        answer = reader.send("GET", path, raw_query=query.encode())
        assert answer.status == 200, (url, answer.body)
        disclosing += [url] if any(one in str(answer.body).lower() for one in (SECRET.lower(), str(AMOUNT))) else []
    assert len(disclosing) > 20 if visible else disclosing == []
