"""Followers of records over HTTP, in both versions."""

from __future__ import annotations

import pytest

from tests.api import Api
from tests.company import add_user, set_permissions

KINDS = (("deals", "deal_id"), ("persons", "person_id"), ("organizations", "org_id"), ("products", "product_id"))


def create_followed(api: Api, kind: str, **values: object) -> int:
    """Creates a record that its creator follows; returns its id."""
    name = {"title" if kind == "deals" else "name": "One"}
    id: int = api.post(f"/api/v2/{kind}", name | values).data["id"]
    assert api.post(f"/api/v2/{kind}/{id}/followers", {"user_id": api.principal.user_id}).status == 201
    return id


@pytest.mark.parametrize("kind", [kind for kind, _ in KINDS])
def test_a_new_record_has_no_followers(api: Api, kind: str) -> None:
    new = api.post(f"/api/v2/{kind}", {"title" if kind == "deals" else "name": "One"}).data["id"]
    assert api.get(f"/v1/{kind}/{new}/followers").data is None
    assert [api.get(f"/api/v2/{kind}/{new}/{path}").data for path in ("followers", "followers/changelog")] == [[], []]
    if kind != "products":
        assert api.get(f"/v1/{kind}/{new}").data["followers_count"] == 0


@pytest.mark.parametrize(("kind", "link"), KINDS)
def test_in_v1_a_follower_has_an_id_of_its_own(api: Api, kind: str, link: str) -> None:
    bob = add_user(api, "Bob").principal.user_id
    id = create_followed(api, kind)
    path = f"/v1/{kind}/{id}/followers"
    listed = api.get(path)
    assert [follower["user_id"] for follower in listed.data] == [1]
    assert listed.body["additional_data"]["pagination"]["more_items_in_collection"] is False
    api.clock.advance(hours=1)
    added = api.post(path, {"user_id": bob}).data
    assert (added["user_id"], added[link], added["add_time"]) == (bob, id, "2026-03-02 11:00:00")
    assert api.post(path, {"user_id": bob}).data == added
    assert api.delete(f"{path}/{added['id']}").data == {"id": added["id"]}
    assert api.delete(f"{path}/{added['id']}").status == 404
    assert [follower["user_id"] for follower in api.get(path).data] == [1]


@pytest.mark.parametrize(("kind", "link"), KINDS)
def test_in_v2_a_follower_is_a_user(api: Api, kind: str, link: str) -> None:
    bob = add_user(api, "Bob").principal.user_id
    path = f"/api/v2/{kind}/{create_followed(api, kind)}/followers"
    api.clock.advance(hours=1)
    assert api.post(path, {"user_id": bob}).data == {"user_id": bob, "add_time": "2026-03-02T11:00:00Z"}
    assert api.post(path, {"user_id": bob}).status == 400
    first = api.get(path, limit=1)
    assert [follower["user_id"] for follower in first.data] == [1]
    second = api.get(path, limit=1, cursor=first.next_cursor)
    assert ([follower["user_id"] for follower in second.data], second.next_cursor) == ([bob], None)
    assert api.delete(f"{path}/{bob}").data == {"user_id": bob}
    assert api.delete(f"{path}/{bob}").status == 404


@pytest.mark.parametrize(("kind", "link"), KINDS)
def test_the_changelog_has_added_and_removed_followers(api: Api, kind: str, link: str) -> None:
    bob = add_user(api, "Bob")
    path = f"/api/v2/{kind}/{create_followed(api, kind)}/followers"
    api.clock.advance(hours=1)
    bob.post(path, {"user_id": bob.principal.user_id})
    api.delete(f"{path}/{bob.principal.user_id}")
    first = api.get(f"{path}/changelog", limit=2)
    last = api.get(f"{path}/changelog", limit=2, cursor=first.next_cursor)
    assert [(change["action"], change["actor_user_id"], change["follower_user_id"]) for change in first.data] == [
        ("added", 1, 1),
        ("added", bob.principal.user_id, bob.principal.user_id),
    ]
    gone = {"action": "removed", "actor_user_id": 1, "follower_user_id": bob.principal.user_id}
    assert last.data == [{**gone, "time": "2026-03-02T11:00:00Z"}]
    assert last.next_cursor is None
    assert api.get(f"{path}/changelog", cursor="nonsense").status == 400


def test_followers_are_counted(api: Api) -> None:
    bob = add_user(api, "Bob").principal.user_id
    for kind in ("deals", "persons", "organizations"):
        id = create_followed(api, kind)
        api.post(f"/v1/{kind}/{id}/followers", {"user_id": bob})
        assert api.get(f"/v1/{kind}/{id}").data["followers_count"] == 2
        api.delete(f"/api/v2/{kind}/{id}/followers/1")
        assert api.get(f"/v1/{kind}/{id}").data["followers_count"] == 1


def test_a_follower_sees_the_record_until_it_ceases_to_follow(api: Api) -> None:
    bob = add_user(api, "Bob")
    id = create_followed(api, "persons", visible_to=1)
    path = f"/api/v2/persons/{id}"
    assert bob.get(path).status == 404
    assert bob.post(f"{path}/followers", {"user_id": bob.principal.user_id}).status == 404
    api.post(f"{path}/followers", {"user_id": bob.principal.user_id})
    assert bob.get(path).data["id"] == id
    bob.delete(f"{path}/followers/{bob.principal.user_id}")
    assert bob.get(f"{path}/followers").status == 404


def test_only_users_follow_and_only_live_records_are_followed(api: Api) -> None:
    bob = add_user(api, "Bob").principal.user_id
    id = create_followed(api, "organizations")
    path = f"/organizations/{id}/followers"
    assert api.post(f"/api/v2{path}", {"user_id": 99}).status == 400
    api.delete(f"/api/v2/organizations/{id}")
    assert [api.post(f"{version}{path}", {"user_id": bob}).status for version in ("/v1", "/api/v2")] == [404, 404]
    assert [api.get(f"{version}{path}").status for version in ("/v1", "/api/v2")] == [200, 404]


def test_followers_of_other_users_need_a_permission(api: Api) -> None:
    bob = add_user(api, "Bob")
    assert [bob.get(f"{version}/users/1/followers").status for version in ("/v1", "/api/v2")] == [200, 200]
    set_permissions(api)
    assert [bob.get(f"{version}/users/1/followers").status for version in ("/v1", "/api/v2")] == [403, 403]


def test_users_have_no_followers_yet(api: Api) -> None:
    assert api.get("/v1/users/1/followers").data == []
    assert api.get("/api/v2/users/1/followers").data == []
    assert api.get("/v1/users/99/followers").status == 404
