"""Boards of projects and their phases over HTTP, in both versions."""

from __future__ import annotations

import pytest

from tests.api import Api
from tests.company import add_user

PHASES = ["Kick-off", "Planning", "Implementation", "Review"]


def names(api: Api, board_id: int = 1) -> list[tuple[str, int]]:
    """Returns the names and numbers of the phases of a board, in their order."""
    return [(phase["name"], phase["order_nr"]) for phase in api.get("/api/v2/phases", board_id=board_id).data]


def board_names(api: Api) -> list[tuple[str, int]]:
    return [(board["name"], board["order_nr"]) for board in api.get("/api/v2/boards").data]


def test_a_company_begins_with_a_board(api: Api) -> None:
    moment = "2026-03-02T10:00:00.000Z"
    board = {"id": 1, "name": "Projects", "order_nr": 1, "add_time": moment, "update_time": moment}
    answer = api.get("/api/v2/boards")
    assert (answer.data, answer.body["additional_data"]) == ([board], None)
    assert api.get("/api/v2/boards/1").data == board
    time = "2026-03-02 10:00:00"
    assert api.get("/v1/projects/boards").data == [board | {"add_time": time, "update_time": time}]
    assert api.get("/v1/projects/boards/1").body["additional_data"] is None
    assert names(api) == [(name, number) for number, name in enumerate(PHASES, 1)]
    phase = {"id": 2, "name": "Planning", "board_id": 1, "order_nr": 2}
    assert api.get("/api/v2/phases/2").data == phase | {"add_time": moment, "update_time": moment}
    assert api.get("/v1/projects/phases/2").data == phase | {"add_time": time, "update_time": time}
    assert api.get("/v1/projects/phases", board_id=1).data[1] == api.get("/v1/projects/phases/2").data


def test_boards_have_numbers_without_gaps(api: Api) -> None:
    last = api.post("/api/v2/boards", {"name": "Last"}).data
    assert last["order_nr"] == 2
    first = api.post("/api/v2/boards", {"name": "First", "order_nr": 1}).data
    assert board_names(api) == [("First", 1), ("Projects", 2), ("Last", 3)]
    moved = api.patch(f"/api/v2/boards/{first['id']}", {"order_nr": 3, "name": "Moved"}).data
    assert (moved["order_nr"], moved["name"]) == (3, "Moved")
    assert board_names(api) == [("Projects", 1), ("Last", 2), ("Moved", 3)]
    for number in (0, 5):
        assert api.post("/api/v2/boards", {"name": "x", "order_nr": number}).status == 400
    assert api.patch("/api/v2/boards/1", {"order_nr": 4}).status == 400
    assert len(board_names(api)) == 3


def test_phases_have_numbers_without_gaps(api: Api) -> None:
    new = api.post("/api/v2/phases", {"name": "Contract", "board_id": 1, "order_nr": 2}).data
    assert names(api)[:3] == [("Kick-off", 1), ("Contract", 2), ("Planning", 3)]
    api.patch(f"/api/v2/phases/{new['id']}", {"order_nr": 5})
    assert names(api)[3:] == [("Review", 4), ("Contract", 5)]
    assert api.patch(f"/api/v2/phases/{new['id']}", {"order_nr": 6}).status == 400
    assert api.post("/api/v2/phases", {"name": "x", "board_id": 9}).error
    assert api.get("/api/v2/phases", board_id=9).status == 404
    assert api.get("/v1/projects/phases", board_id=9).status == 404


def test_projects_follow_their_phase_to_another_board(api: Api) -> None:
    board = api.post("/api/v2/boards", {"name": "Other"}).data["id"]
    project = api.post("/api/v2/projects", {"title": "Roof", "phase_id": 2}).data["id"]
    task = api.post("/api/v2/tasks", {"title": "Scaffold", "project_id": project}).data["id"]
    api.put(f"/v1/projects/{project}/plan/tasks/{task}", {"phase_id": 1})
    moved = api.patch("/api/v2/phases/2", {"board_id": board}).data
    assert (moved["board_id"], moved["order_nr"]) == (board, 1)
    assert api.get(f"/api/v2/projects/{project}").data["board_id"] == board
    assert api.get(f"/v1/projects/{project}/plan").data[0]["phase_id"] is None


def test_a_board_is_deleted_with_its_open_projects(api: Api) -> None:
    board = api.post("/api/v2/boards", {"name": "Other"}).data["id"]
    phase = api.post("/api/v2/phases", {"name": "Only", "board_id": board}).data["id"]
    ids = [api.post("/api/v2/projects", {"title": "x", "phase_id": phase}).data["id"] for _ in range(2)]
    api.patch(f"/api/v2/projects/{ids[1]}", {"status": "completed"})
    assert api.delete(f"/api/v2/boards/{board}").data == {"id": board}
    for path in (f"/api/v2/boards/{board}", f"/api/v2/phases/{phase}", f"/v1/projects/boards/{board}"):
        assert api.get(path).status == 404
    assert api.get(f"/api/v2/projects/{ids[0]}").status == 404
    assert api.get(f"/api/v2/projects/{ids[1]}").data["status"] == "completed"
    assert api.post("/api/v2/projects", {"title": "x", "board_id": board}).status == 400
    assert api.post("/api/v2/projects", {"title": "x", "phase_id": phase}).status == 400


def test_a_phase_is_deleted_with_its_open_projects_and_its_places(api: Api) -> None:
    inside = api.post("/api/v2/projects", {"title": "x", "phase_id": 2}).data["id"]
    beside = api.post("/api/v2/projects", {"title": "x", "phase_id": 1}).data["id"]
    task = api.post("/api/v2/tasks", {"title": "x", "project_id": beside}).data["id"]
    api.put(f"/v1/projects/{beside}/plan/tasks/{task}", {"phase_id": 2})
    assert api.delete("/api/v2/phases/2").data == {"id": 2}
    assert [project["id"] for project in api.get("/api/v2/projects").data] == [beside]
    assert api.get(f"/v1/projects/{inside}").data["status"] == "deleted"
    assert api.get(f"/v1/projects/{beside}/plan").data[0]["phase_id"] is None


@pytest.mark.parametrize("noun", ["boards", "phases"])
def test_only_admins_change_boards_and_phases(api: Api, noun: str) -> None:
    user = add_user(api, "Uma")
    body = {"name": "x"} if noun == "boards" else {"name": "x", "board_id": 1}
    assert user.get(f"/api/v2/{noun}/1").status == 200
    for answer in (
        user.post(f"/api/v2/{noun}", body),
        user.patch(f"/api/v2/{noun}/1", {"name": "x"}),
        user.delete(f"/api/v2/{noun}/1"),
    ):
        assert answer.status == 403
    for method, body_of in (("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)):
        assert api.call(method, f"/api/v2/{noun}/99", body_of).status == 404
