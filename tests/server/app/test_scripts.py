"""Scripts: run as their users, stopped, kept with their versions, rehearsed on a copy, and run by themselves."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.isolation import levels
from dealwright.jobs.run_due import run_due
from dealwright.storage import company_copies
from dealwright.storage.tables import script_runs as script_runs_table
from tests.api import Api, Response
from tests.company import add_user
from tests.waiting import wait_for

SCRIPTS, RUNS, SCHEDULES = "/app/api/scripts", "/app/api/script-runs", "/app/api/script-schedules"

SNIPPET = """from abstra.connectors import run_connection_action

result = run_connection_action(
connection_name="local",
action_name="get_deals",
params={
"limit": 5
})
print(len(result["data"]))
"""

CREATE = """from dealwright import run_connection_action
deal = run_connection_action("local", "v2.post_deals", {"data": {"title": "Roof"}})["data"]
run_connection_action("local", "v2.patch_deals_by_id", {"id": deal["id"], "data": {"value": 700}})
print(deal["title"])
"""

LOOP = "print('begun', flush=True)\nwhile True:\n    pass\n"


def begin(api: Api, code: str, **more: Any) -> Response:
    return api.post(RUNS, {"code": code, **more})


def finish(api: Api, id: str) -> tuple[dict[str, Any], str, str]:
    """Waits for the end of a run; returns it with what it has printed on its two streams."""
    after, texts = 0, {"out": "", "err": ""}
    until = time.monotonic() + 60
    while time.monotonic() < until:
        told = api.get(f"{RUNS}/{id}/output", after=after, wait=5).body
        after = told["after"]
        for piece in told["items"]:
            texts[piece["stream"]] += piece["text"]
        if told["is_complete"] and not told["items"]:
            run: dict[str, Any] = told["run"]
            return run, texts["out"], texts["err"]
    raise AssertionError("it does not end")


def run(api: Api, code: str, **more: Any) -> tuple[dict[str, Any], str, str]:
    begun = begin(api, code, **more)
    assert begun.status == 200, begun.body
    return finish(api, begun.body["id"])


def wait_for_output(api: Api, id: str) -> None:
    wait_for(lambda: api.get(f"{RUNS}/{id}/output").body["after"] > 0)


def titles(api: Api) -> list[str]:
    return [deal["title"] for deal in api.get("/api/v2/deals").data]


def test_the_documents_snippet_runs_as_it_is(api: Api) -> None:
    api.post("/api/v2/deals", {"title": "Barn"})
    ended, out, err = run(api, SNIPPET)
    assert (ended["outcome"], ended["error"], out, err) == ("finished", None, "1\n", "")
    assert (ended["status"], ended["calls"], ended["changes"]) == ("ended", 1, 0)
    [call] = api.get("/app/api/runs", script_run_id=ended["id"]).body["items"]
    assert (call["source"], call["action"], call["connection"], call["script_run_id"]) == (
        "editor",
        "get_deals",
        "This CRM",
        ended["id"],
    )


def test_what_a_script_changes_is_in_the_runs_and_can_be_taken_back(api: Api) -> None:
    ended, out, _ = run(api, CREATE)
    assert (out, ended["calls"], ended["changes"]) == ("Roof\n", 2, 2)
    runs = api.get("/app/api/runs", script_run_id=ended["id"]).body["items"]
    assert [one["action"] for one in runs] == ["patch_deals_by_id", "post_deals"]
    for one in runs:
        assert api.post(f"/app/api/runs/{one['id']}/undo").status == 200
    assert titles(api) == []


def test_an_error_is_told_with_its_place(api: Api) -> None:
    ended, _, err = run(api, "x = 1\nraise ValueError('not so')\n")
    assert (ended["outcome"], ended["error"]) == ("failed", "ValueError: not so (line 2)")
    assert "raise ValueError('not so')" in err
    assert "launcher" not in err
    ended, _, err = run(api, "if True\n")
    assert (ended["outcome"], "line 1" in err) == ("failed", True)
    assert run(api, "import sys\nsys.exit(3)")[0]["outcome"] == "failed"
    assert run(api, "import sys\nsys.exit()")[0]["outcome"] == "finished"


def test_refusals_are_the_connectors_errors(api: Api) -> None:
    code = """from dealwright import *
