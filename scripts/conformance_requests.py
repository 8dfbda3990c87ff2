"""What `scripts.conformance_meter` sends to the operations that the meter does not know, and otherwise than it does.

``meter`` is the module of the meter, with its tables of requests and the records that it has made.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

Meter = Any
Body = dict[str, Any] | list[dict[str, Any]]

CONVERSION_SECONDS = 10
SETS = {
    "dealFields": "deal",
    "personFields": "person",
    "organizationFields": "organization",
    "productFields": "product",
}
FIELD_TYPES = ("enum", "set", "monetary", "address")


def enrich(meter: Meter) -> None:
    """Makes records richer than the meter does: a project with all that it can have, fields with all that is known of them …"""
    _enrich_project(meter)
    _enrich_fields(meter)
    _enrich_others(meter)


def _enrich_project(meter: Meter) -> None:
    call, fx, post, memo = meter.call, meter.fx, meter.post, meter.F.memo
    memo["rich_board"] = board = post("/api/v2/boards", {"name": f"Harness board {meter.RUN}"})
    memo["rich_phase"] = phase = post("/api/v2/phases", {"name": "Harness phase", "board_id": board})
    later = post("/api/v2/phases", {"name": "Harness later phase", "board_id": board})
    other_board = post("/api/v2/boards", {"name": f"Harness other board {meter.RUN}"})
    other_phase = post("/api/v2/phases", {"name": "Harness other phase", "board_id": other_board})
    labels = call("GET", "/api/v2/projectFields/label_ids").json
    health = call("GET", "/api/v2/projectFields/health_status").json
    whole = _project(meter, board, phase, labels, health)
    project = post("/api/v2/projects", {**whole, "template_id": fx("project_template")})
    memo["rich_project"] = memo["project"] = project
    for place in ({"board_id": other_board, "phase_id": other_phase}, {"board_id": board, "phase_id": later}):
        meter.patch(f"/api/v2/projects/{project}", place)
    for change in ({"status": "completed"}, {"status": "open"}, {"title": f"Harness project renamed {meter.RUN}"}):
        meter.patch(f"/api/v2/projects/{project}", change)
    for content in ("Harness note of a project", "Harness: another"):
        post("/v1/notes", {"content": content, "project_id": project})
    memo["archived_project"] = post("/api/v2/projects", whole)
    call("POST", f"/api/v2/projects/{memo['archived_project']}/archive")
    memo["rich_task"] = post("/api/v2/tasks", _task(meter))
    memo["done_task"] = memo["task"] = post(
        "/api/v2/tasks", {**_task(meter), "parent_task_id": memo["rich_task"], "done": 1}
    )
    memo["project_activity"] = fx("rich_activity", True, project_id=project, lead_id=fx("lead"), org_id=None, done=True)
    # The last activity of its records, whatever the time of day.
    fx("rich_activity", True, project_id=project, deal_id=fx("deal"), done=True, due_time="23:59:00")
    groups = call("GET", f"/v1/projects/{project}/groups").json["data"]
    place = {"phase_id": later, "group_id": groups[0]["id"] if groups else None}
    call("PUT", f"/v1/projects/{project}/plan/tasks/{memo['rich_task']}", body=place)
    call("PUT", f"/v1/projects/{project}/plan/activities/{memo['project_activity']}", body=place)
    memo["place_in_plan"] = place


def _enrich_fields(meter: Meter) -> None:
    for noun in (*SETS, "projectFields"):
        for kind in FIELD_TYPES:
            made = meter.post(f"/api/v2/{noun}", _field(meter, noun, kind), ("data", "field_code"))
            meter.F.memo[f"{noun} {kind}"] = made


def _enrich_others(meter: Meter) -> None:
    call, fx, post, patch, memo = meter.call, meter.fx, meter.post, meter.patch, meter.F.memo
    deal, org, product = fx("deal"), fx("org"), fx("product")
    memo["activity goal"] = post("/v1/goals", _activity_goal(meter), ("data", "goal", "id"))
    labels = call("GET", "/api/v2/organizationFields/label_ids").json["data"]["options"]
    known = {"website": "https://example.com", "linkedin": "https://example.com/in", "industry": 2}
    known |= {"annual_revenue": 1000, "employee_count": 10}
    patch(f"/api/v2/organizations/{org}", {"label_ids": [labels[0]["id"]], **known})
    category = meter.F.option("product", "category")
    if category is not None:
        patch(f"/api/v2/products/{product}", {"category": category})
    line = {"product_id": memo["rec_product"], "item_price": 9, "quantity": 1, "billing_frequency": "monthly"}
    post(f"/api/v2/deals/{deal}/products", {**line, "billing_frequency_cycles": 3, "tax": 0})
    for closed in ("won", "lost"):
        post(
            f"/api/v2/deals/{memo[closed]}/products", {"product_id": product, "item_price": 9, "quantity": 1, "tax": 0}
        )
    memo["file"] = fx("file", True, **_links(meter))
    for noun, id in (("organizations", org), ("persons", fx("person")), ("deals", deal)):
        last = call("GET", f"/v1/{noun}/{id}").json["data"]
        if last.get("last_activity_id"):
            fx("file", True, activity_id=last["last_activity_id"])
    memo["note"] = post("/v1/notes", _note(meter))
    for _ in range(2):
        fx("comment", True, note=memo["note"])


def _links(meter: Meter) -> dict[str, Any]:
    """Returns all records that a file can be on."""
    found = {f"{name}_id": meter.fx(name) for name in ("deal", "person", "org", "product", "lead", "project")}
    return found | {"activity_id": meter.F.memo["rich_activity"]}


def _note(meter: Meter) -> dict[str, Any]:
    """Returns a note on all records that it can be on, pinned to each."""
    links = ("deal", "person", "org", "lead", "project", "task")
    pins = {f"pinned_to_{'organization' if name == 'org' else name}_flag": 1 for name in links}
    return {"content": "Harness note", **{f"{name}_id": meter.fx(name) for name in links}, **pins}


def _project(meter: Meter, board: int, phase: int, labels: Any, health: Any) -> dict[str, Any]:
    def first(answer: Any) -> list[int]:
        return [option["id"] for option in (answer or {}).get("data", {}).get("options") or []][:1]

    return {
        "title": f"Harness rich project {meter.RUN}",
        "description": "Described",
        "status": "open",
        "board_id": board,
        "phase_id": phase,
        "owner_id": meter.fx("me"),
        "start_date": str(meter.TODAY),
        "end_date": str(meter.TODAY + meter.D(30)),
        "deal_ids": [meter.fx("deal")],
        "person_ids": [meter.fx("person")],
        "org_ids": [meter.fx("org")],
        "label_ids": first(labels),
        **({"health_status": first(health)[0]} if first(health) else {}),
    }


def _task(meter: Meter) -> dict[str, Any]:
    return {
        "title": "Harness task",
        "project_id": meter.F.memo["rich_project"],
        "description": "Described",
        "milestone": 1,
        "due_date": str(meter.TODAY + meter.D(9)),
        "start_date": str(meter.TODAY),
        "assignee_ids": [meter.fx("me"), meter.fx("user")],
        "priority": 1,
    }


def _field(meter: Meter, noun: str, kind: str = "enum") -> dict[str, Any]:
    """Returns a field with all that can be said of one."""
    field: dict[str, Any] = {"field_name": f"Harness {kind} {meter.RUN}-{len(meter.K.rows)}", "field_type": kind}
    if kind in ("enum", "set"):
        field["options"] = [{"label": "One"}, {"label": "Two"}]
    visibility: dict[str, Any] = {"add_visible_flag": True, "details_visible_flag": True}
    stages = [meter.fx("stage")]
    if noun == "dealFields":
        pipelines = [meter.fx("pipeline")]
        visibility |= {"show_in_pipelines": {"show_in_all": False, "pipeline_ids": pipelines}}
        required: dict[str, Any] = {"enabled": True, "stage_ids": stages, "statuses": {str(pipelines[0]): ["won"]}}
        field |= {"important_fields": {"enabled": True, "stage_ids": stages}, "required_fields": required}
    elif noun in ("personFields", "organizationFields"):
        visibility["show_in_add_deal_dialog"] = {"show": True, "order": 1}
        if noun == "organizationFields":
            visibility["show_in_add_person_dialog"] = {"show": True, "order": 1}
        field |= {"important_fields": {"enabled": True, "stage_ids": stages}, "required_fields": {"enabled": True}}
    elif noun == "projectFields":
        field |= {"important_fields": {"enabled": True, "stage_ids": stages}, "required_fields": {"enabled": True}}
    return field | {"ui_visibility": visibility, "description": "Described"}


def _activity_goal(meter: Meter) -> dict[str, Any]:
    kinds = meter.call("GET", "/v1/activityTypes").json["data"]
    return {
        "title": "Harness goal of activities",
        "assignee": {"id": meter.fx("me"), "type": "person"},
        "type": {
            "name": "activities_completed",
            "params": {"pipeline_id": [meter.fx("pipeline")], "activity_type_id": [kinds[0]["id"]]},
        },
        "expected_outcome": {"target": 5, "tracking_metric": "quantity"},
        "duration": {"start": f"{meter.TODAY.year}-01-01", "end": f"{meter.TODAY.year}-12-31"},
        "interval": "monthly",
    }


def add(meter: Meter) -> None:
    """Fills the meter's tables."""
    meter.BODY.update(_bodies(meter))
    meter.Q.update(_queries(meter))
    meter.MORE.update(_more(meter))
    meter.path_params = _path_params(meter, meter.path_params)
    meter.NAMES.update({"boards": "board", "phases": "phase"})
    meter.FILES["v1 post /files"] = lambda: (meter.FILE, _links(meter))
    meter.Fixtures.make_product_variation = _make_product_variation
    meter.Fixtures.option = _option(meter.Fixtures.option)


