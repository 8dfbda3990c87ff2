"""Projects over HTTP, in both versions."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from dealwright.crm.values.formats import loads
from dealwright.storage.tables import changes
from tests.api import Api
from tests.change_log import broken_chains
from tests.company import add_role, add_user, run_purge

PROJECTS = "/api/v2/projects"
MOMENT, TIME = "2026-03-02T10:00:00.000Z", "2026-03-02 10:00:00.000"


def create(api: Api, **values: object) -> int:
    """Creates a project; returns its id."""
    id: int = api.post(PROJECTS, {"title": "Roof", **values}).data["id"]
    return id


def listed(api: Api, path: str = PROJECTS, **query: object) -> list[int]:
    """Returns the ids of the projects of a list."""
    return [project["id"] for project in api.get(path, **query).data]


def test_the_same_project_in_both_versions(api: Api) -> None:
    deals = [api.post("/api/v2/deals", {"title": title}).data["id"] for title in ("a", "b")]
    people = [api.post("/api/v2/persons", {"name": name}).data["id"] for name in ("Ann", "Bea")]
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    label = api.get("/api/v2/projectFields/label_ids").data["options"][0]["id"]
    body = {
        "title": "Office renovation",
        "description": "Two floors",
        "phase_id": 2,
        "start_date": "2026-04-15",
        "end_date": "2026-04-23",
        "deal_ids": [deals[1], deals[0], deals[1]],
        "person_ids": people,
        "org_ids": [org],
        "label_ids": [label],
        "health_status": 10,
    }
    answer = api.post(PROJECTS, body)
    assert answer.status == 201
    new = answer.data
    assert new == body | {
        "id": new["id"],
        "status": "open",
        "board_id": 1,
        "owner_id": 1,
        "deal_ids": [deals[1], deals[0]],
        "add_time": MOMENT,
        "update_time": MOMENT,
        "status_change_time": MOMENT,
        "archive_time": None,
        "custom_fields": {},
    }
    assert api.get(f"{PROJECTS}/{new['id']}").data == new
    old = api.get(f"/v1/projects/{new['id']}")
    assert old.body["additional_data"] is None
    assert old.data == {
        "id": new["id"],
        "title": "Office renovation",
        "description": "Two floors",
        "status": "open",
        "status_change_time": TIME,
        "start_date": "2026-04-15",
        "end_date": "2026-04-23",
        "owner_id": 1,
        "add_time": TIME,
        "update_time": TIME,
        "labels": [label],
        "health_status": 10,
        "archive_time": None,
        "deal_ids": [deals[1], deals[0]],
        "person_id": people[0],
        "org_id": org,
        "board_id": 1,
        "phase_id": 2,
    }
    assert api.get("/v1/projects").data == [old.data]
    assert api.get(PROJECTS).data == [new]


def test_projects_of_v1(api: Api) -> None:
    person = api.post("/api/v2/persons", {"name": "Ann"}).data["id"]
    body = {"title": "Roof", "board_id": "1", "phase_id": "1", "person_id": str(person), "labels": []}
    answer = api.post("/v1/projects", body)
    assert (answer.status, answer.body["additional_data"]) == (201, None)
    id = answer.data["id"]
    assert api.get(f"{PROJECTS}/{id}").data["person_ids"] == [person]
    emptied = api.put(f"/v1/projects/{id}", {"person_id": None, "title": "Ridge"}).data
    assert (emptied["person_id"], emptied["title"]) == (None, "Ridge")
    archived = api.post(f"/v1/projects/{id}/archive").data
    assert archived["archive_time"] == TIME
    assert listed(api, "/v1/projects") == []
    assert listed(api, "/v1/projects", include_archived=1) == [id]
    assert api.delete(f"/v1/projects/{id}").body == {"success": True, "data": {"id": id}, "additional_data": None}
    assert api.get(f"/v1/projects/{id}").data["status"] == "deleted"
    assert api.put(f"/v1/projects/{id}", {"title": "x"}).status == 404


def test_where_a_project_comes_to(api: Api) -> None:
    board = api.post("/api/v2/boards", {"name": "Other"}).data["id"]
    assert "has no phases" in api.post(PROJECTS, {"title": "x", "board_id": board}).error
    phases = [api.post("/api/v2/phases", {"name": name, "board_id": board}).data["id"] for name in "ab"]

    def places(**values: object) -> tuple[int, int]:
        project = api.get(f"{PROJECTS}/{create(api, **values)}").data
        return project["board_id"], project["phase_id"]

    assert places() == (1, 1)
    assert places(board_id=board) == (board, phases[0])
    assert places(phase_id=phases[1]) == (board, phases[1])
    assert api.post(PROJECTS, {"title": "x", "board_id": 1, "phase_id": phases[0]}).status == 400
    id = create(api)
    moved = api.patch(f"{PROJECTS}/{id}", {"board_id": board}).data
    assert (moved["board_id"], moved["phase_id"]) == (board, phases[0])
    moved = api.patch(f"{PROJECTS}/{id}", {"phase_id": 3}).data
    assert (moved["board_id"], moved["phase_id"]) == (1, 3)
    stays = api.patch(f"{PROJECTS}/{id}", {"board_id": 1}).data
    assert stays["phase_id"] == 3


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"owner_id": 99}, "owner_id"),
        ({"deal_ids": [99]}, "deal_ids"),
        ({"person_ids": [99]}, "person_ids"),
        ({"org_ids": [99]}, "org_ids"),
        ({"phase_id": 99}, "phase_id"),
        ({"board_id": 99}, "board_id"),
        ({"label_ids": [99]}, "label_ids"),
        ({"health_status": 11}, "health_status"),
        ({"status": "lost"}, "status"),
        ({"title": ""}, "title"),
        ({"start_date": "soon"}, "start_date"),
        ({"custom_fields": {"a" * 40: 1}}, "a" * 40),
        ({"health": 10}, "health"),
    ],
)
def test_what_is_refused_changes_nothing(api: Api, body: dict[str, object], named: str) -> None:
    id = create(api)
    before = api.get(f"{PROJECTS}/{id}").data
    for answer in (api.patch(f"{PROJECTS}/{id}", body), api.post(PROJECTS, {"title": "x", **body})):
        assert answer.status == 400
        assert named in str(answer.body)
    assert api.get(PROJECTS).data == [before]


def test_what_follows_from_a_status(api: Api) -> None:
    id = create(api)
    api.clock.advance(minutes=5)
    done = api.patch(f"{PROJECTS}/{id}", {"status": "completed"}).data
    assert (done["status"], done["status_change_time"]) == ("completed", "2026-03-02T10:05:00.000Z")
    api.clock.advance(minutes=5)
    again = api.patch(f"{PROJECTS}/{id}", {"status": "completed", "title": "x"}).data
    assert again["status_change_time"] == "2026-03-02T10:05:00.000Z"
    assert api.post(PROJECTS, {"title": "x", "status": "deleted"}).status == 400
    assert api.patch(f"{PROJECTS}/{id}", {"status": "deleted"}).data["status"] == "deleted"
    assert api.get(f"{PROJECTS}/{id}").status == 404


def test_lists(api: Api) -> None:
    ids = [create(api, phase_id=phase) for phase in (1, 2, 2, 3)]
    api.patch(f"{PROJECTS}/{ids[1]}", {"status": "canceled"})
    api.post(f"{PROJECTS}/{ids[2]}/archive")
    api.delete(f"{PROJECTS}/{ids[3]}")
    assert listed(api) == ids[:2]
    assert listed(api, status="open") == ids[:1]
    assert listed(api, status="open,canceled") == ids[:2]
    assert listed(api, status="deleted") == ids[3:]
    assert listed(api, status="deleted,open") == [ids[0], ids[3]]
    assert listed(api, phase_id=2) == [ids[1]]
    assert listed(api, f"{PROJECTS}/archived") == [ids[2]]
    assert listed(api, f"{PROJECTS}/archived", phase_id=1) == []
    assert listed(api, f"{PROJECTS}/archived", status="open") == [ids[2]]
    assert listed(api, "/v1/projects", phase_id=2, include_archived=1) == ids[1:3]
    assert listed(api, "/v1/projects", status="open,deleted") == [ids[0], ids[3]]
    api.clock.advance(days=31)
    assert listed(api, status="deleted") == []


def test_pages(api: Api) -> None:
    ids = [create(api) for _ in range(5)]
    for path in (PROJECTS, "/v1/projects"):
        first = api.get(path, limit=3)
        rest = api.get(path, limit=3, cursor=first.next_cursor)
        assert [one["id"] for one in first.data + rest.data] == ids
        assert rest.next_cursor is None


def test_lists_of_what_a_project_is_linked_to(api: Api) -> None:
    deal = api.post("/api/v2/deals", {"title": "Deal"}).data["id"]
    person = api.post("/api/v2/persons", {"name": "Ann"}).data["id"]
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    create(api)
    links = {"deal_ids": [deal], "person_ids": [person], "org_ids": [org]}
    id = create(api, **links)
    for name, linked in (("deal_id", deal), ("person_id", person), ("org_id", org)):
        assert listed(api, PROJECTS, **{name: linked}) == [id]
        assert listed(api, PROJECTS, **{name: 99}) == []
    api.patch(f"{PROJECTS}/{id}", {name: list[int]() for name in links})
    assert listed(api, deal_id=deal) == []


def test_archiving_twice_keeps_the_time(api: Api) -> None:
    id = create(api)
    first = api.post(f"{PROJECTS}/{id}/archive").data["archive_time"]
    api.clock.advance(days=1)
    assert api.post(f"{PROJECTS}/{id}/archive").data["archive_time"] == first == MOMENT
    assert api.post(f"{PROJECTS}/99/archive").status == 404


def test_who_sees_a_project(api: Api) -> None:
    sales = add_role(api, "Sales", project_default_visibility=3)
    owner, same = add_user(api, "Olga", role_id=sales), add_user(api, "Sam", role_id=sales)
    other = add_user(api, "Otto", role_id=add_role(api, "Support"))
    id = create(owner)
    assert [user.get(f"{PROJECTS}/{id}").status for user in (api, owner, same, other)] == [200, 200, 200, 404]
    assert listed(other) == listed(other, "/v1/projects") == []
    users = [user.principal.user_id for user in (api, owner, same)]
    assert api.get(f"{PROJECTS}/{id}/permittedUsers").data == users
    for_all = create(other)
    assert listed(same) == [id, for_all]


def test_hidden_records_stay_linked_and_no_others_join_them(api: Api) -> None:
    user = add_user(api, "Uma", role_id=add_role(api, "Sales"))
    deals = [api.post("/api/v2/deals", {"title": "x", "visible_to": 1}).data["id"] for _ in range(2)]
    id = create(api, deal_ids=deals[:1])
    assert user.patch(f"{PROJECTS}/{id}", {"deal_ids": deals}).status == 400
    assert user.patch(f"{PROJECTS}/{id}", {"deal_ids": deals[:1], "title": "x"}).data["deal_ids"] == deals[:1]


def test_links_move_with_merged_records(api: Api) -> None:
    deals = [api.post("/api/v2/deals", {"title": title}).data["id"] for title in "abc"]
    id = create(api, deal_ids=deals)
    other = create(api, deal_ids=deals[:1])
    api.put(f"/v1/deals/{deals[0]}/merge", {"merge_with_id": deals[1]})
    assert api.get(f"{PROJECTS}/{id}").data["deal_ids"] == deals[1:]
    assert api.get(f"{PROJECTS}/{other}").data["deal_ids"] == [deals[1]]
    people = [api.post("/api/v2/persons", {"name": name}).data["id"] for name in "ab"]
    orgs = [api.post("/api/v2/organizations", {"name": name}).data["id"] for name in "ab"]
    api.patch(f"{PROJECTS}/{id}", {"person_ids": people[:1], "org_ids": orgs[:1]})
    api.put(f"/v1/persons/{people[0]}/merge", {"merge_with_id": people[1]})
    api.put(f"/v1/organizations/{orgs[0]}/merge", {"merge_with_id": orgs[1]})
    merged = api.get(f"{PROJECTS}/{id}").data
    assert (merged["person_ids"], merged["org_ids"]) == (people[1:], orgs[1:])


def test_the_change_log_of_projects(api: Api) -> None:
    deal = api.post("/api/v2/deals", {"title": "x"}).data["id"]
    id = create(api, deal_ids=[deal])
    api.patch(f"{PROJECTS}/{id}", {"title": "Ridge", "deal_ids": []})
    columns = changes.c
    logged = sa.select(columns.fields).where(columns.object == "project", columns.record_id == id).order_by(columns.id)
    with api.principal.company.database.read() as db:
        made, changed = (loads(fields) for fields in db.values(logged))
    assert ["deal_ids", None, [deal]] in made
    assert changed == [["title", "Roof", "Ridge"], ["deal_ids", [deal], []]]


@pytest.mark.parametrize("milliseconds", [0, 400, 450, 456])
def test_times_in_the_change_log_are_those_that_were_written(api: Api, milliseconds: int) -> None:
    api.clock.advance(milliseconds=milliseconds)
    project = create(api)
    for status in ("completed", "open", "canceled"):
        api.clock.advance(hours=1)
        api.patch(f"{PROJECTS}/{project}", {"status": status})
    api.post(f"{PROJECTS}/{project}/archive")
    with api.principal.company.database.read() as db:
        assert broken_chains(db) == []


def test_notes_and_activities_of_projects(api: Api) -> None:
    id = create(api)
    note = api.post("/v1/notes", {"content": "On it", "project_id": id, "pinned_to_project_flag": 1}).data
    assert (note["project_id"], note["project"], note["pinned_to_project_flag"]) == (id, {"title": "Roof"}, True)
    assert [one["id"] for one in api.get("/v1/notes", project_id=id).data] == [note["id"]]
    activity = api.post("/api/v2/activities", {"subject": "Visit", "project_id": id}).data
    assert activity["project_id"] == id
    assert [one["id"] for one in api.get(f"/v1/projects/{id}/activities").data] == [activity["id"]]
    for path in ("/v1/notes", "/v1/activities", "/api/v2/activities"):
        assert api.post(path, {"content": "x", "subject": "x", "project_id": 99}).status == 400
    assert api.get("/v1/projects/99/activities").status == 404


def test_what_is_on_a_project_outlives_it(api: Api) -> None:
    id = create(api)
    deal = api.post("/api/v2/deals", {"title": "Roof"}).data["id"]
    note = api.post("/v1/notes", {"content": "On it", "project_id": id, "deal_id": deal}).data["id"]
    file = api.upload("POST", "/v1/files", {"file": ("a.txt", "text/plain", b"a")}, {"project_id": id}).data
    assert (file["project_id"], file["project_name"]) == (id, "Roof")
    assert api.delete(f"{PROJECTS}/{id}").status == 200
    run_purge(api)
    assert api.get(f"/v1/notes/{note}").data["project_id"] is None
    kept = api.get(f"/v1/files/{file['id']}").data
    assert (kept["project_id"], kept["project_name"]) == (None, None)