from dealwright import ApiError, InvalidParams, UnknownAction, UnknownConnection, DealwrightError
def attempt(*arguments, **more):
    try:
        run_connection_action(*arguments, **more)
    except DealwrightError as error:
        print(type(error).__name__, error.status, str(error)[:60])
attempt("local", "v2.get_deals_by_id", {"id": 4711})
attempt("local", "v2.post_deals", {"data": {}})
attempt("local", "get_dealz")
attempt("elsewhere", "get_deals")
attempt("local", "v2.get_deals", {"limit": "many"})
attempt("local", "post_oauth_token", {"data": {}})
"""
    _, out, err = run(api, code)
    lines = out.splitlines()
    assert err == ""
    assert lines[0].startswith("ApiError 404")
    assert lines[1].startswith("InvalidParams")
    assert lines[2].startswith("UnknownAction")
    assert lines[3] == "UnknownConnection None There is no connection 'elsewhere'; there is local"
    assert lines[4].startswith("InvalidParams")
    assert "Deal" not in lines[5]
    assert len(lines) == 6


def test_no_token_is_given(api: Api) -> None:
    ended, _, _ = run(api, "from abstra.connectors import get_access_token\nget_access_token('local')")
    assert ended["outcome"] == "failed"
    assert "Scripts get no token" in ended["error"]


def test_a_script_may_be_let_to_read_only(api: Api) -> None:
    ended, _, _ = run(api, CREATE, access="read")
    assert "this run may only read" in ended["error"]
    assert (titles(api), ended["calls"], ended["changes"]) == ([], 1, 0)


def test_a_key_makes_a_call_once_for_each_user(api: Api) -> None:
    code = """from dealwright import run_connection_action
for _ in range(2):
    made = run_connection_action("local", "v2.post_deals", {"data": {"title": "Once"}}, idempotency_key="KEY")
