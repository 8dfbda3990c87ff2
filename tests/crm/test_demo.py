"""The demo company: consistent with the rules, and the same every time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa

from dealwright.crm import demo
from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.correspondence.model import CALL_LOG, FILE, MAIL_MESSAGE, MAIL_THREAD, NOTE
from dealwright.crm.deals.model import DEAL, DEAL_DISCOUNT, DEAL_INSTALLMENT, DEAL_PRODUCT
from dealwright.crm.demo import copying
from dealwright.crm.errors import Conflict
from dealwright.crm.fields import custom
from dealwright.crm.fields.types import TYPES
from dealwright.crm.kernel.changes import RECORD_ACTIONS
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.records import UNLOGGED_COLUMNS
from dealwright.crm.leads.model import LEAD
from dealwright.crm.work.model import ACTIVITY, PROJECT, TASK
from dealwright.storage import tables
from dealwright.storage.types import DateTimeMsText
from tests import company
from tests.api import Api
from tests.change_log import record_types, unlogged_records
from tests.company import find_problems
from tests.conftest import DATABASES, empty_postgres_database
from tests.consistency import Rows, read_rows

DEALS = 400
RECORD_TYPES: tuple[RecordType[Any], ...] = (
    *(DEAL, PERSON, ORGANIZATION, ACTIVITY, NOTE, FILE, PROJECT, TASK, CALL_LOG, LEAD, MAIL_THREAD, MAIL_MESSAGE),
)
PARTS_OF_DEALS: tuple[RecordType[Any], ...] = (DEAL_PRODUCT, DEAL_DISCOUNT, DEAL_INSTALLMENT)
COUNTED_COLUMNS = re.compile(r"(?!message_).*_count|(next|last)_activity_.*|last_(incoming|outgoing)_mail_time")
KEY = re.compile(r"[0-9a-f]{40}")
OTHER_TABLES = (
    tables.activity_participants,
    tables.changes,
    tables.deal_participants,
    tables.deal_stages,
    tables.field_options,
    tables.fields,
    tables.followers,
    tables.mail_links,
    tables.mail_parties,
    tables.mail_references,
    tables.note_comments,
    tables.person_pictures,
    tables.pipelines,
    tables.project_boards,
    tables.project_groups,
    tables.project_links,
    tables.project_phases,
    tables.project_templates,
    tables.product_prices,
    tables.product_variation_prices,
    tables.product_variations,
    tables.products,
    tables.roles,
    tables.stages,
    tables.task_assignees,
    tables.team_members,
    tables.teams,
)


@pytest.fixture(scope="module", params=DATABASES)
def demo_api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Yields a demo company, which no test changes."""
    with demo_company(request.param, tmp_path_factory.mktemp("demo")) as api:
        yield api


@contextmanager
def demo_company(database: str, folder: Path) -> Iterator[Api]:
    with ExitStack() as cleanup:
        location = str(folder) if database == "sqlite" else cleanup.enter_context(empty_postgres_database())
        company.create_company(location)
        api = company.open_api(location, files=str(folder / "files"))
        cleanup.callback(company.close, api)
        demo.fill(api.companies, api.principal.company, deals=DEALS)
        yield api


def read_all_tables(api: Api) -> dict[str, Rows]:
    return {
        table.name: read_rows(api, table)
        for table in (*(kind.table for kind in (*RECORD_TYPES, *PARTS_OF_DEALS)), *OTHER_TABLES)
    }


def list_all(api: Api, path: str) -> Rows:
    """Returns all members of a list of v2."""
    answer = api.get(path, limit=500)
    records: Rows = answer.data
    while answer.next_cursor:
        answer = api.get(path, limit=500, cursor=answer.next_cursor)
        records += answer.data
    return records


def test_sizes_follow_from_the_number_of_deals(demo_api: Api) -> None:
    sizes = [len(read_rows(demo_api, kind.table)) for kind in RECORD_TYPES]
    assert sizes == [DEALS, 300, 160, 1000, 80, 6, 15, 129, 178, 6, 15, 32]


def test_the_same_seed_gives_the_same_data(demo_api: Api, tmp_path: Path) -> None:
    with demo_company(demo_api.principal.company.database.dialect, tmp_path) as again:
        assert read_all_tables(again) == read_all_tables(demo_api)


