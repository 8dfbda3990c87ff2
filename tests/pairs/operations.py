"""Writing operations on one set of records that belong together, and the set itself."""

from __future__ import annotations

import smtplib
import zlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dealwright.crm.values.mail_domain import mail_domain
from dealwright.mail.receiver import Receiver
from tests.company import DOMAIN
from tests.mailbox import write_mail
from tests.server_process import Connection

PEOPLE_FIELD = "Introduced by"


class RecordSet(NamedTuple):
    """Records that touch each other, by what they are: ``deal``, ``other_deal``, ``person`` and so on."""

    ids: Mapping[str, Any]
    receiver: Receiver

    def __getattr__(self, name: str) -> Any:
        return self.ids[name]

    @property
    def locked_rows(self) -> dict[str, list[int]]:
        """The rows that nearly every operation writes, by table."""
        ids = self.ids
        return {
            "deals": [ids["deal"], ids["other_deal"]],
            "persons": [ids["person"], ids["other_person"]],
            "organizations": [ids["organization"], ids["other_organization"]],
            "activities": [ids["activity"]],
            "stages": [ids["stage"], ids["next_stage"]],
            "projects": [ids["project"]],
            "tasks": [ids["task"]],
            "deal_products": [ids["line"]],
            "mail_threads": [ids["thread"]],
        }


class Operation(NamedTuple):
    """A request that writes. ``path`` and ``body`` are made from the records; ``record`` is the type and key of what it sets."""

    name: str
    method: str
    path: str
    body: Callable[[RecordSet], object] = lambda _: None

    def send(self, connection: Connection, records: RecordSet) -> tuple[int, Any]:
        """Sends the request; returns the status and the body of the answer."""
        return connection.send(self.method, self.path.format(**records.ids), self.body(records))


class MailOperation(NamedTuple):
    """A mail that is sent to an address for copies, which is made from the records."""

    name: str
    mailbox: str
    headers: Mapping[str, str]

    def send(self, _connection: Connection, records: RecordSet) -> tuple[int, Any]:
        """Sends the mail; returns the status and the text of the answer, as if it were one of HTTP."""
        headers = {name: value.format(**records.ids) for name, value in self.headers.items()}
        return send_mail(records.receiver, self.mailbox.format(**records.ids), **headers)


def send_mail(receiver: Receiver, mailbox: str, **headers: str) -> tuple[int, Any]:
    """Sends a mail with a file to an address for copies; returns the status, as if it were one of HTTP."""
    try:
        with smtplib.SMTP(*receiver.address(), timeout=30) as client:
            message = write_mail(**headers, files={"offer.pdf": b"%PDF"})  # type: ignore[arg-type]
            client.send_message(message, to_addrs=[f"{mailbox}@{mail_domain()}"])
    except smtplib.SMTPDataError as error:
        # A deal that is gone has no address.
        return (404 if error.smtp_code == 550 else 500), error.smtp_error
    return 200, None


def create_people_field(connection: Connection) -> str:
    """Adds a custom field of deals that holds a person; returns its key."""
    key: str = connection.call("POST", "/v1/dealFields", {"name": PEOPLE_FIELD, "field_type": "people"})["key"]
    return key