print(made["data"]["title"])
""".replace("KEY", f"key-{time.time_ns()}")
    _, out, err = run(api, code)
    assert (out, err, titles(api)) == ("Once\n", "", ["Once"])
    other = add_user(api, "Otto", admin=True)
    run(other, code)
    assert titles(api) == ["Once", "Once"]


def test_an_endless_loop_is_stopped_at_once(api: Api) -> None:
    begun = begin(api, LOOP).body
    assert begun["status"] == "running"
    wait_for_output(api, begun["id"])
    assert begin(api, "print(1)").status == 409
    assert api.post(f"{RUNS}/{begun['id']}/stop").status == 200
    ended, out, _ = finish(api, begun["id"])
    assert (ended["outcome"], out) == ("stopped", "begun\n")
    assert api.post(f"{RUNS}/{begun['id']}/stop").body["outcome"] == "stopped"


def test_another_process_stops_it_too(api: Api) -> None:
    begun = begin(api, LOOP).body
    with api.principal.company.database.write(exclusive=True) as db:
        db.execute(sa.update(script_runs_table).values(is_stopped=True))
    assert finish(api, begun["id"])[0]["outcome"] == "stopped"


@pytest.mark.parametrize(
    ("variable", "value", "code", "outcome"),
    [
        ("SECONDS", "1", "import time\ntime.sleep(60)", "time"),
        ("CPU_SECONDS", "1", "while True: pass", "cpu"),
        ("MEMORY_MB", "200", "x = bytearray(300 * 1024 * 1024)", "memory"),
        ("OUTPUT_KB", "10", "while True: print('x' * 100)", "output"),
    ],
)
def test_limits(api: Api, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, code: str, outcome: str) -> None:
    monkeypatch.setenv(f"DEALWRIGHT_EDITOR_{variable}", value)
    ended, out, _ = run(api, code)
    assert ended["outcome"] == outcome
    assert len(out) <= 10 * 1024


def test_output_of_any_bytes_is_kept(api: Api) -> None:
    _, out, err = run(api, "import os\nos.write(1, b'a\\0b\\xff')\nos.write(2, 'é'.encode())")
    assert (out, err) == ("a\ufffdb\ufffd", "é")


def test_only_who_may_uses_the_editor(api: Api) -> None:
    otto = add_user(api, "Otto")
    for refused in (
        begin(otto, "print(1)"),
        otto.get(SCRIPTS),
        otto.post(SCRIPTS, {"name": "a", "code": ""}),
        otto.get(SCHEDULES),
        otto.get("/app/api/editor/users"),
        otto.patch(f"/app/api/editor/users/{otto.principal.user_id}", {"may_use": True}),
    ):
        assert refused.status == 403, refused.body
    assert otto.get("/app/api/editor").body["may_use"] is False
    users = {one["name"]: one["may_use"] for one in api.get("/app/api/editor/users").body["items"]}
    assert users == {"Ada Admin": True, "Otto": False}
    path = f"/app/api/editor/users/{otto.principal.user_id}"
    assert api.patch(path, {"may_use": True}).body["may_use"] is True
    assert run(otto, "print(1)")[1] == "1\n"
    begun = begin(otto, LOOP).body
    wait_for_output(otto, begun["id"])
    api.patch(path, {"may_use": False})
    assert finish(otto, begun["id"])[0]["outcome"] == "stopped"
    assert begin(otto, "print(1)").status == 403
    # Admins see what others run, and nobody else does.
    assert api.get(f"{RUNS}/{begun['id']}").body["code"] == LOOP
    vera = add_user(api, "Vera")
    assert vera.get(f"{RUNS}/{begun['id']}").status == 404
    assert vera.post(f"{RUNS}/{begun['id']}/stop").status == 404


def test_a_script_sees_what_its_user_sees(api: Api) -> None:
    otto = add_user(api, "Otto")
    api.patch(f"/app/api/editor/users/{otto.principal.user_id}", {"may_use": True})
    hidden = api.post("/api/v2/deals", {"title": "Hidden", "visible_to": 1}).data
    code = f"from dealwright import *\nprint(run_connection_action('local', 'v2.get_deals_by_id', {{'id': {hidden['id']}}}))"
    ended, out, _ = run(otto, code)
    assert (ended["outcome"], out) == ("failed", "")
    assert ended["error"].startswith("ApiError")


def test_who_is_deactivated_runs_nothing_more(api: Api) -> None:
    otto = add_user(api, "Otto", admin=True)
    begun = begin(otto, LOOP).body
    wait_for_output(otto, begun["id"])
    api.put(f"/v1/users/{otto.principal.user_id}", {"active_flag": False})
    assert finish(api, begun["id"])[0]["outcome"] == "stopped"


def test_scripts_are_kept_with_their_versions(api: Api) -> None:
    script = api.post(SCRIPTS, {"name": "  Move   deals ", "code": "print(1)"}).body
    path = f"{SCRIPTS}/{script['id']}"
    assert (script["name"], script["version"], script["code"]) == ("Move deals", 1, "print(1)")
    assert api.post(SCRIPTS, {"name": "Move deals", "code": ""}).status == 409
    second = api.post(f"{path}/versions", {"code": "print(2)", "after": 1}).body
    assert (second["version"], second["code"]) == (2, "print(2)")
    assert api.post(f"{path}/versions", {"code": "print(2)", "after": 2}).body["version"] == 2
    assert api.post(f"{path}/versions", {"code": "print(3)", "after": 1}).status == 409
    page = api.get(f"{path}/versions", limit=1).body
    assert ([one["version"] for one in page["items"]], page["next_cursor"]) == ([2], "2")
    assert [one["version"] for one in api.get(f"{path}/versions", before=2).body["items"]] == [1]
    assert api.get(f"{path}/versions/1").body["code"] == "print(1)"
    assert api.get(f"{path}/versions/3").status == 404
    begun = api.post(RUNS, {"script_id": script["id"], "version": 1}).body
    assert (begun["name"], begun["version"]) == ("Move deals", 1)
    assert finish(api, begun["id"])[1] == "1\n"
    assert api.patch(path, {"name": "Moved"}).body["name"] == "Moved"
    assert [one["name"] for one in api.get(SCRIPTS, text="mov").body["items"]] == ["Moved"]
    assert api.get(SCRIPTS, text="other").body["items"] == []
    assert api.delete(path).status == 200
    assert api.get(path).status == 404
    assert [one["script_id"] for one in api.get(RUNS, script_id=script["id"]).body["items"]] == [script["id"]]


def test_a_script_is_its_owners_who_may_share_it(api: Api) -> None:
    script = api.post(SCRIPTS, {"name": "Mine", "code": "print(1)"}).body
    path = f"{SCRIPTS}/{script['id']}"
    otto = add_user(api, "Otto")
    api.patch(f"/app/api/editor/users/{otto.principal.user_id}", {"may_use": True})
    assert otto.get(path).status == 404
    api.patch(path, {"is_shared": True})
    assert otto.get(path).body["can_change"] is False
    assert otto.post(f"{path}/versions", {"code": "x", "after": 1}).status == 403
    assert otto.patch(path, {"name": "Ours"}).status == 403
    assert otto.delete(path).status == 403
    assert run_script(otto, script["id"])[1] == "1\n"
    # Whoever saves the next version must not act as somebody else.
    refused = otto.post(SCHEDULES, {"script_id": script["id"], "every_minutes": 5})
    assert "version" in refused.body["error"]["fields"]


def run_script(api: Api, id: int, **more: Any) -> tuple[dict[str, Any], str, str]:
    begun = api.post(RUNS, {"script_id": id, **more})
    assert begun.status == 200, begun.body
    return finish(api, begun.body["id"])


@pytest.mark.parametrize(
    "body", [{}, {"version": 1}, {"script_id": 4711}, {"code": "x", "version": 2}, {"code": "x", "kind": "dream"}]
)
def test_what_is_unclear_is_not_run(api: Api, body: Mapping[str, Any]) -> None:
    assert api.post(RUNS, body).status in (400, 404)
    assert api.get(RUNS).body["items"] == []


def copies(api: Api) -> list[str]:
    folder = api.companies.platform.folder / company_copies.FOLDER
    found = [one.name for one in folder.glob("*")]
    if api.companies.platform.database.dialect == "postgresql":
        with api.companies.platform.database.read() as db:
            found += db.values(sa.text("select nspname from pg_namespace where nspname like 'rehearsal\\_%'"))
    return found


def test_a_rehearsal_changes_a_copy_and_is_applied_once(api: Api) -> None:
    barn = api.post("/api/v2/deals", {"title": "Barn", "value": 100}).data
    api.post("/api/v2/deals", {"title": "Shed"})
    code = f"""{CREATE}