def test_counting_again_changes_nothing(demo_api: Api) -> None:
    for kind in (DEAL, PERSON, ORGANIZATION):
        assert sum(row["activities_count"] for row in read_rows(demo_api, kind.table))
    assert find_problems(demo_api) == []


@pytest.mark.parametrize("kind", [*RECORD_TYPES, *PARTS_OF_DEALS], ids=lambda kind: kind.object)
def test_the_change_log_leads_to_the_records(demo_api: Api, kind: RecordType[Any]) -> None:
    records: dict[int, dict[str, Any]] = {}
    for change in read_rows(demo_api, tables.changes):
        if change["object"] != kind.object or change["action"] not in RECORD_ACTIONS:
            continue
        assert (change["action"] == "create") == (change["record_id"] not in records)
        record = records.setdefault(change["record_id"], {"is_deleted": False})
        for name, old, new in change["fields"]:
            assert (record.get(name) or None) == (old or None)
            record[name] = new
        record["update_time"] = change["time"][:19]
    stored = {row["id"]: row for row in read_rows(demo_api, kind.table)}
    assert records.keys() == stored.keys()
    for id, row in stored.items():
        assert row["update_time"][:19] == records[id]["update_time"]
        # Links of projects and those whom tasks are for are in tables of their own.
        own = {name: value for name, value in records[id].items() if name in row or KEY.fullmatch(name)}
        assert expected_changelog(kind, row) == {name: value for name, value in own.items() if is_logged(name, value)}


def test_the_creation_of_every_record_is_in_the_change_log(demo_api: Api) -> None:
    assert unlogged_records(demo_api) == {}
    for table in (tables.users, tables.pipelines, tables.stages, tables.activity_types, tables.lead_labels):
        added = {row["id"]: row["add_time"][:19] for row in read_rows(demo_api, table)}
        object = next(kind.object for kind in record_types() if kind.table is table)
        logged = {
            change["record_id"]: change["time"][:19]
            for change in read_rows(demo_api, tables.changes)
            if (change["object"], change["action"]) == (object, "create")
        }
        assert logged == added, object


def test_the_change_log_leads_to_followers_and_participants(demo_api: Api) -> None:
    logged_relations: dict[str, list[tuple[Any, ...]]] = {"follow": [], "join": []}
    for change in read_rows(demo_api, tables.changes):
        if change["action"] in logged_relations:
            ((_, _, other_id),) = change["fields"]
            logged_relations[change["action"]].append(
                (change["object"], change["record_id"], other_id, change["time"][:19])
            )
    followers, participants = read_rows(demo_api, tables.followers), read_rows(demo_api, tables.deal_participants)
    assert sorted(logged_relations["follow"]) == sorted(
        (one["object"], one["record_id"], one["user_id"], one["add_time"]) for one in followers
    )
    assert sorted(logged_relations["join"]) == sorted(
        ("deal", one["deal_id"], one["person_id"], one["add_time"]) for one in participants
    )