def create_records(connection: Connection, name: str, people_key: str, receiver: Receiver) -> RecordSet:
    """Adds a set of records, each with a name that begins with ``name``."""

    def add(path: str, **values: object) -> Any:
        return connection.call("POST", path, values)["id"]

    pipelines = [add("/api/v2/pipelines", name=f"{name} pipeline {n}") for n in (1, 2)]
    stages = [add("/api/v2/stages", name=f"{name} stage {n}", pipeline_id=pipelines[n > 2]) for n in (1, 2, 3)]
    organizations = [add("/api/v2/organizations", name=f"{name} organization {n}") for n in (1, 2)]
    number = zlib.crc32(name.encode())
    addresses = [f"{number}.{n}@customer.example" for n in (1, 2)]
    persons = [
        add("/api/v2/persons", name=f"{name} person {n}", org_id=organizations[0], emails=[{"value": address}])
        for n, address in enumerate(addresses, 1)
    ]
    links = {"person_id": persons[0], "org_id": organizations[0]}
    deals = [add("/api/v2/deals", title=f"{name} deal {n}", stage_id=stages[0], value=n, **links) for n in (1, 2)]
    product = add("/api/v2/products", name=f"{name} product")
    line = add(f"/api/v2/deals/{deals[1]}/products", product_id=product, item_price=2, quantity=1)
    roles = [add("/v1/roles", name=f"{name} role {n}") for n in (1, 2)]
    team = add("/v1/legacyTeams", name=f"{name} team", manager_id=1)
    goal = {
        "title": f"{name} goal",
        "type": {"name": "deals_progressed", "params": {"stage_id": stages[0]}},
        "assignee": {"type": "team", "id": team},
        "expected_outcome": {"target": 10, "tracking_metric": "quantity"},
        "duration": {"start": "2026-01-01"},
        "interval": "monthly",
    }
    label = add("/v1/leadLabels", name=f"{name} label", color="green")
    linked = {"person_id": persons[0], "organization_id": organizations[0]}
    board = add("/api/v2/boards", name=f"{name} board")
    phases = [add("/api/v2/phases", name=f"{name} phase {n}", board_id=board) for n in (1, 2)]
    project = add("/api/v2/projects", title=f"{name} project", phase_id=phases[0], deal_ids=deals, person_ids=persons)
    task = add("/api/v2/tasks", title=f"{name} task", project_id=project, assignee_id=1)
    status, answer = send_mail(receiver, f"{DOMAIN}+deal{deals[0]}", sender=addresses[0], id=f"{number}@x")
    assert status == 200, answer
    [mail] = connection.call("GET", f"/v1/deals/{deals[0]}/mailMessages")
    return RecordSet(
        {
            "name": name,
            "number": number,
            "address": addresses[0],
            "other_address": addresses[1],
            "thread": mail["data"]["mail_thread_id"],
            "people_key": people_key,
            "pipeline": pipelines[0],
            "next_pipeline": pipelines[1],
            "stage": stages[0],
            "next_stage": stages[1],
            "far_stage": stages[2],
            "organization": organizations[0],
            "other_organization": organizations[1],
            "person": persons[0],
            "other_person": persons[1],
            "deal": deals[0],
            "other_deal": deals[1],
            "label": label,
            "lead": add("/v1/leads", title=f"{name} lead", label_ids=[label], **linked),
            "activity": add(
                "/api/v2/activities",
                subject=f"{name} activity",
                deal_id=deals[0],
                org_id=organizations[0],
                participants=[{"person_id": persons[0], "primary": True}],
            ),
            "note": add("/v1/notes", content=f"{name} note", deal_id=deals[0], person_id=persons[0]),
            "product": product,
            "line": line,
            "relationship": add(
                "/v1/organizationRelationships",
                type="related",
                rel_owner_org_id=organizations[0],
                rel_linked_org_id=organizations[1],
            ),
            "board": board,
            "phase": phases[0],
            "next_phase": phases[1],
            "project": project,
            "task": task,
            "role": roles[0],
            "other_role": roles[1],
            "team": team,
            "goal": connection.call("POST", "/v1/goals", goal)["goal"]["id"],
            "type": add("/v1/activityTypes", name=f"{name} type", icon_key="call"),
        },
        receiver,
    )


def with_values(**values: object) -> Callable[[RecordSet], object]:
    """A body: texts that name a record of the set stand for its id, in lists too."""

    def filled(value: object, records: RecordSet) -> object:
        if isinstance(value, list):
            return [filled(one, records) for one in value]
        if isinstance(value, str) and value.startswith("@"):
            return records.ids[value[1:]]
        return value.format(**records.ids) if isinstance(value, str) else value

    return lambda records: {name: filled(value, records) for name, value in values.items()}