run_connection_action("local", "v2.patch_deals_by_id", {{"id": {barn["id"]}, "data": {{"value": 250}}}})
run_connection_action("local", "v2.patch_deals_by_id", {{"id": {barn["id"]}, "data": {{"value": 300}}}})
print(sorted(one["title"] for one in run_connection_action("local", "v2.get_deals")["data"]))
"""
    rehearsed, out, err = run(api, code, kind="rehearsal")
    assert (err, out) == ("", "Roof\n['Barn', 'Roof', 'Shed']\n")
    assert (rehearsed["kind"], rehearsed["outcome"], rehearsed["calls"], rehearsed["changes"]) == (
        "rehearsal",
        "finished",
        5,
        4,
    )
    assert sorted(titles(api)) == ["Barn", "Shed"]
    assert copies(api) == []
    path = f"{RUNS}/{rehearsed['id']}"
    changes = api.get(f"{path}/changes").body
    assert changes["total"] == 2
    by_name = {one["name"]: one for one in changes["items"]}
    assert by_name["Roof"]["action"] == "created"
    assert [
        (one["key"], one["before"], one["after"]) for one in by_name["Barn"]["members"] if one["key"] == "value"
    ] == [("value", 100, 300)]
    assert api.get("/app/api/runs", script_run_id=rehearsed["id"]).body["items"] == []
    assert rehearsed["can_apply"]
    applied = api.post(f"{path}/apply")
    assert (applied.status, applied.body["applies"], applied.body["kind"]) == (200, rehearsed["id"], "run")
    ended, out, _ = finish(api, applied.body["id"])
    assert ended["outcome"] == "finished"
    assert sorted(titles(api)) == ["Barn", "Roof", "Shed"]
    assert api.post(f"{path}/apply").status == 409
    again = api.get(path).body
    assert (again["applied_by"], again["can_apply"]) == (ended["id"], False)
    assert api.get(f"{RUNS}/{ended['id']}/changes").status == 404


def test_a_rehearsal_that_fails_is_not_applied(api: Api) -> None:
    rehearsed, _, _ = run(api, f"{CREATE}\nraise ValueError", kind="rehearsal")
    assert (rehearsed["outcome"], rehearsed["can_apply"]) == ("failed", False)
    assert api.get(f"{RUNS}/{rehearsed['id']}/changes").body["total"] == 1
    assert api.post(f"{RUNS}/{rehearsed['id']}/apply").status == 409
    assert (titles(api), copies(api)) == ([], [])


def test_a_rehearsal_that_is_stopped_leaves_no_copy(api: Api) -> None:
    begun = begin(api, LOOP, kind="rehearsal").body
    assert begun["status"] == "preparing"
    assert api.get(f"{RUNS}/{begun['id']}/changes").status == 409
    wait_for_output(api, begun["id"])
    assert api.get(f"{RUNS}/{begun['id']}").body["status"] == "running"
    assert len(copies(api)) > 0
    api.post(f"{RUNS}/{begun['id']}/stop")
    assert finish(api, begun["id"])[0]["outcome"] == "stopped"
    assert copies(api) == []


def test_a_rehearsal_has_no_jobs_and_touches_no_files(api: Api) -> None:
    code = """from dealwright import run_connection_action
