"""The demo company: as if everything in it had come about through the rules, and the same every time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
import sqlalchemy as sa

from dealwright.crm import counters, demo
from dealwright.crm.changes import OF_RECORDS
from dealwright.crm.demo import copying
from dealwright.crm.errors import Conflict
from dealwright.crm.fields import custom
from dealwright.crm.fields.types import TYPES
from dealwright.crm.kinds import Kind
from dealwright.crm.model.activities import ACTIVITY
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.files import FILE
from dealwright.crm.model.notes import NOTE
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.records import SILENT
from dealwright.storage import tables
from dealwright.storage.types import JsonText
from tests import company
from tests.api import Api
from tests.conftest import DATABASES, empty_postgres_database

DEALS = 400
KINDS: tuple[Kind[Any], ...] = (DEAL, PERSON, ORGANIZATION, ACTIVITY, NOTE, FILE)
COUNTED = re.compile(r".*_count|(next|last)_activity_.*")
KEY = re.compile(r"[0-9a-f]{40}")
OTHERS = (
    tables.activity_participants,
    tables.changes,
    tables.deal_participants,
    tables.deal_stages,
    tables.field_options,
    tables.fields,
    tables.followers,
    tables.note_comments,
    tables.person_pictures,
    tables.pipelines,
    tables.roles,
    tables.stages,
)

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module", params=DATABASES)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A demo company, which no test changes."""
    with demo_company(request.param, tmp_path_factory.mktemp("demo")) as api:
        yield api


@contextmanager
def demo_company(dialect: str, folder: Path) -> Iterator[Api]:
    with ExitStack() as cleanup:
        location = str(folder) if dialect == "sqlite" else cleanup.enter_context(empty_postgres_database())
        company.found(location)
        api = company.open_api(location, files=str(folder / "files"))
        cleanup.callback(company.close, api)
        demo.fill(api.companies, api.bearer.company, deals=DEALS)
        yield api


def rows(api: Api, table: sa.Table) -> Rows:
    """All rows of a table, without how often they were written, and JSON as what it means."""
    columns = [column for column in table.c if column.name != "revision"]
    order = [table.c[name] for name in ("id", "uuid", "activity_id", "person_id") if name in table.c]
    with api.bearer.company.database.read() as db:
        found = db.rows(sa.select(*columns).order_by(*order))
    return [
        {
            column.name: orjson.loads(value) if column.type is JsonText and value is not None else value
            for column, value in zip(columns, row, strict=True)
        }
        for row in found
    ]


def everything(api: Api) -> dict[str, Rows]:
    return {table.name: rows(api, table) for table in (*(kind.table for kind in KINDS), *OTHERS)}


def recount(api: Api) -> None:
    """Has the rules count everything."""
    deals, persons, organizations = (
        [row["id"] for row in rows(api, kind.table)] for kind in (DEAL, PERSON, ORGANIZATION)
    )
    with api.companies.unit(api.bearer.company, 1, write=True) as crm:
        for recounted in (counters.recount_activities, counters.recount_notes, counters.recount_files):
            recounted(crm, deals, persons, organizations)
        counters.recount_followers(crm, "deal", deals)
        counters.recount_followers(crm, "person", persons)
        counters.recount_followers(crm, "organization", organizations)
        counters.recount_deals(crm, persons, organizations)
        counters.recount_participants(crm, deals)
        counters.recount_people(crm, organizations)


def every(api: Api, path: str) -> Rows:
    """All members of a list of v2."""
    answer = api.get(path, limit=500)
    found: Rows = answer.data
    while answer.next_cursor:
        answer = api.get(path, limit=500, cursor=answer.next_cursor)
        found += answer.data
    return found


def test_sizes_follow_from_the_number_of_deals(filled: Api) -> None:
    assert [len(rows(filled, kind.table)) for kind in KINDS] == [DEALS, 300, 160, 1000, 80, 3]


def test_the_same_seed_gives_the_same_data(filled: Api, tmp_path: Path) -> None:
    with demo_company(filled.bearer.company.database.dialect, tmp_path) as again:
        assert everything(again) == everything(filled)


