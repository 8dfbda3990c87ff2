"""Records that were deleted 30 days ago are purged, and the links to them are removed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.jobs.run_due import run_due
from dealwright.storage import tables
from tests.api import Api
from tests.company import run_purge
from tests.mailbox import receive, write_mail

HISTORY = [tables.changes, tables.followers]


def create(api: Api, path: str, **values: object) -> Any:
    return api.post(path, values).data["id"]


def delete(api: Api, path: str) -> None:
    assert api.delete(path).status == 200


def count_rows(api: Api, table: sa.Table, *criteria: sa.ColumnElement[bool]) -> int:
    with api.principal.company.database.read() as db:
        return int(db.value(sa.select(sa.func.count()).select_from(table).where(*criteria)))


@pytest.mark.parametrize(
    ("path", "values", "object"),
    [
        ("/api/v2/deals", {"title": "Deal"}, "deal"),
        ("/api/v2/persons", {"name": "Person"}, "person"),
        ("/api/v2/organizations", {"name": "Organization"}, "organization"),
        ("/api/v2/products", {"name": "Product", "prices": [{"price": 5, "currency": "EUR"}]}, "product"),
        ("/api/v2/activities", {"subject": "Call", "type": "call"}, "activity"),
    ],
)
def test_a_deleted_record_is_kept_for_30_days(api: Api, path: str, values: dict[str, object], object: str) -> None:
    gone, live = create(api, path, **values), create(api, path, **values)
    run_due(api.companies)
    if object != "activity":
        api.post(f"{path}/{gone}/followers", {"user_id": 1})
    delete(api, f"{path}/{gone}")
    v1 = path.replace("/api/v2", "/v1")
    api.clock.advance(days=29)
    run_due(api.companies)
    assert api.get(f"{v1}/{gone}").status == 200
    api.clock.advance(days=2)
    run_due(api.companies)
    assert api.get(f"{v1}/{gone}").status == 404
    assert api.get(f"{v1}/{live}").status == 200
    changes = tables.changes.c
    criteria = changes.object == object, changes.record_id == gone
    assert (
        count_rows(api, tables.changes, *criteria)
        == count_rows(api, tables.changes, *criteria, changes.action == "delete")
        == 1
    )
    assert (
        count_rows(api, tables.followers, tables.followers.c.record_id == gone, tables.followers.c.object == object)
        == 0
    )
    # The recents still list the deletion.
    recent = api.get("/v1/recents", since_timestamp="2026-01-01 00:00:00", items=object).data
    assert {(one["id"], one["data"] is None) for one in recent} == {(gone, True), (live, False)}
    # No id is used twice.
    assert create(api, path, **values) > live


def test_a_purged_project_leaves_nothing_behind(api: Api) -> None:
    deal = create(api, "/api/v2/deals", title="Deal")
    person = create(api, "/api/v2/persons", name="Person")
    project = create(api, "/api/v2/projects", title="Project", deal_ids=[deal], person_ids=[person])
    other = create(api, "/api/v2/projects", title="Other", deal_ids=[deal])
    task = create(api, "/api/v2/tasks", title="Task", project_id=project, assignee_ids=[1])
    subtask = create(api, "/api/v2/tasks", title="Subtask", project_id=project, parent_task_id=task, assignee_ids=[1])
    alone = create(api, "/api/v2/tasks", title="Task", project_id=other, assignee_ids=[1])
    activity = create(api, "/api/v2/activities", subject="Call", project_id=project)
    api.put(f"/v1/projects/{project}/plan/activities/{activity}", {"phase_id": 1})
    note = create(api, "/v1/notes", content="Note", project_id=project)
    kept = create(api, "/v1/notes", content="Note", project_id=project, deal_id=deal)
    delete(api, f"/api/v2/tasks/{subtask}")
    delete(api, f"/api/v2/projects/{project}")
    delete(api, f"/api/v2/persons/{person}")
    run_purge(api)
    assert api.get(f"/v1/projects/{project}").status == 404
    assert api.get(f"/v1/notes/{note}").status == 404
    assert api.get(f"/v1/notes/{kept}").data["project_id"] is None
    assert api.get(f"/v1/activities/{activity}").data["project_id"] is None
    assert [one["id"] for one in api.get("/api/v2/tasks").data] == [alone]
    tasks_left = [count_rows(api, table) for table in (tables.tasks, tables.task_assignees, tables.project_links)]
    assert tasks_left == [1, 1, 1]
    delete(api, f"/api/v2/deals/{deal}")
    run_purge(api)
    assert api.get(f"/api/v2/projects/{other}").data["deal_ids"] == []


def test_links_to_a_purged_person_are_removed(api: Api) -> None:
    org = create(api, "/api/v2/organizations", name="Organization")
    person = create(api, "/api/v2/persons", name="Gone", org_id=org)
    other = create(api, "/api/v2/persons", name="Stays")
    field = api.post("/v1/dealFields", {"name": "Adviser", "field_type": "people"}).data["key"]
    deal = create(api, "/api/v2/deals", title="Deal", person_id=person, custom_fields={field: person})
    lead = create(api, "/v1/leads", title="Lead", person_id=person)
    taking_part = create(api, "/api/v2/deals", title="Another", person_id=other)
    api.post(f"/v1/deals/{taking_part}/participants", {"person_id": person})
    people = [{"person_id": person, "primary": True}, {"person_id": other, "primary": False}]
    activity = create(api, "/api/v2/activities", subject="Call", type="call", participants=people)
    note = create(api, "/v1/notes", content="On both", person_id=person, deal_id=deal)
    only = create(api, "/v1/notes", content="On the person", person_id=person)
    before = api.get(f"/api/v2/deals/{deal}").data["update_time"]
    assert api.get(f"/v1/deals/{taking_part}").data["participants_count"] == 2
    delete(api, f"/api/v2/persons/{person}")
    run_purge(api)
    shown = api.get(f"/api/v2/deals/{deal}").data
    assert (shown["person_id"], shown["custom_fields"][field], shown["update_time"]) == (None, None, before)
    assert api.get(f"/v1/deals/{deal}").data["person_id"] is None
    assert api.get(f"/v1/leads/{lead}").data["person_id"] is None
    assert api.get(f"/v1/deals/{taking_part}").data["participants_count"] == 1
    assert [one["id"] for one in api.get(f"/v1/deals/{taking_part}/persons").data] == [other]
    assert api.get(f"/api/v2/activities/{activity}").data["participants"] == [{"person_id": other, "primary": False}]
    assert api.get(f"/v1/notes/{note}").data["person_id"] is None
    assert api.get(f"/v1/notes/{only}").status == 404
    assert api.get(f"/v1/organizations/{org}").data["related_open_deals_count"] == 0
    assert api.get("/api/v2/deals").data[0]["person_id"] is None


def test_links_to_a_purged_organization_are_removed(api: Api) -> None:
    org, other = (create(api, "/api/v2/organizations", name=name) for name in ("Gone", "Stays"))
    person = create(api, "/api/v2/persons", name="Person", org_id=org)
    deal = create(api, "/api/v2/deals", title="Deal", org_id=org)
    ends = {"rel_owner_org_id": org, "rel_linked_org_id": other}
    api.post("/v1/organizationRelationships", {"org_id": org, "type": "parent", **ends})
    delete(api, f"/api/v2/organizations/{org}")
    run_purge(api)
    assert api.get(f"/v1/persons/{person}").data["org_id"] is None
    assert api.get(f"/api/v2/deals/{deal}").data["org_id"] is None
    assert api.get("/v1/organizationRelationships", org_id=other).data is None
    assert count_rows(api, tables.organization_relationships) == 0


def test_notes_and_activities_of_a_purged_deal_or_lead_stay(api: Api) -> None:
    person = create(api, "/api/v2/persons", name="Person")
    deal = create(api, "/api/v2/deals", title="Deal", person_id=person)
    lead = create(api, "/v1/leads", title="Lead", person_id=person)
    activity = create(api, "/api/v2/activities", subject="Call", type="call", deal_id=deal)
    of_lead = create(api, "/api/v2/activities", subject="Call", type="call", lead_id=lead)
    note = create(api, "/v1/notes", content="On both", deal_id=deal, person_id=person)
    delete(api, f"/api/v2/deals/{deal}")
    delete(api, f"/v1/leads/{lead}")
    run_purge(api)
    assert api.get(f"/api/v2/activities/{activity}").data["deal_id"] is None
    assert api.get(f"/api/v2/activities/{of_lead}").data["lead_id"] is None
    assert api.get(f"/v1/notes/{note}").data["deal_id"] is None
    assert api.get(f"/v1/leads/{lead}").status == 404
    assert count_rows(api, tables.leads) == count_rows(api, tables.deal_stages) == 0
    assert api.get(f"/v1/persons/{person}/flow").status == 200


def test_a_record_that_was_merged_into_another_one_is_purged_too(api: Api) -> None:
    gone, kept = (create(api, "/api/v2/organizations", name=name) for name in ("Gone", "Stays"))
    assert api.put(f"/v1/organizations/{gone}/merge", {"merge_with_id": kept}).status == 200
    run_purge(api)
    assert count_rows(api, tables.organizations) == 1
    assert api.get(f"/v1/organizations/{kept}/flow").status == 200


def test_many_records_are_removed_in_portions(api: Api) -> None:
    ids = [create(api, "/api/v2/products", name=f"{number}") for number in range(230)]
    for id in ids[:-1]:
        delete(api, f"/api/v2/products/{id}")
    run_purge(api)
    assert count_rows(api, tables.products) == 1


def test_a_restored_record_stays(api: Api) -> None:
    product = create(api, "/api/v2/products", name="Product")
    delete(api, f"/api/v2/products/{product}")
    api.put(f"/v1/products/{product}", {"active_flag": True})
    run_purge(api)
    assert api.get(f"/api/v2/products/{product}").status == 200


def test_purged_mail_leaves_nothing_behind(api: Api) -> None:
    person = create(api, "/api/v2/persons", name="Mary", emails=[{"value": "mary@customer.example"}])
    deal = create(api, "/api/v2/deals", title="Deal")
    gone = receive(api, write_mail(files={"offer.pdf": b"%PDF"}), deal_id=deal)
    live = receive(api, write_mail(id="2@x", files={"a.pdf": b"%PDF"}), deal_id=deal)
    delete(api, f"/v1/mailbox/mailThreads/{gone.mail_thread_id}")
    delete(api, f"/v1/deals/{deal}")
    delete(api, f"/v1/persons/{person}")
    run_purge(api)
    for table in (tables.mail_threads, tables.mail_messages, tables.mail_references, tables.files):
        assert count_rows(api, table) == 1
    assert (count_rows(api, tables.mail_parties), count_rows(api, tables.mail_links)) == (2, 0)
    of_mail = tables.changes.c.object.in_(("mailThread", "mailMessage")) & (tables.changes.c.record_id == gone.id)
    assert count_rows(api, tables.changes, of_mail, tables.changes.c.fields != "[]") == 0
    shown = api.get(f"/v1/mailbox/mailMessages/{live.id}").data
    assert shown["from"][0]["linked_person_id"] is None
    assert api.get(f"/v1/mailbox/mailThreads/{live.mail_thread_id}").data["deal_id"] is None
    api.clock.advance(days=2)
    run_due(api.companies)
    stored = [path for path in Path(api.companies.platform.files_location).rglob("*") if path.is_file()]
    # The text and the file of the other message.
    assert len(stored) == 2
