"""The persons who take part in deals."""

from __future__ import annotations

from tests.api import Api
from tests.company import add_user


def create_person(api: Api, name: str, **values: object) -> int:
    id: int = api.post("/api/v2/persons", {"name": name, **values}).data["id"]
    return id


def create_deal(api: Api, **values: object) -> int:
    id: int = api.post("/api/v2/deals", {"title": "Deal", **values}).data["id"]
    return id


def participant_ids(api: Api, deal_id: int) -> list[int]:
    return [one["person_id"]["value"] for one in api.get(f"/v1/deals/{deal_id}/participants").data or []]


def counts(api: Api, deal_id: int, person_id: int) -> tuple[int, int]:
    shown = api.get(f"/v1/persons/{person_id}").data
    of_deal: int = api.get(f"/v1/deals/{deal_id}").data["participants_count"]
    return of_deal, shown["participant_open_deals_count"]


def test_a_participant_is_added_and_removed(api: Api) -> None:
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    mary, ann = create_person(api, "Mary"), create_person(api, "Ann", org_id=org)
    id = create_deal(api, person_id=mary)
    path = f"/v1/deals/{id}/participants"
    added = api.post(path, {"person_id": ann})
    one = added.data
    assert (one["person_id"]["name"], one["person"]["name"], one["added_by_user_id"]["value"]) == ("Ann", "Ann", 1)
    assert [api.get(path).data[-1]["person"]["sync_needed"], one["person"]["sync_needed"]] == [False, False]
    assert (one["related_item_id"], one["related_item_data"]) == (id, {"deal_id": id, "title": "Deal"})
    assert set(added.body["related_objects"]) == {"user", "person", "organization"}
    assert api.post(path, {"person_id": ann}).data["id"] == one["id"]
    assert participant_ids(api, id) == [mary, ann]
    assert counts(api, id, ann) == (2, 1)
    assert api.delete(f"{path}/{one['id']}").data == {"id": one["id"]}
    assert api.delete(f"{path}/{one['id']}").status == 404
    assert counts(api, id, ann) == (1, 0)


def test_participants_come_in_pages(api: Api) -> None:
    ids = [create_person(api, name) for name in ("Mary", "Ann", "Eve")]
    id = create_deal(api)
    for one in ids:
        api.post(f"/v1/deals/{id}/participants", {"person_id": one})
    page = api.get(f"/v1/deals/{id}/participants", start=1, limit=1)
    assert [one["person_id"]["value"] for one in page.data] == [ids[1]]
    assert page.body["additional_data"]["pagination"]["next_start"] == 2


def test_the_person_of_a_deal_takes_part(api: Api) -> None:
    mary, ann = create_person(api, "Mary"), create_person(api, "Ann")
    id = create_deal(api, person_id=mary)
    api.patch(f"/api/v2/deals/{id}", {"person_id": ann})
    assert participant_ids(api, id) == [ann]
    participant = api.get(f"/v1/deals/{id}/participants").data[0]["id"]
    api.delete(f"/v1/deals/{id}/participants/{participant}")
    shown = api.get(f"/v1/deals/{id}").data
    assert (shown["person_id"], shown["participants_count"]) == (None, 0)
    assert api.get(f"/v1/persons/{ann}").data["open_deals_count"] == 0


def test_a_person_counts_the_deals_it_takes_part_in_without_being_linked(api: Api) -> None:
    mary, id = create_person(api, "Mary"), create_deal(api)
    api.post(f"/v1/deals/{id}/participants", {"person_id": mary})
    assert api.get(f"/v1/persons/{mary}").data["participant_open_deals_count"] == 1
    api.patch(f"/api/v2/deals/{id}", {"status": "won"})
    counted = api.get(f"/v1/persons/{mary}").data
    assert (counted["participant_open_deals_count"], counted["participant_closed_deals_count"]) == (0, 1)
    api.delete(f"/api/v2/deals/{id}")
    assert api.get(f"/v1/persons/{mary}").data["participant_closed_deals_count"] == 0


def test_the_changelog_has_added_and_removed_participants(api: Api) -> None:
    mary, ann = create_person(api, "Mary"), create_person(api, "Ann")
    id = create_deal(api, person_id=mary)
    api.clock.advance(hours=1)
    api.patch(f"/api/v2/deals/{id}", {"person_id": ann})
    path = f"/v1/deals/{id}/participantsChangelog"
    first = api.get(path, limit=2)
    assert [(change["action"], change["person_id"], change["time"]) for change in first.data] == [
        ("added", ann, "2026-03-02 11:00:00"),
        ("removed", mary, "2026-03-02 11:00:00"),
    ]
    last = api.get(path, limit=2, cursor=first.next_cursor)
    assert last.data == [{"actor_user_id": 1, "person_id": mary, "action": "added", "time": "2026-03-02 10:00:00"}]
    assert last.next_cursor is None


def test_persons_that_one_does_not_see_are_left_out(api: Api) -> None:
    hidden, visible = create_person(api, "Mary", visible_to=1), create_person(api, "Ann", visible_to=7)
    id = create_deal(api, person_id=hidden, visible_to=7)
    api.post(f"/v1/deals/{id}/participants", {"person_id": visible})
    bob = add_user(api, "Bob")
    assert participant_ids(bob, id) == [visible]
    assert bob.post(f"/v1/deals/{id}/participants", {"person_id": hidden}).status == 400


def test_only_live_persons_take_part_in_live_deals(api: Api) -> None:
    mary, id = create_person(api, "Mary"), create_deal(api)
    assert api.post(f"/v1/deals/{id}/participants", {"person_id": 99}).status == 400
    api.delete(f"/api/v2/deals/{id}")
    assert api.post(f"/v1/deals/{id}/participants", {"person_id": mary}).status == 404
    assert api.get(f"/v1/deals/{id}/participants").data is None