def test_counting_again_changes_nothing(filled: Api) -> None:
    before = [rows(filled, kind.table) for kind in (DEAL, PERSON, ORGANIZATION)]
    assert all(sum(row["activities_count"] for row in those) for those in before)
    recount(filled)
    assert [rows(filled, kind.table) for kind in (DEAL, PERSON, ORGANIZATION)] == before


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.object)
def test_the_change_log_leads_to_the_records(filled: Api, kind: Kind[Any]) -> None:
    records: dict[int, dict[str, Any]] = {}
    for change in rows(filled, tables.changes):
        if change["object"] != kind.object or change["action"] not in OF_RECORDS:
            continue
        assert (change["action"] == "create") == (change["record_id"] not in records)
        record = records.setdefault(change["record_id"], {"is_deleted": False})
        for name, old, new in change["fields"]:
            assert (record.get(name) or None) == (old or None)
            record[name] = new
        record["update_time"] = change["time"][:19]
    stored = {row["id"]: row for row in rows(filled, kind.table)}
    assert records.keys() == stored.keys()
    for id, row in stored.items():
        assert row["update_time"] == records[id]["update_time"]
        assert logged(row) == {name: value for name, value in records[id].items() if seen(name, value)}


def test_the_change_log_leads_to_followers_and_participants(filled: Api) -> None:
    told: dict[str, list[tuple[Any, ...]]] = {"follow": [], "join": []}
    for change in rows(filled, tables.changes):
        if change["action"] in told:
            ((_, _, other_id),) = change["fields"]
            told[change["action"]].append((change["object"], change["record_id"], other_id, change["time"][:19]))
    followers, participants = rows(filled, tables.followers), rows(filled, tables.deal_participants)
    assert sorted(told["follow"]) == sorted(
        (one["object"], one["record_id"], one["user_id"], one["add_time"]) for one in followers
    )
    assert sorted(told["join"]) == sorted(
        ("deal", one["deal_id"], one["person_id"], one["add_time"]) for one in participants
    )