def _introduce(records: RecordSet) -> object:
    return {"custom_fields": {records.people_key: records.other_person}}


_CALL = {
    "outcome": "connected",
    "to_phone_number": "+3725550101",
    "start_time": "2026-03-02 09:00:00",
    "end_time": "2026-03-02 09:05:00",
}


def _line(records: RecordSet) -> dict[str, object]:
    return {"product_id": records.product, "item_price": 10.5, "quantity": 2, "tax": 7, "tax_method": "exclusive"}


def _hide_pipeline(records: RecordSet) -> object:
    return {"visible_pipeline_ids": {"remove": [records.next_pipeline]}}


_OWN = {"sender": "ada@example.com", "to": "{address}, {other_address}"}

OPERATIONS: tuple[Operation | MailOperation, ...] = (
    Operation("value", "PATCH", "/api/v2/deals/{deal}", with_values(value=41)),
    Operation("title", "PUT", "/v1/deals/{deal}", with_values(title="{name} new title")),
    Operation("win", "PATCH", "/api/v2/deals/{deal}", with_values(status="won")),
    Operation("lose", "PUT", "/v1/deals/{deal}", with_values(status="lost", lost_reason="price")),
    Operation("move", "PATCH", "/api/v2/deals/{deal}", with_values(stage_id="@next_stage")),
    Operation("move away", "PATCH", "/api/v2/deals/{deal}", with_values(stage_id="@far_stage")),
    Operation("move to pipeline", "PATCH", "/api/v2/deals/{other_deal}", with_values(pipeline_id="@next_pipeline")),
    Operation("other person", "PATCH", "/api/v2/deals/{deal}", with_values(person_id="@other_person")),
    Operation("other organization", "PATCH", "/api/v2/deals/{deal}", with_values(org_id="@other_organization")),
    Operation("people field", "PATCH", "/api/v2/deals/{deal}", _introduce),
    Operation("archive", "PUT", "/v1/deals/{deal}", with_values(is_archived=True)),
    Operation("delete deal", "DELETE", "/api/v2/deals/{deal}"),
    Operation("delete deals", "DELETE", "/v1/deals?ids={deal},{other_deal}"),
    Operation("merge deals", "PUT", "/v1/deals/{deal}/merge", with_values(merge_with_id="@other_deal")),
    Operation("duplicate", "POST", "/v1/deals/{deal}/duplicate"),
    Operation(
        "create deal",
        "POST",
        "/api/v2/deals",
        with_values(title="{name} new", stage_id="@stage", person_id="@person", org_id="@organization"),
    ),
    Operation(
        "create far deal", "POST", "/api/v2/deals", with_values(title="{name} far", pipeline_id="@next_pipeline")
    ),
    Operation("participate", "POST", "/v1/deals/{deal}/participants", with_values(person_id="@other_person")),
    Operation("follow deal", "POST", "/v1/deals/{deal}/followers", with_values(user_id=1)),
    Operation("rename person", "PATCH", "/api/v2/persons/{person}", with_values(name="{name} renamed")),
    Operation("person to organization", "PATCH", "/api/v2/persons/{person}", with_values(org_id="@other_organization")),
    Operation("delete person", "DELETE", "/api/v2/persons/{person}"),
    Operation("merge persons", "PUT", "/v1/persons/{person}/merge", with_values(merge_with_id="@other_person")),
    Operation("merge persons back", "PUT", "/v1/persons/{other_person}/merge", with_values(merge_with_id="@person")),
    Operation("follow person", "POST", "/v1/persons/{person}/followers", with_values(user_id=1)),
    Operation(
        "rename organization", "PATCH", "/api/v2/organizations/{organization}", with_values(name="{name} renamed")
    ),
    Operation("delete organization", "DELETE", "/api/v2/organizations/{organization}"),
    Operation(
        "merge organizations",
        "PUT",
        "/v1/organizations/{organization}/merge",
        with_values(merge_with_id="@other_organization"),
    ),
    Operation("relationship", "PUT", "/v1/organizationRelationships/{relationship}", with_values(type="parent")),
    Operation("delete relationship", "DELETE", "/v1/organizationRelationships/{relationship}"),
    Operation("activity done", "PATCH", "/api/v2/activities/{activity}", with_values(done=True)),
    Operation("activity to deal", "PATCH", "/api/v2/activities/{activity}", with_values(deal_id="@other_deal")),
    Operation("log call", "POST", "/v1/callLogs", with_values(deal_id="@deal", **_CALL)),
    Operation("activity to call", "POST", "/v1/callLogs", with_values(activity_id="@activity", **_CALL)),
    Operation("delete activity", "DELETE", "/api/v2/activities/{activity}"),
    Operation(
        "create activity", "POST", "/api/v2/activities", with_values(subject="{name} new", deal_id="@deal", type="call")
    ),
    Operation("type of activity", "POST", "/v1/activityTypes", with_values(name="{name} meeting", icon_key="meeting")),
    Operation("delete type", "DELETE", "/v1/activityTypes/{type}"),
    Operation(
        "create note", "POST", "/v1/notes", with_values(content="{name} new", deal_id="@deal", org_id="@organization")
    ),
    Operation("note to person", "PUT", "/v1/notes/{note}", with_values(person_id="@other_person")),
    Operation("delete note", "DELETE", "/v1/notes/{note}"),
    Operation("lead person", "PATCH", "/v1/leads/{lead}", with_values(person_id="@other_person")),
    Operation(
        "lead labels", "PATCH", "/v1/leads/{lead}", with_values(label_ids=["@label"], title="{name} lead renamed")
    ),
    Operation("delete label", "DELETE", "/v1/leadLabels/{label}"),
    Operation("delete lead", "DELETE", "/v1/leads/{lead}"),
    Operation("convert lead", "POST", "/api/v2/leads/{lead}/convert/deal", with_values(stage_id="@stage")),
    Operation("convert deal", "POST", "/api/v2/deals/{deal}/convert/lead"),
    Operation("rename stage", "PATCH", "/api/v2/stages/{stage}", with_values(name="{name} renamed")),
    Operation("stage to pipeline", "PATCH", "/api/v2/stages/{stage}", with_values(pipeline_id="@next_pipeline")),
    Operation("delete stage", "DELETE", "/api/v2/stages/{stage}"),
    Operation("delete far stage", "DELETE", "/api/v2/stages/{far_stage}"),
    Operation("delete pipeline", "DELETE", "/api/v2/pipelines/{pipeline}"),
    Operation("delete next pipeline", "DELETE", "/api/v2/pipelines/{next_pipeline}"),
    Operation("move project", "PATCH", "/api/v2/projects/{project}", with_values(phase_id="@next_phase")),
    Operation("deals of project", "PATCH", "/api/v2/projects/{project}", with_values(deal_ids=["@other_deal"])),
    Operation("archive project", "POST", "/api/v2/projects/{project}/archive"),
    Operation("delete project", "DELETE", "/v1/projects/{project}"),
    Operation("create task", "POST", "/api/v2/tasks", with_values(title="{name} new", project_id="@project")),
    Operation(
        "create subtask",
        "POST",
        "/api/v2/tasks",
        with_values(title="{name} new", project_id="@project", parent_task_id="@task"),
    ),
    Operation("task done", "PUT", "/v1/tasks/{task}", with_values(done=1, assignee_ids=[1])),
    Operation("delete task", "DELETE", "/api/v2/tasks/{task}"),
    Operation("place task", "PUT", "/v1/projects/{project}/plan/tasks/{task}", with_values(phase_id="@next_phase")),
    Operation("delete phase", "DELETE", "/api/v2/phases/{next_phase}"),
    Operation("delete board", "DELETE", "/api/v2/boards/{board}"),
    Operation("rename product", "PATCH", "/api/v2/products/{product}", with_values(name="{name} renamed")),
    Operation("delete product", "DELETE", "/api/v2/products/{product}"),
    Operation("first line", "POST", "/api/v2/deals/{deal}/products", _line),
    Operation("one more line", "POST", "/v1/deals/{other_deal}/products", _line),
    Operation("more lines", "POST", "/api/v2/deals/{other_deal}/products/bulk", lambda ids: {"data": [_line(ids)] * 2}),
    Operation("quantity", "PATCH", "/api/v2/deals/{other_deal}/products/{line}", with_values(quantity=3)),
    Operation("tax method", "PUT", "/v1/deals/{other_deal}/products/{line}", with_values(tax_method="none")),
    Operation("delete line", "DELETE", "/api/v2/deals/{other_deal}/products/{line}"),
    Operation("currency", "PATCH", "/api/v2/deals/{other_deal}", with_values(currency="JPY")),
    Operation(
        "discount",
        "POST",
        "/api/v2/deals/{other_deal}/discounts",
        with_values(description="x", amount=5, type="percentage"),
    ),
    Operation(
        "installment",
        "POST",
        "/api/v2/deals/{other_deal}/installments",
        with_values(description="x", amount=1, billing_date="2026-04-01"),
    ),
    Operation("variation", "POST", "/api/v2/products/{product}/variations", with_values(name="{name} large")),
    Operation("role below", "PUT", "/v1/roles/{role}", with_values(parent_role_id="@other_role")),
    Operation("other role below", "PUT", "/v1/roles/{other_role}", with_values(parent_role_id="@role")),
    Operation("new role below", "POST", "/v1/roles", with_values(name="{name} new role", parent_role_id="@role")),
    Operation("user to role", "POST", "/v1/roles/{role}/assignments", with_values(user_id=1)),
    Operation(
        "setting", "POST", "/v1/roles/{role}/settings", with_values(setting_key="deal_default_visibility", value=1)
    ),
    Operation("hide pipeline", "PUT", "/v1/roles/{role}/pipelines", _hide_pipeline),
    Operation("delete role", "DELETE", "/v1/roles/{role}"),
    Operation("member", "POST", "/v1/legacyTeams/{team}/users", with_values(users=[1])),
    Operation("no member", "DELETE", "/v1/legacyTeams/{team}/users", with_values(users=[1])),
    Operation("delete team", "PUT", "/v1/legacyTeams/{team}", with_values(deleted_flag=1)),
    Operation("goal", "PUT", "/v1/goals/{goal}", with_values(title="{name} renamed")),
    Operation("delete goal", "DELETE", "/v1/goals/{goal}"),
    Operation("user", "POST", "/v1/users", with_values(email="pair{deal}@example.com", active_flag=True)),
    Operation("thread to deal", "PUT", "/v1/mailbox/mailThreads/{thread}", with_values(deal_id="@other_deal")),
    Operation("thread to lead", "PUT", "/v1/mailbox/mailThreads/{thread}", with_values(lead_id="@lead")),
    Operation("read thread", "PUT", "/v1/mailbox/mailThreads/{thread}", with_values(read_flag=1, shared_flag=0)),
    Operation("archive thread", "PUT", "/v1/mailbox/mailThreads/{thread}", with_values(archived_flag=1)),
    Operation("delete thread", "DELETE", "/v1/mailbox/mailThreads/{thread}"),
    MailOperation("mail to deal", f"{DOMAIN}+deal{{deal}}", {**_OWN, "id": "{number}.new@x"}),
    MailOperation(
        "mail to other deal", f"{DOMAIN}+deal{{other_deal}}", {"sender": "{other_address}", "id": "{number}.new@x"}
    ),
    MailOperation("mail again", f"{DOMAIN}+deal{{other_deal}}", {"sender": "{address}", "id": "{number}@x"}),
    MailOperation("answer", DOMAIN, {**_OWN, "id": "{number}.answer@x", "answers": "{number}@x"}),
)
