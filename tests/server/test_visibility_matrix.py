"""Who gets through which door to a record: every way to read or change one opens for those who may see it, and for nobody else.

admin         role 1
above         role "Management"
owner, same   role "Sales", below it; so is "gone", who was deactivated
below         role "Reps", below that
other         role "Support", beside them; so is "follower", who follows everything that can be followed

Nothing that is done here stays written, so all doors lead to the same company.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests import company
from tests.api import Answer, Api
from tests.conftest import DATABASES, empty_postgres_database
from tests.furniture import undoing

WORD = "Labyrinth"
"""What everything is called, for searches."""

SEEN_BY = {
    1: {"admin", "above", "owner", "follower"},
    3: {"admin", "above", "owner", "follower", "same"},
    5: {"admin", "above", "owner", "follower", "same", "below"},
    7: {"admin", "above", "owner", "follower", "same", "below", "other"},
}
"""Who sees a record, by its ``visible_to``. Without following it, a follower is like anybody else of the other group."""

FOLLOWED = ("deals", "persons", "organizations", "products")
ON = {"notes": "persons", "activities": "deals", "files": "organizations"}
"""What has no visibility of its own, and what it lies on here."""


class Door(NamedTuple):
    """A call about a record; one without its id in the path is a list, which has it or not."""

    noun: str
    method: str
    path: str
    query: Mapping[str, object] = {}
    body: object = None


def record_doors(noun: str, *versions: str) -> Iterator[Door]:
    """Lists, single reads, searches and changes, in each version."""
    for version in versions:
        list_query = {"user_id": 0} if noun == "activities" and version == "/v1" else {}
        yield Door(noun, "GET", f"{version}/{noun}", list_query)
        yield Door(noun, "GET", f"{version}/{noun}/{{id}}")
        change = "PATCH" if version == "/api/v2" or noun == "leads" else "PUT"
        yield Door(noun, change, f"{version}/{noun}/{{id}}", body=CHANGES[noun])
        yield Door(noun, "DELETE", f"{version}/{noun}/{{id}}")


CHANGES: Mapping[str, Mapping[str, object]] = {
    **{noun: {"title": "Changed"} for noun in ("deals", "leads")},
    **{noun: {"name": "Changed"} for noun in ("persons", "organizations", "products", "files")},
    "activities": {"subject": "Changed"},
    "notes": {"content": "Changed"},
}
BOTH = ("/v1", "/api/v2")
SEARCHED = (*FOLLOWED, "leads")
DOORS = (
    *(door for noun in (*FOLLOWED, "activities") for door in record_doors(noun, *BOTH)),
    *(door for noun in ("leads", "notes", "files") for door in record_doors(noun, "/v1")),
    *(Door(noun, "GET", f"{version}/{noun}/search", {"term": WORD}) for noun in SEARCHED for version in BOTH),
    *(
        Door(noun, "GET", f"{version}/itemSearch", {"term": WORD, "item_types": noun[:-1]})
        for noun in SEARCHED
        for version in BOTH
    ),
    *(Door(noun, "GET", f"{version}/{noun}/{{id}}/followers") for noun in FOLLOWED for version in BOTH),
    *(
        Door(noun, "POST", f"{version}/{noun}/{{id}}/followers", body={"user_id": 1})
        for noun in FOLLOWED
        for version in BOTH
    ),
    *(Door(noun, "GET", f"/api/v2/{noun}/{{id}}/followers/changelog") for noun in FOLLOWED),
    *(Door(noun, "GET", f"/v1/{noun}/{{id}}/files") for noun in FOLLOWED),
    *(
        Door(noun, "GET", f"/v1/{noun}/{{id}}/{part}")
        for noun in FOLLOWED[:3]
        for part in ("flow", "changelog", "activities")
    ),
    *(Door(noun, "GET", f"/v1/{noun}/{{id}}/permittedUsers") for noun in SEARCHED),
    *(
        Door("deals", "GET", f"/v1/deals/{{id}}/{part}")
        for part in ("participants", "participantsChangelog", "persons")
    ),
    *(Door(noun, "GET", f"/v1/{noun}/{{id}}/deals") for noun in ("persons", "organizations")),
    Door("organizations", "GET", "/v1/organizations/{id}/persons"),
    Door("deals", "POST", "/v1/deals/{id}/duplicate"),
    Door("notes", "GET", "/v1/notes/{id}/comments"),
    Door("notes", "POST", "/v1/notes/{id}/comments", body={"content": "Hm"}),
    Door("files", "GET", "/v1/files/{id}/download"),
)


class Labyrinth(NamedTuple):
    """The users by what they are, and the ids of the records by noun and ``visible_to``."""

    users: dict[str, Api]
    ids: dict[tuple[str, int], Any]


def build(api: Api) -> Labyrinth:
    """A company with one record of each noun and visibility, all of one owner."""
    management = company.add_role(api, "Management")
    sales = company.add_role(api, "Sales", parent_id=management)
    reps, support = company.add_role(api, "Reps", parent_id=sales), company.add_role(api, "Support")
    roles = {"above": management, **dict.fromkeys(("owner", "same", "gone"), sales), "below": reps}
    roles |= dict.fromkeys(("other", "follower"), support)
    users = {"admin": api} | {name: company.add_user(api, name.title(), role_id=role) for name, role in roles.items()}
    owner, ids = users["owner"], dict[tuple[str, int], Any]()
    contact = owner.post("/api/v2/persons", {"name": "Contact", "visible_to": 7}).data["id"]
    for visible_to in SEEN_BY:
        for noun in FOLLOWED:
            name = "title" if noun == "deals" else "name"
            id = owner.post(f"/api/v2/{noun}", {name: WORD, "visible_to": visible_to}).data["id"]
            owner.post(f"/api/v2/{noun}/{id}/followers", {"user_id": users["follower"].bearer.user_id})
            ids[noun, visible_to] = id
        lead = {"title": WORD, "person_id": contact, "visible_to": str(visible_to)}
        ids["leads", visible_to] = owner.post("/v1/leads", lead).data["id"]
        note = {"content": WORD, "person_id": ids["persons", visible_to]}
        ids["notes", visible_to] = owner.post("/v1/notes", note).data["id"]
        activity = {"subject": WORD, "type": "call", "deal_id": ids["deals", visible_to]}
        ids["activities", visible_to] = owner.post("/api/v2/activities", activity).data["id"]
        content = {"file": ("labyrinth.txt", "text/plain", b"minotaur")}
        on = {"org_id": ids["organizations", visible_to]}
        ids["files", visible_to] = owner.upload("POST", "/v1/files", content, on).data["id"]
    api.put(f"/v1/users/{users['gone'].bearer.user_id}", {"active_flag": False})
    return Labyrinth(users, ids)


@pytest.fixture(scope="module", params=DATABASES)
def labyrinth(
    request: pytest.FixtureRequest, founded_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Labyrinth]:
    folder = tmp_path_factory.mktemp("labyrinth")
    if request.param == "sqlite":
        yield from opened(company.open_api(company.copy_folder(founded_folder, folder / "platform")))
        return
    template = request.getfixturevalue("founded_database")
    with empty_postgres_database(template.rpartition("/")[2]) as url:
        yield from opened(company.open_api(url, files=str(folder)))


def opened(api: Api) -> Iterator[Labyrinth]:
    built = build(api)
    database = api.bearer.company.database
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "write", undoing(database.write))
        yield built
    company.close(api)


def found_ids(answer: Answer) -> set[Any]:
    """The ids of what a list or a search has found."""
    listed = answer.data or []
    return {one["item"]["id"] for one in listed["items"]} if isinstance(listed, dict) else {one["id"] for one in listed}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: f"{door.method} {door.path} {door.noun}")
def test_a_door_opens_for_those_who_see_the_record(labyrinth: Labyrinth, door: Door) -> None:
    let_in: dict[int, set[str]] = {visible_to: set() for visible_to in SEEN_BY}
    for name, user in labyrinth.users.items():
        listed = None if "{id}" in door.path else user.call("GET", door.path, query=door.query)
        for visible_to in SEEN_BY:
            id = labyrinth.ids[door.noun, visible_to]
            answer = listed or user.call(door.method, door.path.format(id=id), door.body, query=door.query)
            if name == "gone":
                assert answer.status == 401
            elif listed:
                let_in[visible_to] |= {name} if id in found_ids(listed) else set()
            else:
                assert answer.status in (200, 201, 404), answer
                let_in[visible_to] |= {name} if answer.status != 404 else set()
    strangers = set() if ON.get(door.noun, door.noun) in FOLLOWED else {"follower"}
    assert let_in == {
        visible_to: users if visible_to == 7 else users - strangers for visible_to, users in SEEN_BY.items()
    }