def _bodies(meter: Meter) -> dict[str, Callable[[], Body]]:
    fx, memo = meter.fx, meter.F.memo
    found: dict[str, Callable[[], Body]] = {
        # The value of a deal with lines follows from these, and nobody sets it.
        "v1 put /deals/{id}": lambda: {"title": "Harness deal v1 put", "stage_id": fx("stage")},
        "v2 patch /deals/{id}": lambda: {
            "title": "Harness deal v2 patch",
            "expected_close_date": str(meter.TODAY),
            "probability": 40,
        },
        "v1 delete /roles/{id}/assignments": lambda: {"user_id": fx("user")},
        "v1 post /goals": lambda: _activity_goal(meter),
        "v1 post /notes": lambda: _note(meter),
        "v1 post /projects": lambda: {**_v1_project(meter), "template_id": fx("project_template")},
        "v1 put /projects/{id}": lambda: _v1_project(meter),
        "v1 put /projects/{id}/plan/activities/{activityId}": lambda: memo["place_in_plan"],
        "v1 put /projects/{id}/plan/tasks/{taskId}": lambda: memo["place_in_plan"],
        "v1 post /tasks": lambda: {**_v1_task(meter), "parent_task_id": memo["rich_task"], "done": 1},
        "v1 post /channels/messages/receive": lambda: _message(meter),
        "v1 post /organizations": lambda: {**_organization(meter), "address": meter.PLACE["value"], "visible_to": "3"},
        "v1 post /persons": lambda: _person(meter, "email", "phone", visible_to="3"),
        "v2 post /organizations": lambda: _organization(meter),
        "v2 post /persons": lambda: _person(meter, "emails", "phones"),
        "v2 post /deals": lambda: _deal(meter),
        "v2 post /boards": lambda: {"name": "Harness board", "order_nr": 1},
        "v2 patch /boards/{id}": lambda: {"name": "Harness board renamed"},
        "v2 post /phases": lambda: {"name": "Harness phase", "board_id": memo["rich_board"], "order_nr": 1},
        "v2 patch /phases/{id}": lambda: {"name": "Harness phase renamed"},
        "v2 post /projects": lambda: _without_times(
            meter.call("GET", f"/api/v2/projects/{memo['rich_project']}").json["data"]
        ),
        "v2 patch /projects/{id}": lambda: {"title": "Harness project v2 patched", "description": "Described"},
        "v2 post /tasks": lambda: {**_task(meter), "parent_task_id": memo["rich_task"], "done": 1},
        "v2 patch /tasks/{id}": lambda: {"title": "Harness task patched", "done": 1},
    }
    for noun in (*SETS, "projectFields"):
        found |= _field_bodies(meter, noun)
    return found