made = run_connection_action("local", "v1.post_files", {"data": {"file": {"filename": "a.txt", "text": "new"}}})["data"]
print(run_connection_action("local", "v1.get_files_by_id_download", {"id": made["id"]}))
"""
    before = {one for one in folder_of(api).rglob("*") if one.is_file()}
    _, out, err = run(api, code, kind="rehearsal")
    assert (err, out) == ("", "b'new'\n")
    assert {one for one in folder_of(api).rglob("*") if one.is_file()} == before
    assert api.get("/v1/files").data in (None, [])


def folder_of(api: Api) -> Any:
    from pathlib import Path

    return Path(api.companies.platform.files_location)


def test_left_over_copies_are_removed(api: Api) -> None:
    platform = api.companies.platform
    old = f"rehearsal_{int(time.time()) - company_copies.MAX_SECONDS - 10}_00000000"
    new = f"rehearsal_{int(time.time())}_00000000"
    for name in (old, new):
        (platform.folder / company_copies.FOLDER / name).mkdir(parents=True)
        if platform.database.dialect == "postgresql":
            with platform.database.write_queue() as db:
                db.execute_sql(f"create schema {name}")
    company_copies.remove_abandoned(platform)
    assert {*copies(api)} == {new}
    if platform.database.dialect == "postgresql":
        with platform.database.write_queue() as db:
            db.execute_sql(f"drop schema {new}")


def schedule(api: Api, code: str = CREATE, **more: Any) -> dict[str, Any]:
    script = api.post(SCRIPTS, {"name": f"Script {time.monotonic_ns()}", "code": code}).body
    made = api.post(SCHEDULES, {"script_id": script["id"], **({} if "cron" in more else {"every_minutes": 15}), **more})
    assert made.status == 200, made.body
    body: dict[str, Any] = made.body
    return body


def test_a_schedule_runs_by_itself(api: Api) -> None:
    made = schedule(api)
    assert (made["is_on"], made["next_time"], made["last_run"]) == (True, "2026-03-02T10:15:00.000Z", None)
    run_due(api.companies)
    assert titles(api) == []
    api.clock.advance(minutes=16)
    run_due(api.companies)
    assert titles(api) == ["Roof"]
    [ran] = api.get(RUNS, schedule_id=made["id"]).body["items"]
    assert (ran["outcome"], ran["schedule_id"], ran["version"]) == ("finished", made["id"], 1)
    now = api.get(f"{SCHEDULES}/{made['id']}").body
    assert (now["last_run"]["id"], now["last_run"]["outcome"]) == (ran["id"], "finished")
    assert now["next_time"] == "2026-03-02T10:31:00.000Z"
    # What was due while nobody ran jobs is made up for once.
    api.clock.advance(hours=3)
    run_due(api.companies)
    assert titles(api) == ["Roof", "Roof"]
    off = api.patch(f"{SCHEDULES}/{made['id']}", {"is_on": False}).body
    assert (off["is_on"], off["off_reason"], off["next_time"]) == (False, "switched_off", None)
    api.clock.advance(hours=3)
    run_due(api.companies)
    assert titles(api) == ["Roof", "Roof"]
    assert api.delete(f"{SCHEDULES}/{made['id']}").status == 200
    assert api.get(SCHEDULES).body["items"] == []


def test_a_cron_expression_goes_by_its_time_zone(api: Api) -> None:
    made = schedule(api, cron="30  9 * * mon-fri", time_zone="Europe/Berlin")
    # Ten o'clock in UTC is eleven in Berlin: the next one is on Tuesday.
    assert (made["cron"], made["next_time"]) == ("30 9 * * mon-fri", "2026-03-03T08:30:00.000Z")
    changed = api.patch(f"{SCHEDULES}/{made['id']}", {"every_minutes": 5}).body
    assert (changed["cron"], changed["next_time"]) == (None, "2026-03-02T10:05:00.000Z")
    # The job of the time before does nothing.
    api.clock.advance(minutes=6)
    run_due(api.companies)
    assert len(api.get(RUNS, schedule_id=made["id"]).body["items"]) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "every_minutes"),
        ({"every_minutes": 5, "cron": "0 9 * * *"}, "every_minutes"),
        ({"cron": "0 9 * * * *"}, "cron"),
        ({"cron": "99 9 * * *"}, "cron"),
        ({"cron": "0 0 30 2 *"}, "cron"),
        ({"cron": "ä ä ä ä ä"}, "cron"),
        ({"every_minutes": 5, "time_zone": "Mars/Base"}, "time_zone"),
        ({"every_minutes": 5, "time_zone": "../../etc/passwd"}, "time_zone"),
    ],
)
def test_times_that_there_are_not(api: Api, body: Mapping[str, Any], field: str) -> None:
    script = api.post(SCRIPTS, {"name": "A", "code": ""}).body
    refused = api.post(SCHEDULES, {"script_id": script["id"], **body})
    assert (refused.status, [*refused.body["error"]["fields"]]) == (400, [field])


@pytest.mark.parametrize("how", ["deactivated", "not permitted"])
def test_a_schedule_ends_with_the_right_of_its_user(api: Api, how: str) -> None:
    otto = add_user(api, "Otto", admin=True)
    made = schedule(otto)
    path = f"{SCHEDULES}/{made['id']}"
    if how == "deactivated":
        api.put(f"/v1/users/{otto.principal.user_id}", {"active_flag": False})
    else:
        api.patch(f"/app/api/editor/users/{otto.principal.user_id}", {"may_use": False})
    reason = "user_inactive" if how == "deactivated" else "not_permitted"
    for _ in range(2):
        shown = api.get(path).body
        assert (shown["is_on"], shown["off_reason"]) == (False, reason)
        api.clock.advance(minutes=20)
        run_due(api.companies)
    assert (titles(api), api.get(RUNS).body["items"]) == ([], [])


def test_others_only_switch_a_schedule_off(api: Api) -> None:
    otto = add_user(api, "Otto", admin=True)
    made = schedule(otto)
    path = f"{SCHEDULES}/{made['id']}"
    assert api.patch(path, {"every_minutes": 1}).status == 403
    assert api.patch(path, {"is_on": True}).status == 403
    assert api.patch(path, {"is_on": False}).body["off_reason"] == "switched_off"
    vera = add_user(api, "Vera")
    api.patch(f"/app/api/editor/users/{vera.principal.user_id}", {"may_use": True})
    assert vera.get(path).status == 404


def test_the_editor_says_how_code_is_fenced_in(api: Api) -> None:
    state = api.get("/app/api/editor").body
    assert (state["is_on"], state["may_use"], state["can_give"], state["off_reason"]) == (True, True, True, None)
    assert [one["level"] for one in state["levels"]] == ["A", "B", "C", "D"]
    assert all(one["is_available"] == (one["reason"] is None) for one in state["levels"])
    assert state["level"] == next(one["level"] for one in state["levels"] if one["is_available"])
    assert state["limits"] == {
        "wall_seconds": 60.0,
        "cpu_seconds": 10.0,
        "memory_bytes": 512 * 1024 * 1024,
        "output_bytes": 1024 * 1024,
    }


def test_beyond_this_machine_code_runs_behind_strong_fences_alone(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from dealwright.console.service import find_console

    weak = {level: levels.LevelState(level, None if level in "CD" else "not here") for level in levels.LEVELS}
    monkeypatch.setattr(levels, "probe", weak.__getitem__)
    console = find_console(api.companies)
    assert api.get("/app/api/editor").body["level"] == "C"
    console.is_local = False
    state = api.get("/app/api/editor").body
    assert (state["is_on"], state["level"]) == (False, None)
    assert "A: not here; B: not here" in state["off_reason"]
    assert begin(api, "print(1)").status == 503
    made = schedule(api)
    api.clock.advance(minutes=20)
    run_due(api.companies)
    assert api.get(f"{SCHEDULES}/{made['id']}").body["off_reason"] == "editor_off"


def test_a_run_whose_server_has_died_was_interrupted(api: Api) -> None:
    ended, _, _ = run(api, "print(1)")
    with api.principal.company.database.write(exclusive=True) as db:
        db.execute(sa.update(script_runs_table).values(status="running", outcome=None, end_time=None))
    api.clock.advance(minutes=1)
    told = api.get(f"{RUNS}/{ended['id']}/output", wait=20).body
    assert (told["run"]["outcome"], told["is_complete"]) == ("interrupted", True)
    assert begin(api, "print(2)").status == 200


def test_runs_are_kept_as_long_as_others(api: Api) -> None:
    ended, _, _ = run(api, "print(1)")
    run_due(api.companies)
    assert api.get(f"{RUNS}/{ended['id']}").status == 200
    api.clock.advance(days=400)
    run_due(api.companies)
    assert api.get(f"{RUNS}/{ended['id']}").status == 404


def test_a_time_that_comes_while_the_script_runs_is_left_out(api: Api) -> None:
    made = schedule(api, "print(1)")
    api.clock.advance(minutes=16)
    run_due(api.companies)
    api.clock.advance(minutes=16)
    with api.principal.company.database.write(exclusive=True) as db:
        alive = {"status": "running", "outcome": None, "lease_time": "2026-03-02 12:00:00.000"}
        db.execute(sa.update(script_runs_table).values(alive))
    run_due(api.companies)
    assert len(api.get(RUNS, schedule_id=made["id"]).body["items"]) == 1
    assert api.get(f"{SCHEDULES}/{made['id']}").body["next_time"] == "2026-03-02T10:47:00.000Z"
