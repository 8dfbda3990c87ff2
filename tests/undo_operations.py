"""Writing operations of all wings that can be taken back: those of the pairs, and more."""

from __future__ import annotations

from typing import Any

from tests.api import Api
from tests.pairs.operations import OPERATIONS, Operation, RecordSet, with_values
from tests.server_process import Connection

CANNOT_BE_TAKEN_BACK = frozenset(
    {
        *("merge deals", "merge persons", "merge persons back", "merge organizations"),
        *("convert lead", "convert deal", "user"),
    }
)
"""The operations of the pairs that cannot be taken back."""


def _filter(records: RecordSet) -> object:
    conditions = [{"glue": "and", "conditions": []}, {"glue": "or", "conditions": []}]
    return {"name": f"{records.name} filter", "type": "deals", "conditions": {"glue": "and", "conditions": conditions}}


_MORE = (
    Operation("deal of project", "PATCH", "/api/v2/projects/{project}", with_values(deal_ids=["@deal"], org_ids=[])),
    Operation("reopen", "PATCH", "/api/v2/deals/{deal}", with_values(status="open")),
    Operation("clear links", "PATCH", "/api/v2/deals/{deal}", with_values(person_id=None, org_id=None)),
    Operation("follow other deal", "POST", "/api/v2/deals/{other_deal}/followers", with_values(user_id=1)),
    Operation("follow organization", "POST", "/v1/organizations/{organization}/followers", with_values(user_id=1)),
    Operation("new person", "POST", "/api/v2/persons", with_values(name="{name} new person", org_id="@organization")),
    Operation("new organization", "POST", "/api/v2/organizations", with_values(name="{name} new organization")),
    Operation(
        "contact values",
        "PATCH",
        "/api/v2/persons/{person}",
        with_values(emails=[{"value": "new@example.com", "primary": True, "label": "work"}], label_ids=[]),
    ),
    Operation("new lead", "POST", "/v1/leads", with_values(title="{name} new lead", person_id="@person")),
    Operation("archive lead", "PATCH", "/v1/leads/{lead}", with_values(is_archived=True)),
    Operation("new label", "POST", "/v1/leadLabels", with_values(name="{name} new label", color="blue")),
    Operation("rename label", "PATCH", "/v1/leadLabels/{label}", with_values(name="{name} renamed")),
    Operation("comment", "POST", "/v1/notes/{note}/comments", with_values(content="{name} comment")),
    Operation("pin", "PUT", "/v1/notes/{note}", with_values(pinned_to_deal_flag=1)),
    Operation("new type", "POST", "/v1/activityTypes", with_values(name="{name} new type", icon_key="lunch")),
    Operation("rename type", "PUT", "/v1/activityTypes/{type}", with_values(name="{name} renamed", order_nr=1)),
    Operation(
        "participants",
        "PATCH",
        "/api/v2/activities/{activity}",
        lambda ids: {"participants": [{"person_id": ids.other_person, "primary": True}, {"person_id": ids.person}]},
    ),
    Operation("no participants", "PATCH", "/api/v2/activities/{activity}", with_values(participants=[])),
    Operation("activity in project", "PATCH", "/api/v2/activities/{activity}", with_values(project_id="@project")),
    Operation(
        "prices",
        "PATCH",
        "/api/v2/products/{product}",
        with_values(prices=[{"currency": "EUR", "price": 7}, {"currency": "USD", "price": 8}]),
    ),
    Operation("new product", "POST", "/api/v2/products", with_values(name="{name} new product")),
    Operation("duplicate product", "POST", "/api/v2/products/{product}/duplicate"),
    Operation("new pipeline", "POST", "/api/v2/pipelines", with_values(name="{name} new pipeline")),
    Operation("new stage", "POST", "/api/v2/stages", with_values(name="{name} new stage", pipeline_id="@pipeline")),
    Operation("order of stages", "PUT", "/v1/stages/{stage}", with_values(order_nr=1)),
    Operation("new board", "POST", "/api/v2/boards", with_values(name="{name} new board", order_nr=1)),
    Operation("new phase", "POST", "/api/v2/phases", with_values(name="{name} new phase", board_id="@board")),
    Operation("order of phases", "PATCH", "/api/v2/phases/{phase}", with_values(order_nr=2)),
    Operation("new project", "POST", "/api/v2/projects", with_values(title="{name} new project", phase_id="@phase")),
    Operation(
        "task for somebody", "PATCH", "/api/v2/tasks/{task}", with_values(assignee_ids=[1], title="{name} renamed")
    ),
    Operation("task for nobody", "PATCH", "/api/v2/tasks/{task}", with_values(assignee_ids=[])),
    Operation("filter", "POST", "/v1/filters", _filter),
    Operation("new team", "POST", "/v1/legacyTeams", with_values(name="{name} new team", manager_id=1, users=[1])),
    Operation(
        "document",
        "POST",
        "/v1/files/remoteLink",
        with_values(item_type="deal", item_id="@deal", remote_id="x", remote_location="googledrive"),
    ),
    Operation("new deal", "POST", "/api/v2/deals", with_values(title="{name} new", person_id="@other_person", value=9)),
)

ALL_OPERATIONS: tuple[Operation, ...] = (*(one for one in OPERATIONS if isinstance(one, Operation)), *_MORE)
"""Those that can be taken back, and those that cannot; mail that comes is nobody's run."""

UNDOABLE = tuple(one for one in ALL_OPERATIONS if one.name not in CANNOT_BE_TAKEN_BACK)


class ApiConnection(Connection):
    """A client of the application in this process in the form of a connection to a server."""

    def __init__(self, api: Api) -> None:
        self.api = api

    def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        path, _, query = path.partition("?")
        answer = self.api.call(method, path, body, query=dict(part.split("=") for part in query.split("&") if part))
        return answer.status, answer.body

    def call(self, method: str, path: str, body: object = None) -> Any:
        return self.api.call(method, path, body).data