def _v1_project(meter: Meter) -> dict[str, Any]:
    whole = meter.call("GET", f"/api/v2/projects/{meter.F.memo['rich_project']}").json["data"]
    names = ("title", "description", "board_id", "phase_id", "owner_id", "start_date", "end_date", "deal_ids")
    links = {"org_id": meter.fx("org"), "person_id": meter.fx("person"), "labels": whole["label_ids"]}
    return {name: whole[name] for name in names} | links


def _v1_task(meter: Meter) -> dict[str, Any]:
    task = _task(meter)
    return {name: task[name] for name in ("title", "project_id", "description", "due_date")} | {
        "assignee_id": meter.fx("me")
    }


def _message(meter: Meter) -> dict[str, Any]:
    channel = meter.fx("channel")
    provider = meter.dig(meter.F.data.get(("channel", channel)), "provider_channel_id") or channel
    attachment = {
        "id": "file-1",
        "type": "image/png",
        "name": "logo.png",
        "size": 600,
        "url": "https://example.com/a.png",
    }
    return {
        **meter.message(provider, f"conv-x-{meter.RUN}", "x"),
        "reply_by": (meter.NOW + meter.D(1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "attachments": [attachment | {"preview_url": "https://example.com/b.png"}],
    }


def _organization(meter: Meter) -> dict[str, Any]:
    labels = meter.call("GET", "/api/v2/organizationFields/label_ids").json["data"]["options"]
    return {
        "name": "Harness org",
        "owner_id": meter.fx("me"),
        "visible_to": 3,
        "address": meter.PLACE,
        "label_ids": [labels[0]["id"]],
        "website": "https://example.com",
        "linkedin": "https://example.com/in",
        "industry": 2,
        "annual_revenue": 1000,
        "employee_count": 10,
    }


def _person(meter: Meter, emails: str, phones: str, **more: Any) -> dict[str, Any]:
    labels = meter.call("GET", "/api/v2/personFields/label_ids").json["data"]["options"]
    address = {"value": f"new{meter.RUN}@example.com", "primary": True, "label": "work"}
    return {
        "name": "Harness Person",
        "owner_id": meter.fx("me"),
        "org_id": meter.fx("org"),
        "visible_to": 3,
        emails: [address],
        phones: [{"value": "+3721", "primary": True, "label": "home"}],
        "label_ids": [labels[0]["id"]],
        "birthday": "1985-03-02",
        "job_title": "Buyer",
        "notes": "Kept in the contact",
        "postal_address": meter.PLACE if emails == "emails" else meter.PLACE["value"],
        "im": [{"value": "harness", "primary": True, "label": "skype"}],
        **more,
    }


def _deal(meter: Meter, **more: Any) -> dict[str, Any]:
    links = {f"{name}_id": meter.fx(name) for name in ("person", "org", "stage")}
    label = meter.F.option("deal", "label")
    return {
        "title": "Harness deal v2",
        "value": 100.5,
        "currency": "EUR",
        "owner_id": meter.fx("me"),
        **links,
        "visible_to": 3,
        "expected_close_date": str(meter.TODAY),
        "probability": 40,
        **({"label_ids": [label]} if label is not None else {}),
        **more,
    }


def _field_bodies(meter: Meter, noun: str) -> dict[str, Callable[[], Body]]:
    def options() -> list[dict[str, Any]]:
        code = meter.F.memo["field_code"]
        options: list[dict[str, Any]] = meter.call("GET", f"/api/v2/{noun}/{code}").json["data"]["options"]
        return options

    return {
        f"v2 post /{noun}": lambda: _field(meter, noun),
        f"v2 patch /{noun}/{{field_code}}": lambda: {
            name: value for name, value in _field(meter, noun).items() if name not in ("options", "field_type")
        },
        f"v2 post /{noun}/{{field_code}}/options": lambda: [{"label": "Three"}],
        f"v2 patch /{noun}/{{field_code}}/options": lambda: [{"id": options()[0]["id"], "label": "First"}],
        f"v2 delete /{noun}/{{field_code}}/options": lambda: [{"id": options()[1]["id"]}],
    }


def _queries(meter: Meter) -> dict[str, Callable[[], dict[str, Any]]]:
    memo = meter.F.memo
    of_fields = {
        "dealFields": "ui_visibility,important_fields,required_fields",
        "personFields": "ui_visibility,important_fields,required_fields",
        "organizationFields": "ui_visibility,important_fields,required_fields",
        "productFields": "ui_visibility",
        "activityFields": "ui_visibility",
    }
    found: dict[str, Callable[[], dict[str, Any]]] = {
        "v2 get /phases": lambda: {"board_id": memo["rich_board"]},
        "v2 get /projects": lambda: {"deal_id": meter.fx("deal"), "limit": 100},
        "v2 get /tasks": lambda: {"project_id": memo["rich_project"], "limit": 100},
        "v2 get /projects/search": lambda: {"term": "Harness", "limit": 100},
        "v1 get /goals/find": lambda: {"type.name": "activities_completed", "is_active": "true"},
    }
    for noun, members in of_fields.items():
        found[f"v2 get /{noun}"] = lambda members=members: {"include_fields": members, "limit": 500}  # type: ignore[misc]
        found[f"v2 get /{noun}/{{field_code}}"] = lambda members=members: {"include_fields": members}  # type: ignore[misc]
    found["v2 get /projectFields"] = lambda: {"limit": 500}
    return found


def _more(meter: Meter) -> dict[str, list[tuple[str, Callable[[], Any]]]]:
    """Returns further requests, for what one answer cannot show: records whose states exclude each other."""
    again = meter.again
    found: dict[str, list[tuple[str, Callable[[], Any]]]] = {
        "v1 get /goals/{id}/results": [
            (
                "activities",
                again("GET", "/v1/goals/%s/results", "activity goal", query=meter.Q["v1 get /goals/{id}/results"]()),
            )
        ],
        "v1 put /goals/{id}": [("activities", again("PUT", "/v1/goals/%s", "activity goal", {"title": "Harness"}))],
        "v1 post /goals": [("deals", lambda: meter.call("POST", "/v1/goals", body=_deal_goal(meter)))],
        **_more_of_records(meter),
        "v2 get /projects/{id}": [("archived", again("GET", "/api/v2/projects/%s", "archived_project"))],
        "v2 get /tasks/{id}": [("done", again("GET", "/api/v2/tasks/%s", "done_task"))],
        "v2 patch /tasks/{id}": [("done", again("PATCH", "/api/v2/tasks/%s", "done_task", {"title": "Harness"}))],
    }
    for noun in (*SETS, "projectFields"):
        key = f"v2 get /{noun}/{{field_code}}"
        found[key] = [
            (kind, again("GET", f"/api/v2/{noun}/%s", f"{noun} {kind}", query=meter.Q.get(key, dict)()))
            for kind in FIELD_TYPES
        ]
    found["v2 get /activityFields/{field_code}"] = [
        (code, lambda code=code: meter.call("GET", f"/api/v2/activityFields/{code}"))  # type: ignore[misc]
        for code in ("type", "location")
    ]
    return found


def _more_of_records(meter: Meter) -> dict[str, list[tuple[str, Callable[[], Any]]]]:
    again, memo = meter.again, meter.F.memo

    def post_deal(**more: Any) -> Callable[[], Any]:
        return lambda: meter.call("POST", "/api/v2/deals", body=_deal(meter, **more))

    def remote(path: str, kind: str, name: str) -> Callable[[], Any]:
        form = {"item_type": kind, "remote_location": "googledrive"}
        form |= {"remote_id": "r"} if path.endswith("Link") else {"file_type": "gdoc", "title": "Harness doc"}
        return lambda: meter.call("POST", path, form={**form, "item_id": meter.fx(name)})

    others = (("organization", "org"), ("person", "person"))
    lead = {"subject": "Harness of a lead", "type": "call", "note": "n"}
    return {
        "v2 post /deals": [
            ("won", post_deal(status="won")),
            ("lost", post_deal(status="lost", lost_reason="price")),
            ("archived", post_deal(is_archived=True)),
        ],
        **{
            f"v1 post {path.removeprefix('/v1')}": [(kind, remote(path, kind, name)) for kind, name in others]
            for path in ("/v1/files/remote", "/v1/files/remoteLink")
        },
        "v1 post /activities": [
            (
                "of a lead",
                lambda: meter.call("POST", "/v1/activities", body={**lead, "lead_id": meter.fx("lead"), "done": 1}),
            )
        ],
        "v2 post /activities": [
            (
                "of a lead and a project",
                lambda: meter.call(
                    "POST",
                    "/api/v2/activities",
                    body={**lead, "lead_id": meter.fx("lead"), "project_id": memo["project"]},
                ),
            )
        ],
        "v1 get /projects/{id}": [("archived", again("GET", "/v1/projects/%s", "archived_project"))],
        "v1 put /projects/{id}": [
            ("archived", again("PUT", "/v1/projects/%s", "archived_project", {"title": "Harness archived"}))
        ],
        "v2 get /activities/{id}": [
            *meter.MORE["v2 get /activities/{id}"],
            ("of a project", again("GET", "/api/v2/activities/%s", "project_activity")),
        ],
        "v1 get /activities/{id}": [
            *meter.MORE["v1 get /activities/{id}"],
            ("of a project", again("GET", "/v1/activities/%s", "project_activity")),
        ],
        "v1 get /mailbox/mailThreads/{id}": [("unanswered", again("GET", "/v1/mailbox/mailThreads/%s", "unanswered"))],
        "v1 post /channels": [("by an app", lambda: _register_by_app(meter))],
    }


def _register_by_app(meter: Meter) -> Any:
    """Registers a channel as an app does, which is named in the answer then."""
    body = {"name": "Harness of an app", "provider_channel_id": f"app-{meter.RUN}", "provider_type": "other"}
    headers = {"authorization": f"Bearer {meter.oauth.access_token()}"}
    return meter.call("POST", "/v1/channels", body=body, token=None, headers=headers)


def _deal_goal(meter: Meter) -> dict[str, Any]:
    return {
        **_activity_goal(meter),
        "title": "Harness goal of deals",
        "type": {"name": "deals_won", "params": {"pipeline_id": [meter.fx("pipeline")]}},
    }


def _path_params(meter: Meter, known: Callable[[Any], dict[str, Any]]) -> Callable[[Any], dict[str, Any]]:
    """Returns the function that finds the values of a path's variables, for the operations that are new, too."""

    def find(op: Mapping[str, Any]) -> dict[str, Any]:
        path, method, memo = op["path"], op["method"], meter.F.memo
        if "{field_code}" in path:
            noun = path.split("/")[1]
            if noun == "activityFields":
                code = "type"
            elif method == "get":
                code = memo[f"{noun} enum"]
            else:
                code = meter.post(f"/api/v2/{noun}", _field(meter, noun), ("data", "field_code"))
            memo["field_code"] = code
            return {"field_code": code}
        if path == "/persons/{id}/picture" and method == "get":
            return {"id": meter.fx("person")}
        if "taskId" in path or "activityId" in path:
            return {"id": memo["project"], "taskId": memo["rich_task"], "activityId": memo["project_activity"]}
        if op["version"] == "v2" and re.match(r"/(boards|phases|projects|tasks)/\{id\}", path):
            return {"id": _project_part(meter, method, path)}
        found = known(op)
        if "conversion_id" in found:
            _wait_for_conversion(meter, path, found)
        return found

    return find


def _project_part(meter: Meter, method: str, path: str) -> Any:
    """Returns the id of a board, a phase, a project or a task: the rich one to read, and a new one to change or to delete."""
    memo, post = meter.F.memo, meter.post
    noun = path.split("/")[1]
    if method == "get":
        return memo[f"rich_{noun.removesuffix('s')}"] if noun != "boards" else memo["rich_board"]
    if noun == "boards":
        return post("/api/v2/boards", {"name": "Harness board to change"})
    if noun == "phases":
        return post("/api/v2/phases", {"name": "Harness phase to change", "board_id": memo["rich_board"]})
    if noun == "tasks":
        return post("/api/v2/tasks", {**_task(meter), "done": 1})
    whole = meter.call("GET", f"/api/v2/projects/{memo['rich_project']}").json["data"]
    return post("/api/v2/projects", _without_times(whole))


def _without_times(project: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what can be written of a project."""
    return {name: value for name, value in project.items() if name != "id" and not name.endswith("_time")}


def _wait_for_conversion(meter: Meter, path: str, found: Mapping[str, Any]) -> None:
    """Waits until a conversion has ended, so that its status has all that it can have."""
    noun = path.split("/")[1]
    url = f"/api/v2/{noun}/{found['id']}/convert/status/{found['conversion_id']}"
    deadline = time.monotonic() + CONVERSION_SECONDS
    while time.monotonic() < deadline:
        answer = meter.call("GET", url).json or {}
        if (answer.get("data") or {}).get("status") in ("completed", "failed", "rejected"):
            return
        time.sleep(0.1)


def _make_product_variation(fixtures: Any, product: int | None = None) -> list[tuple[str, str, dict[str, Any]]]:
    """Returns the request for a variation, with the cost of v2, which has another name there than the meter gives it."""
    prices = [{"currency": "EUR", "price": 90, "cost": 40, "direct_cost": 4, "notes": "n"}]
    body = {"name": fixtures.name("variation"), "prices": prices}
    path = f"/api/v2/products/{product or fixtures.get('product')}/variations"
    return [("POST", path, {"body": body})]


def _option(known: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the function that finds an option of a field, which knows that labels of persons and organizations have another key."""

    def find(fixtures: Any, entity: str, key: str, label: str | None = None) -> Any:
        if key == "label" and entity in ("person", "organization"):
            key = "label_ids"
        return known(fixtures, entity, key, label)

    return find
