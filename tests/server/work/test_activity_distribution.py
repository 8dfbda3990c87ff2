"""How the activities of a record are spread over users and types is what its list shows, to everyone and after any change."""

from __future__ import annotations

from collections import Counter
from itertools import product
from typing import Any

from dealwright.crm.history import purge
from tests.api import Api
from tests.company import add_role, add_user, find_problems


def create(api: Api, noun: str, **values: object) -> int:
    id: int = api.post(f"/api/v2/{noun}", values).data["id"]
    return id


def compare(users: tuple[Api, ...], *paths: str, exclude: str = "1,3,99") -> None:
    """Compares each distribution with the activities that the same list has, as each user sees them."""
    narrowed = ((None, None), (0, None), (1, exclude), (None, exclude))
    for api, path, (done, excluded) in product(users, paths, narrowed):
        query = {name: value for name, value in (("done", done), ("exclude", excluded)) if value is not None}
        page = api.get(f"/v1/{path}/activities", limit=500, **query)
        if page.status == 404:
            continue
        wanted = Counter((str(one["user_id"]), one["type"]) for one in page.data or [])
        shares: dict[str, Any] = page.body["additional_data"]["activity_distribution"]
        found = {(id, type): number for id, one in shares.items() for type, number in one["activities"].items()}
        assert found == wanted, (api.principal.user_id, path, query)
        assert all(one["activity_count"] == sum(one["activities"].values()) for one in shares.values())


def test_the_distribution_is_that_of_the_list_after_any_change(api: Api) -> None:
    role = add_role(api, "Manager")
    rita = add_user(api, "Rita", role_id=role)
    users = (api, rita, add_user(api, "Max", role_id=add_role(api, "Seller", parent_id=role)))
    owners = [one.principal.user_id for one in users]
    orgs = [create(api, "organizations", name=name, visible_to=7) for name in ("Acme", "Bolt")]
    people = [create(api, "persons", name=name, visible_to=to) for name, to in (("Ann", 7), ("Bob", 1), ("Cid", 7))]
    deals = [create(api, "deals", title="Deal", visible_to=to) for to in (7, 1)]
    paths = (
        *(f"organizations/{id}" for id in orgs),
        *(f"persons/{id}" for id in people),
        *(f"deals/{id}" for id in deals),
    )
    made = []
    for number in range(15):
        first, second = people[number % 3], people[(number // 3) % 3]
        made.append(
            create(
                api,
                "activities",
                type=("call", "lunch")[number % 2],
                owner_id=owners[number % 3 if number < 9 else 0],
                done=number % 4 == 0,
                org_id=orgs[0] if number % 4 == 0 else None,
                deal_id=deals[number % 2] if number % 7 == 0 else None,
                participants=[{"person_id": first, "primary": True}]
                + ([{"person_id": second}] if second != first else []),
            )
        )
    compare(users, *paths)
    # Others do not see the second person, and so not what it alone leads to.
    assert len(rita.get(f"/v1/persons/{people[0]}/activities").data) < len(
        api.get(f"/v1/persons/{people[0]}/activities").data
    )
    for id, values in zip(
        made,
        (
            {"type": "lunch"},
            {"owner_id": owners[2]},
            {"done": True},
            {"done": True, "type": "meeting", "owner_id": owners[1], "org_id": orgs[1]},
            {"deal_id": deals[1], "org_id": None},
            {"participants": [{"person_id": people[0]}, {"person_id": people[1], "primary": True}]},
            {"participants": [{"person_id": people[1]}, {"person_id": people[0], "primary": True}], "type": "task"},
            {"participants": []},
            {"participants": [{"person_id": people[2], "primary": True}], "owner_id": owners[2], "done": True},
        ),
        strict=False,
    ):
        assert api.patch(f"/api/v2/activities/{id}", values).status == 200
        assert find_problems(api) == []
    api.delete(f"/api/v2/activities/{made[9]}")
    api.delete("/v1/activities", ids=f"{made[10]},{made[11]}")
    compare(users, *paths)
    for noun, (source, target, *_) in (("deals", deals), ("persons", people), ("organizations", orgs)):
        assert api.put(f"/v1/{noun}/{source}/merge", {"merge_with_id": target}).status == 200
        assert find_problems(api) == []
        assert api.get(f"/v1/{noun}/{source}/activities").body["additional_data"]["activity_distribution"] == {}
    api.delete(f"/api/v2/persons/{people[1]}")
    api.delete(f"/api/v2/organizations/{orgs[1]}")
    api.delete(f"/api/v2/deals/{deals[1]}")
    compare(users[:1], *paths)
    api.clock.advance(days=purge.DELETED_RETENTION.days + 1)
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        for kind in purge.PURGED_TYPES:
            purge.remove(crm, kind, purge.find_due_ids(crm, kind, 100))
    compare(users, f"persons/{people[2]}")
