"""Users follow records and cease to, in both versions, which remember it."""

from __future__ import annotations

import pytest

from tests.actions.local_crm import LocalCrm


@pytest.fixture
def rita(crm: LocalCrm, request: pytest.FixtureRequest) -> int:
    """Returns the id of a new user."""
    noun = request.node.callspec.params["noun"]
    id: int = crm.create("v1.post_users", email=f"rita.{noun}@example.com", access=[{"app": "sales"}])
    return id


@pytest.mark.parametrize(
    ("noun", "name"),
    [("deals", "title"), ("persons", "name"), ("organizations", "name"), ("products", "name")],
)
def test_a_record_is_followed(crm: LocalCrm, rita: int, noun: str, name: str) -> None:
    record = crm.create(f"v2.post_{noun}", **{name: "Followed"})
    before = {one["user_id"] for one in crm.data(f"v1.get_{noun}_by_id_followers", id=record) or []}

    relation = crm.data(f"v1.post_{noun}_by_id_followers", id=record, data={"user_id": rita})
    assert relation["user_id"] == rita
    followers = crm.data(f"v1.get_{noun}_by_id_followers", id=record)
    assert {one["user_id"] for one in followers} == before | {rita}
    key = f"{noun.removesuffix('s')}_id"
    assert relation["id"] in [one["id"] for one in followers if one[key.replace("organization", "org")] == record]
    crm.run(f"v1.delete_{noun}_by_id_followers_by_follower_id", id=record, follower_id=relation["id"])
    assert {one["user_id"] for one in crm.data(f"v1.get_{noun}_by_id_followers", id=record) or []} == before

    crm.data(f"v2.post_{noun}_by_id_followers", id=record, data={"user_id": rita})
    assert {one["user_id"] for one in crm.data(f"v2.get_{noun}_by_id_followers", id=record)} == before | {rita}
    crm.data(f"v2.delete_{noun}_by_id_followers_by_follower_id", id=record, follower_id=rita)
    assert {one["user_id"] for one in crm.data(f"v2.get_{noun}_by_id_followers", id=record)} == before

    history = crm.data(f"v2.get_{noun}_by_id_followers_changelog", id=record)
    actions = [one["action"] for one in history if one["follower_user_id"] == rita]
    assert actions == ["added", "removed"] * 2
