"""A company with records of every kind, and transactions in it that are rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any, NamedTuple

import pytest

from dealwright.crm.values.formats import Values
from dealwright.crm.work import project_templates
from dealwright.crm.work.project_templates import TemplateContents, TemplateTask
from dealwright.storage.engines import Transaction
from tests.api import Api
from tests.call_strategies import PNG, Samples
from tests.company import add_user
from tests.mailbox import receive, write_mail

RECORD_COUNT = 3
"""The number of records of each kind, with the ids from 1 on."""

FIELD_TYPES = (
    *("varchar", "double", "monetary", "date", "daterange", "time", "timerange", "address"),
    *("user", "org", "people", "phone", "enum", "set"),
)
TEXT_IDS = ("callLogs", "channels")
"""The parts of paths whose ids are texts of any form."""

CHOICE_TYPES = ("enum", "set")
TransactionFactory = Callable[..., AbstractContextManager[Transaction]]


class PopulatedCompany(NamedTuple):
    """Custom fields as v1 lists them, by kind of record, and UUIDs of records, by a part of their path."""

    fields: dict[str, list[dict[str, Any]]]
    uuids: dict[str, list[str]]

    def samples(self, path: str) -> Samples:
        """Returns keys and ids that exist at a path."""
        noun = next((noun for noun in self.fields if f"/{noun}" in path), "deal")
        fields = self.fields[noun]
        if "Fields" in path:
            # The parts of fields are not fields themselves.
            fields = [field for field in fields if field["id"] is not None]
        if "options" in path:
            fields = [field for field in fields if field["field_type"] in CHOICE_TYPES]
        # Calls and channels have texts as ids.
        texts = next((found for part, found in self.uuids.items() if part in TEXT_IDS and part in path), None)
        keys = tuple(texts or (field["key"] for field in fields))
        ids = tuple(field["id"] for field in fields) if "Fields" in path else tuple(range(1, RECORD_COUNT + 1))
        return Samples(keys, tuple(next(found for part, found in self.uuids.items() if part in path)), ids)


def populate(api: Api) -> PopulatedCompany:
    """Fills an empty company."""
    fields = {}
    for noun in ("deal", "person", "organization", "product"):
        for type in FIELD_TYPES:
            options = {"options": [{"label": "a"}, {"label": "b"}]} if type in CHOICE_TYPES else {}
            api.post(f"/v1/{noun}Fields", {"name": type, "field_type": type, **options})
        field_list = api.get(f"/v1/{noun}Fields", limit=500).data
        fields[noun] = [field for field in field_list if field["edit_flag"]]
        assert len(fields[noun]) >= len(FIELD_TYPES)
    fields["project"] = add_project_fields(api)
    title = next(field["id"] for field in api.get("/v1/dealFields").data if field["key"] == "title")
    # The last one is of leads, whose paths name nothing else.
    parts = ("comments", "leadLabels", "discounts", "goals", "callLogs", "channels", "permissionSets", "")
    uuids: dict[str, list[str]] = {part: [] for part in parts}
    uuids["permissionSets"] = [one["id"] for one in api.get("/v1/permissionSets").data]
    for nr in range(1, RECORD_COUNT + 1):
        org = api.post("/api/v2/organizations", {"name": f"Org {nr}"}).data["id"]
        emails = [{"value": f"person{nr}@example.com"}]
        person = api.post("/api/v2/persons", {"name": f"Person {nr}", "org_id": org, "emails": emails}).data["id"]
        links = {"person_id": person, "org_id": org}
        deal = api.post("/api/v2/deals", {"title": f"Deal {nr}", "value": 100, **links}).data["id"]
        api.post("/api/v2/activities", {"subject": f"Call {nr}", "due_date": "2026-03-04", "deal_id": deal})
        note = api.post("/v1/notes", {"content": f"Note {nr}", "deal_id": deal}).data["id"]
        uuids["comments"].append(api.post(f"/v1/notes/{note}/comments", {"content": "Comment"}).data["uuid"])
        uuids["leadLabels"].append(api.post("/v1/leadLabels", {"name": f"Label {nr}", "color": "red"}).data["id"])
        uuids[""].append(api.post("/v1/leads", {"title": f"Lead {nr}", "person_id": person}).data["id"])
        product = api.post("/api/v2/products", {"name": f"Product {nr}"}).data["id"]
        api.post(f"/api/v2/products/{product}/variations", {"name": "Large"})
        uuids["discounts"].append(add_deal_parts(api, deal, product))
        pipeline = api.post("/api/v2/pipelines", {"name": f"Pipeline {nr}"}).data["id"]
        api.post("/api/v2/stages", {"name": "Stage", "pipeline_id": pipeline})
        for noun in ("deals", "persons", "organizations", "products"):
            api.post(f"/api/v2/{noun}/{nr}/followers", {"user_id": 1})
        add_images(api, deal, person, product)
        condition = {"object": "deal", "field_id": title, "operator": "!=", "value": "x"}
        all_group, any_group = {"glue": "and", "conditions": [condition]}, {"glue": "or", "conditions": []}
        conditions = {"glue": "and", "conditions": [all_group, any_group]}
        api.post("/v1/filters", {"name": f"Filter {nr}", "type": "deals", "conditions": conditions})
        add_project(api, nr, links | {"deal_id": deal})
        sender = f"Person {nr} <person{nr}@example.com>"
        receive(api, write_mail(id=f"{nr}@example.com", sender=sender), deal_id=deal, is_private=False)
        if org > 1:
            relation = {"type": "related", "rel_owner_org_id": org, "rel_linked_org_id": org - 1}
            api.post("/v1/organizationRelationships", relation)
        add_user(api, f"User{nr}")
        if nr > 1:
            # The default role is the first one.
            api.post("/v1/roles", {"name": f"Role {nr}", "parent_role_id": nr - 1})
        api.post("/v1/legacyTeams", {"name": f"Team {nr}", "manager_id": 1, "users": [nr]})
        uuids["goals"].append(add_goal(api))
    for nr in range(1, RECORD_COUNT + 1):
        # After all other activities, whose ids are those of the other records.
        links = {"deal_id": nr, "person_id": nr, "org_id": nr}
        uuids["callLogs"].append(add_call(api, f"Called {nr}", links))
        uuids["channels"].append(add_channel(api, f"channel-{nr}"))
        # Beside another line, the one with the same id as its deal may be deleted.
        api.post(f"/api/v2/deals/{nr}/products", {"product_id": nr, "item_price": 0, "quantity": 1})
    return PopulatedCompany(fields, uuids)


def add_images(api: Api, deal: int, person: int, product: int) -> None:
    """Adds a file to a deal, and pictures to a person and a product."""
    png = {"file": ("a.png", "image/png", PNG)}
    api.upload("POST", "/v1/files", png, {"deal_id": deal})
    api.upload("POST", f"/v1/persons/{person}/picture", png)
    api.upload("POST", f"/api/v2/products/{product}/images", {"data": png["file"]})


def add_goal(api: Api) -> str:
    """Adds a goal; returns its id."""
    goal = {
        "type": {"name": "deals_won"},
        "assignee": {"type": "person", "id": 1},
        "expected_outcome": {"target": 10, "tracking_metric": "quantity"},
        "duration": {"start": "2026-01-01"},
        "interval": "monthly",
    }
    id: str = api.post("/v1/goals", goal).data["goal"]["id"]
    return id


def add_project_fields(api: Api) -> list[dict[str, Any]]:
    """Adds custom fields of projects; returns them as v1 would list them, which has no list of them."""
    path = "/api/v2/projectFields"
    found: list[dict[str, Any]] = []
    for type in FIELD_TYPES:
        options = {"options": [{"label": "a"}, {"label": "b"}]} if type in CHOICE_TYPES else {}
        field = api.post(path, {"field_name": type, "field_type": type, **options}).data
        found.append({"id": len(found) + 1, "key": field["field_code"], "field_type": type})
    return found


def add_project(api: Api, nr: int, links: dict[str, int]) -> None:
    """Adds a project with its board, a template that it is made from, and a task."""
    board = nr
    if nr > 1:
        board = api.post("/api/v2/boards", {"name": f"Board {nr}"}).data["id"]
        api.post("/api/v2/phases", {"name": f"Phase {nr}", "board_id": board})
    contents = TemplateContents(groups=[f"Group {nr}"], tasks=[TemplateTask(title=f"Task {nr}", group=0)])
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        template: Values = {"title": f"Template {nr}", "projects_board_id": board}
        template_id = project_templates.create(crm, template, contents).id
    lists = {f"{name}s": [id] for name, id in links.items()}
    project = api.post("/api/v2/projects", {"title": f"Project {nr}", "template_id": template_id, **lists}).data["id"]
    api.patch(f"/api/v2/tasks/{nr}", {"assignee_ids": [1]})
    api.patch(f"/api/v2/activities/{nr}", {"project_id": project})


def add_call(api: Api, subject: str, links: dict[str, int]) -> str:
    """Logs a call; returns its id."""
    times = {"start_time": "2026-03-02 09:00:00", "end_time": "2026-03-02 09:05:00"}
    body = {"subject": subject, "outcome": "connected", "to_phone_number": "+3725550101", **times, **links}
    id: str = api.post("/v1/callLogs", body).data["id"]
    return id


def add_channel(api: Api, id: str) -> str:
    """Registers a channel with a conversation of the same id; returns it."""
    api.post("/v1/channels", {"name": "Channel", "provider_channel_id": id})
    message = {"id": "1", "channel_id": id, "conversation_id": id, "sender_id": "ann", "message": "Hello"}
    api.post("/v1/channels/messages/receive", {**message, "status": "sent", "created_at": "2026-03-02 09:00:00"})
    return id


def add_deal_parts(api: Api, deal: int, product: int) -> str:
    """Adds a line, an installment and a discount to a deal, which is worth 100 with them; returns the discount's UUID."""
    path = f"/api/v2/deals/{deal}"
    api.post(f"{path}/products", {"product_id": product, "item_price": 110, "quantity": 1})
    api.post(f"{path}/installments", {"description": "Half", "amount": 50, "billing_date": "2026-04-01"})
    uuid: str = api.post(f"{path}/discounts", {"description": "Spring", "amount": 10, "type": "amount"}).data["id"]
    return uuid


def rollback_after(write: TransactionFactory) -> TransactionFactory:
    """Returns a function for transactions like those of ``write``, but rolled back at the end."""

    @contextmanager
    def write_and_roll_back(*, exclusive: bool = False) -> Iterator[Transaction]:
        with suppress(_Rollback), write(exclusive=exclusive) as transaction:
            yield transaction
            raise _Rollback

    return write_and_roll_back


def roll_back_writes(api: Api, patch: pytest.MonkeyPatch) -> None:
    """Has all that is written from now on rolled back, in the company and on the platform. The user has a session already."""
    api.session_headers()
    for database in (api.principal.company.database, api.companies.platform.database):
        patch.setattr(database, "write", rollback_after(database.write))


class _Rollback(Exception):
    """Rolls a transaction back after its work."""