def logged(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the change log should say about a record in the end."""
    values = {**row, **row.get("custom_fields", {})}
    return {name: value for name, value in values.items() if name not in ("id", "custom_fields") and seen(name, value)}


def seen(name: str, value: object) -> bool:
    return bool(value) and name not in SILENT and not COUNTED.fullmatch(name)


def test_deals_stand_where_they_came_to(filled: Api) -> None:
    visits: dict[int, Rows] = {}
    for visit in rows(filled, tables.deal_stages):
        visits.setdefault(visit["deal_id"], []).append(visit)
    for deal in rows(filled, tables.deals):
        path = visits[deal["id"]]
        assert (path[0]["entered_time"], path[-1]["left_time"]) == (deal["add_time"], None)
        assert path[-1]["stage_id"] == deal["stage_id"]
        assert [visit["left_time"] for visit in path[:-1]] == [visit["entered_time"] for visit in path[1:]]
        assert deal["stage_change_time"] == (path[-1]["entered_time"] if len(path) > 1 else None)


def test_it_sells_like_a_company(filled: Api) -> None:
    deals = rows(filled, tables.deals)
    by_status = {status: [deal for deal in deals if deal["status"] == status] for status in ("open", "won", "lost")}
    assert 0.3 < len(by_status["won"]) / (len(by_status["won"]) + len(by_status["lost"])) < 0.45
    assert len(by_status["open"]) > DEALS / 20
    assert len({deal["currency"] for deal in deals}) == 4
    assert {deal["pipeline_id"] for deal in by_status["won"]} == {1, 2}
    assert all(deal["lost_reason"] for deal in by_status["lost"])
    assert any(deal["is_archived"] for deal in deals)
    assert any(deal["is_deleted"] for deal in deals)
    assert len({deal["owner_id"] for deal in deals}) == 4
    due = {activity["due_date"] for activity in rows(filled, tables.activities) if not activity["done"]}
    assert min(due) < "2026-03-02" < max(due)
    assert "2026-03-02" in due
    now = "2026-03-02 10:00:00"
    assert all(row["add_time"] <= row["update_time"] <= now for kind in KINDS for row in rows(filled, kind.table))


def test_files_and_pictures_can_be_looked_at(filled: Api) -> None:
    listed = filled.get("/v1/files").data
    assert all(len(filled.get(f"/v1/files/{file['id']}/download").body) == file["file_size"] for file in listed)
    pictures = [one["picture_id"]["pictures"] for one in filled.get("/v1/persons").data if one["picture_id"]]
    assert len(pictures) == 2
    for address in pictures[0].values():
        assert filled.send("GET", urlsplit(address).path, headers={}).body.startswith(b"\xff\xd8")


def test_roles_tell_what_each_user_sees(filled: Api) -> None:
    admin, manager, *sellers = (len(every(filled.as_user(id), "/api/v2/deals")) for id in (1, 2, 3, 4))
    assert admin >= manager > max(sellers)


@pytest.mark.parametrize("kind", [DEAL, PERSON, ORGANIZATION], ids=lambda kind: kind.object)
def test_every_type_of_custom_field_has_values(filled: Api, kind: Kind[Any]) -> None:
    fields = {
        field["field_code"]: field["field_type"]
        for field in every(filled, f"/api/v2/{kind.object}Fields")
        if field["is_custom_field"]
    }
    assert set(fields.values()) == set(TYPES)
    newer, older = every(filled, f"/api/v2/{kind.object}s"), filled.get(f"/v1/{kind.object}s", limit=500).data
    for key in fields:
        assert any(record["custom_fields"][key] is not None for record in newer)
        assert any(record[key] is not None for record in older)
    # The rules would have taken them; links apart, whose targets may be gone since.
    with filled.companies.unit(filled.bearer.company, 1, write=False) as crm:
        for row in rows(filled, kind.table)[:50]:
            stored = {key: v for key, v in row["custom_fields"].items() if fields[key] not in ("org", "people")}
            assert custom.read_v2(crm, kind.object, stored) == stored


def test_records_are_as_the_api_declares_them(filled: Api) -> None:
    for path in ("deals", "persons", "organizations", "activities"):
        assert every(filled, f"/api/v2/{path}")
        assert filled.get(f"/v1/{path}", limit=500).data
    assert any(one["location"] for one in every(filled, "/api/v2/activities"))


def test_no_mail_leaves_for_anybody(filled: Api) -> None:
    texts = str(everything(filled))
    addresses = set(re.findall(r"[\w.+-]+@[\w.-]+", texts))
    assert len(addresses) > 100
    assert all(re.fullmatch(r"[\w.+-]+@([\w-]+\.)?example\.(com|org)", address) for address in addresses)


def test_new_records_go_on_from_the_last(api: Api) -> None:
    demo.fill(api.companies, api.bearer.company, deals=5)
    created = api.post("/api/v2/deals", {"title": "Mine", "org_id": 1, "person_id": 1})
    assert created.data["id"] == 6
    assert api.post("/api/v2/persons", {"name": "Nina New"}).data["id"] == 5
    assert api.post("/v1/dealFields", {"name": "Mine", "field_type": "text"}).status == 200


def test_filling_leaves_the_tables_as_they_were(api: Api) -> None:
    def schema() -> set[tuple[str, ...]]:
        with api.bearer.company.database.read() as db:
            if db.dialect == "sqlite":
                return set(db.rows(sa.text("select type, name, sql from sqlite_master where sql is not null")))
            indexes = "select indexname, indexdef from pg_indexes where schemaname = '{schema}'"
            return set(db.rows(sa.text(indexes.format(schema=api.bearer.company.database.schema))))

    before = schema()
    assert any("ix_changes_time" in row for row in before)
    demo.fill(api.companies, api.bearer.company, deals=5)
    assert schema() == before


def test_a_company_with_records_is_left_alone(api: Api) -> None:
    api.post("/api/v2/persons", {"name": "Nina New"})
    with pytest.raises(Conflict):
        demo.fill(api.companies, api.bearer.company)


def test_very_many_deals_are_copies_with_all_that_counts(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "_BLOCK", 40)
    told: list[int] = []
    assert demo.fill_many(api.companies, api.bearer.company, deals=202, progress=told.append) == 200
    assert told == [40, 200]
    counted = (DEAL, PERSON, ORGANIZATION)
    before = [rows(api, kind.table) for kind in counted]
    assert [len(those) for those in before] == [200, 150, 80]
    assert len({(deal["add_time"], deal["title"]) for deal in before[0]}) == 200
    recount(api)
    assert [rows(api, kind.table) for kind in counted] == before
    assert api.post("/api/v2/deals", {"title": "Mine"}).data["id"] == 201