def expected_changelog(kind: RecordType[Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the last values that the change log should have of a record."""
    values = {**row, **row.get("custom_fields", {})}
    for name, value in row.items():
        if value and kind.table.c[name].type is DateTimeMsText:
            # PostgreSQL leaves out the zeros at the end.
            values[name] = f"{value[:19]}.000"
    return {
        name: value for name, value in values.items() if name not in ("id", "custom_fields") and is_logged(name, value)
    }


def is_logged(name: str, value: object) -> bool:
    return bool(value) and name not in UNLOGGED_COLUMNS and not COUNTED_COLUMNS.fullmatch(name)


def test_deals_are_in_the_stage_that_they_entered_last(demo_api: Api) -> None:
    stages: dict[int, Rows] = {}
    for row in read_rows(demo_api, tables.deal_stages):
        stages.setdefault(row["deal_id"], []).append(row)
    for deal in read_rows(demo_api, tables.deals):
        path = stages[deal["id"]]
        assert (path[0]["entered_time"], path[-1]["left_time"]) == (deal["add_time"], None)
        assert path[-1]["stage_id"] == deal["stage_id"]
        assert [row["left_time"] for row in path[:-1]] == [row["entered_time"] for row in path[1:]]
        assert deal["stage_change_time"] == (path[-1]["entered_time"] if len(path) > 1 else None)


def test_its_sales_are_plausible(demo_api: Api) -> None:
    deals = read_rows(demo_api, tables.deals)
    by_status = {status: [deal for deal in deals if deal["status"] == status] for status in ("open", "won", "lost")}
    assert 0.3 < len(by_status["won"]) / (len(by_status["won"]) + len(by_status["lost"])) < 0.45
    assert len(by_status["open"]) > DEALS / 20
    assert len({deal["currency"] for deal in deals}) == 4
    assert {deal["pipeline_id"] for deal in by_status["won"]} == {1, 2}
    assert all(deal["lost_reason"] for deal in by_status["lost"])
    assert any(deal["is_archived"] for deal in deals)
    assert any(deal["is_deleted"] for deal in deals)
    assert len({deal["owner_id"] for deal in deals}) == 4
    due = {activity["due_date"] for activity in read_rows(demo_api, tables.activities) if not activity["done"]}
    assert min(due) < "2026-03-02" < max(due)
    assert "2026-03-02" in due
    now = "2026-03-02 10:00:00"
    assert all(
        row["add_time"] <= row["update_time"] and row["update_time"][:19] <= now
        for kind in RECORD_TYPES
        for row in read_rows(demo_api, kind.table)
    )


def test_projects_are_on_their_way(demo_api: Api) -> None:
    open_ones, archived = list_all(demo_api, "/api/v2/projects"), list_all(demo_api, "/api/v2/projects/archived")
    assert {project["status"] for project in open_ones} >= {"open", "completed"}
    assert archived
    assert len({project["phase_id"] for project in open_ones}) >= 3
    assert all(project["deal_ids"] for project in open_ones)
    tasks = list_all(demo_api, "/api/v2/tasks")
    assert {task["is_done"] for task in tasks} == {True, False}
    assert any(task["parent_task_id"] for task in tasks)
    assert all(task["assignee_ids"] for task in tasks)
    assert [board["name"] for board in demo_api.get("/api/v2/boards").data] == ["Customer onboarding", "Events"]
    assert [one["title"] for one in list_all(demo_api, "/api/v2/projectTemplates")] == ["Onboarding", "Customer event"]
    assert len(demo_api.get(f"/v1/projects/{open_ones[0]['id']}/groups").data) == 2
    assert any(demo_api.get(f"/v1/projects/{project['id']}/activities").data for project in open_ones)


def test_deals_have_products_of_all_kinds(demo_api: Api) -> None:
    lines = read_rows(demo_api, tables.deal_products)
    assert DEALS / 4 < len({line["deal_id"] for line in lines}) < DEALS / 2
    assert {line["billing_frequency"] for line in lines} == {"one-time", "annually", "monthly", "quarterly", "weekly"}
    assert {line["tax_method"] for line in lines} == {"exclusive", "inclusive", "none"}
    assert any(line["product_variation_id"] for line in lines)
    assert any(line["discount"] for line in lines)
    recurring = {line["deal_id"] for line in lines if line["billing_frequency"] != "one-time"}
    parts: dict[int, float] = {}
    for installment in read_rows(demo_api, tables.deal_installments):
        parts[installment["deal_id"]] = parts.get(installment["deal_id"], 0) + installment["amount"]
    values = {deal["id"]: deal["value"] for deal in read_rows(demo_api, tables.deals)}
    assert parts
    assert not recurring & parts.keys()
    assert all(round(amount, 2) == values[deal_id] for deal_id, amount in parts.items())
    assert read_rows(demo_api, tables.deal_discounts)
    products = list_all(demo_api, "/api/v2/products")
    assert len(products) == 10
    assert all(len(product["prices"]) == 4 for product in products)
    assert demo_api.get("/api/v2/products/1/variations").data[0]["prices"][0]["currency"] == "EUR"


def test_calls_are_those_of_activities(demo_api: Api) -> None:
    calls = read_rows(demo_api, tables.call_logs)
    activities = {row["id"]: row for row in read_rows(demo_api, tables.activities)}
    assert len({call["activity_id"] for call in calls}) == len(calls)
    for call in calls:
        activity = activities[call["activity_id"]]
        assert (activity["type"], activity["done"]) == ("call", True)
        assert [call[name] for name in ("deal_id", "person_id")] == [
            activity[name] for name in ("deal_id", "person_id")
        ]
    own = demo_api.as_user(calls[0]["user_id"]).get("/v1/callLogs").data
    assert {call["outcome"] for call in own} >= {"connected", "no_answer"}


def test_its_team_writes_and_gets_mail(demo_api: Api) -> None:
    threads = read_rows(demo_api, tables.mail_threads)
    messages = read_rows(demo_api, tables.mail_messages)
    assert {bool(row["deal_id"]) for row in threads} == {bool(row["lead_id"]) for row in threads} == {True, False}
    for flag in ("is_private", "is_archived", "is_smart_bcc", "has_drafts", "has_sent", "has_received", "is_read"):
        assert {row[flag] for row in threads} == {True, False}, flag
    assert any(row["has_real_attachments"] for row in messages)
    assert read_rows(demo_api, tables.leads)
    listed = [
        thread["id"]
        for user_id in (1, 2, 3, 4)
        for folder in ("inbox", "sent", "drafts", "archive")
        for thread in demo_api.as_user(user_id).get("/v1/mailbox/mailThreads", folder=folder, limit=500).data
    ]
    assert set(listed) == {row["id"] for row in threads}
    deal = next(row for row in read_rows(demo_api, tables.deals) if row["email_messages_count"] > 1)
    found = demo_api.as_user(deal["owner_id"]).get(f"/v1/deals/{deal['id']}/mailMessages").data
    assert len(found) == deal["email_messages_count"]
    body = demo_api.as_user(deal["owner_id"]).get(f"/v1/mailbox/mailMessages/{found[0]['data']['id']}", include_body=1)
    assert body.data["body"].startswith("<p>Hello ")
    assert body.data["from"][0]["linked_person_id"] or body.data["to"][0]["linked_person_id"]


def test_visitors_have_written_to_its_channel(demo_api: Api) -> None:
    assert [row["name"] for row in read_rows(demo_api, tables.channels)] == ["Website chat"]
    assert len(read_rows(demo_api, tables.conversations)) == 3
    assert len(read_rows(demo_api, tables.channel_messages)) == 6


def test_files_and_pictures_can_be_downloaded(demo_api: Api) -> None:
    listed = demo_api.get("/v1/files").data
    assert all(len(demo_api.get(f"/v1/files/{file['id']}/download").body) == file["file_size"] for file in listed)
    pictures = [one["picture_id"]["pictures"] for one in demo_api.get("/v1/persons").data if one["picture_id"]]
    assert len(pictures) == 2
    for address in pictures[0].values():
        assert demo_api.send("GET", urlsplit(address).path, headers={}).body.startswith(b"\xff\xd8")


def test_roles_decide_what_each_user_sees(demo_api: Api) -> None:
    admin, manager, *sellers = (len(list_all(demo_api.as_user(id), "/api/v2/deals")) for id in (1, 2, 3, 4))
    assert admin >= manager > max(sellers)
    # Who wins new customers does not see the pipeline of renewals, and owns nothing in it.
    assert [[one["id"] for one in demo_api.as_user(id).get("/api/v2/pipelines").data] for id in (3, 4)] == [[1], [1, 2]]
    assert {deal["pipeline_id"] for deal in list_all(demo_api.as_user(3), "/api/v2/deals")} == {1}


def test_the_team_has_roles_permission_sets_and_teams(demo_api: Api) -> None:
    levels = {role["name"]: role["level"] for role in demo_api.get("/v1/roles").data}
    assert levels == {
        "(Unassigned users)": 1,
        "Sales management": 1,
        "Partners": 1,
        "New business": 2,
        "Existing customers": 2,
    }
    sets = [one for one in demo_api.get("/v1/permissionSets", app="sales").data if one["type"] == "manager"]
    assert [(one["name"], one["assignment_count"]) for one in sets] == [("Sales manager", 1)]
    assert demo_api.get("/v1/users/2/permissions").data["can_merge_deals"] is True
    assert [team["users"] for team in demo_api.get("/v1/legacyTeams").data] == [[3, 4], [2, 4]]


def test_goals_are_in_progress(demo_api: Api) -> None:
    found = [
        goal
        for type in ("person", "team", "company")
        for goal in demo_api.get("/v1/goals/find", **{"assignee.type": type}).data["goals"]
    ]
    assert len(found) == 6
    quarter = {"period.start": "2026-01-01", "period.end": "2026-03-31"}
    for goal in found:
        assert demo_api.get(f"/v1/goals/{goal['id']}/results", **quarter).data["progress"] > 0, goal["title"]


@pytest.mark.parametrize("kind", [DEAL, PERSON, ORGANIZATION], ids=lambda kind: kind.object)
def test_every_type_of_custom_field_has_values(demo_api: Api, kind: RecordType[Any]) -> None:
    fields = {
        field["field_code"]: field["field_type"]
        for field in list_all(demo_api, f"/api/v2/{kind.object}Fields")
        if field["is_custom_field"]
    }
    assert set(fields.values()) == set(TYPES)
    newer, older = list_all(demo_api, f"/api/v2/{kind.object}s"), demo_api.get(f"/v1/{kind.object}s", limit=500).data
    for key in fields:
        assert any(record["custom_fields"][key] is not None for record in newer)
        assert any(record[key] is not None for record in older)
    # The rules accept these values, except for links, whose targets may have been deleted since.
    with demo_api.companies.unit_of_work(demo_api.principal.company, 1, write=False) as crm:
        for row in read_rows(demo_api, kind.table)[:50]:
            stored = {key: v for key, v in row["custom_fields"].items() if fields[key] not in ("org", "people")}
            assert custom.parse_v2(crm, kind.object, stored) == stored


def test_records_are_as_the_api_declares_them(demo_api: Api) -> None:
    for path in ("deals", "persons", "organizations", "activities"):
        assert list_all(demo_api, f"/api/v2/{path}")
        assert demo_api.get(f"/v1/{path}", limit=500).data
    assert any(one["location"] for one in list_all(demo_api, "/api/v2/activities"))


def test_addresses_are_examples_only(demo_api: Api) -> None:
    texts = str(read_all_tables(demo_api))
    addresses = set(re.findall(r"[\w.+-]+@[\w.-]+", texts))
    assert len(addresses) > 100
    assert all(re.fullmatch(r"[\w.+-]+@([\w-]+\.)?example\.(com|org)", address) for address in addresses)


def test_new_ids_follow_the_last_ones(api: Api) -> None:
    demo.fill(api.companies, api.principal.company, deals=5)
    created = api.post("/api/v2/deals", {"title": "Mine", "org_id": 1, "person_id": 1})
    assert created.data["id"] == 6
    assert api.post("/api/v2/persons", {"name": "Nina New"}).data["id"] == 5
    assert api.post("/v1/dealFields", {"name": "Mine", "field_type": "text"}).status == 200


def test_filling_leaves_the_tables_as_they_were(api: Api) -> None:
    def schema() -> set[tuple[str, ...]]:
        with api.principal.company.database.read() as db:
            if db.dialect == "sqlite":
                return set(db.rows(sa.text("select type, name, sql from sqlite_master where sql is not null")))
            indexes = "select indexname, indexdef from pg_indexes where schemaname = '{schema}'"
            return set(db.rows(sa.text(indexes.format(schema=api.principal.company.database.schema))))

    before = schema()
    assert any("ix_changes_time" in row for row in before)
    demo.fill(api.companies, api.principal.company, deals=5)
    after = schema()
    assert after >= before
    # The fields of deals that link organizations have indexes of their own.
    links = [
        field["key"] for field in api.get("/v1/dealFields").data if field["field_type"] == "org" and field["edit_flag"]
    ]
    names = {name for row in after - before for name in row if name.startswith("ix_")}
    assert names == {f"ix_deals_{key}" for key in links}


def test_a_company_with_records_is_not_filled(api: Api) -> None:
    api.post("/api/v2/persons", {"name": "Nina New"})
    with pytest.raises(Conflict):
        demo.fill(api.companies, api.principal.company)


def test_very_many_deals_are_copies_with_the_right_counts(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_BLOCK_SIZE", 40)
    progress: list[int] = []
    assert demo.fill_many(api.companies, api.principal.company, deals=202, progress=progress.append) == 200
    assert progress == [40, 200]
    counted = (DEAL, PERSON, ORGANIZATION)
    before = [read_rows(api, kind.table) for kind in counted]
    assert [len(those) for those in before] == [200, 150, 80]
    assert len({(deal["add_time"], deal["title"]) for deal in before[0]}) == 200
    assert find_problems(api) == []
    assert api.post("/api/v2/deals", {"title": "Mine"}).data["id"] == 201
