"""What a request costs does not grow with the other records of the same organization, person and deal.

Every operation is called beside `FEW` and beside `MANY` of them, on SQLite, whose virtual machine counts its steps. Each property
that links, ends or deletes a record goes alone, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from dealwright.contract.endpoint import Endpoint
from dealwright.crm import invariants
from dealwright.crm.kernel.cache import CAPACITY_VARIABLE
from dealwright.server.binding import handlers
from dealwright.storage import tables
from dealwright.storage.engines import SqliteDatabase, Transaction
from tests import company
from tests.api import Api
from tests.call_strategies import minimal_call, properties
from tests.growth.test_endpoints import run_inline
from tests.populated_company import PopulatedCompany, populate, roll_back_writes

FEW, MANY = 100, 1000
STEPS_PER_CALLBACK = 20
TOLERANCE = 1.5
SLACK = 1000
"""Steps that a call may take more, in which small ones differ by chance."""

ENDPOINTS = sorted((endpoint for endpoint, _ in handlers().values()), key=lambda endpoint: endpoint.qualified_name)

VALUES: Mapping[str, tuple[Any, ...]] = {
    "deal_id": (1, 2),
    "person_id": (1, 2),
    "org_id": (1, 2),
    "organization_id": (1, 2),
    "status": ("won", "lost"),
    "stage_id": (2,),
    "done": (True, 1),
    "is_enabled": (False,),
    "product_id": (1, 2),
    "is_archived": (True,),
    "is_deleted": (True,),
    "due_date": ("2026-01-01", "2027-01-01"),
    "deal_ids": ([1],),
    "person_ids": ([1],),
    "project_id": (1,),
    "parent_task_id": (1,),
    "assignee_ids": ([1],),
    "phase_id": (1,),
    "participants": ([{"person_id": 1, "primary": True}], [{"person_id": 1, "primary_flag": True}]),
}
"""The properties that decide what other records count."""

FILTERS: Mapping[str, tuple[Any, ...]] = {
    **dict.fromkeys(("deal_id", "person_id", "org_id", "organization_id", "only_primary_association"), (1,)),
    **dict.fromkeys(("project_id", "assignee_id", "parent_task_id"), (1,)),
    "sort_by": ("id", "add_time", "update_time", "due_date"),
    "sort_direction": ("desc",),
    "done": (True, 1, 0),
    "status": ("open",),
    "exclude": ("1,2,30",),
}
"""The parameters of lists of one record's own rows."""

WORK_ON_ALL = {
    "merge": "all records of one become those of the other",
    "search": "looks at all records that have the term",
    "lead_labels_by_id": "the label is taken from all leads",
    "v1.get_deals_summary": "is about all deals",
    "v1.get_deals_timeline": "is about all deals",
    "v1.get_pipelines": "statistics are about all deals of a pipeline",
    "v1.get_goals": "is about all deals",
    "v1.delete_pipelines_by_id": "deletes the deals, too",
    "v1.get_projects_by_id_": "is about all tasks or activities of a project",
    "v1.delete_projects": "deletes the tasks, too",
    "v2.delete_projects": "deletes the tasks, too",
    "v2.delete_boards_by_id": "deletes the projects, too",
    "v2.delete_phases_by_id": "deletes the projects, too",
    "v1.delete_stages": "deletes the deals, too",
    "v1.put_stages_by_id": "moves the deals, too",
    "v2.delete_pipelines_by_id": "deletes the deals, too",
    "v1.delete_channels": "deletes the conversations or messages, too",
    "v2.delete_stages_by_id": "deletes the deals, too",
    "v2.patch_stages_by_id": "moves the deals, too",
}
"""What is about all records by its nature, by the beginning or a part of its name."""


class Populated(NamedTuple):
    """A company in which nothing stays written, and the number of steps that its database has taken."""

    api: Api
    found: PopulatedCompany
    steps: list[int]

    def count_steps(self, endpoint: Endpoint[..., Any], parameters: dict[str, Any], body: dict[str, Any]) -> int:
        """Returns the number of steps of a call; 0 for one that is refused."""
        call = minimal_call(endpoint, self.found.samples(endpoint.path), parameters, body)
        least = 0
        for _ in range(2):
            # The first call fills caches.
            self.steps[0] = 0
            answer = self.api.send(endpoint.method, call.path, call.body, call.content_type, raw_query=call.query)
            least = self.steps[0]
            if answer.status >= 400:
                return 0
        return least * STEPS_PER_CALLBACK


def counting_connect(steps: list[int]) -> Callable[[SqliteDatabase], Any]:
    """Returns what opens connections that count in ``steps`` how often their virtual machine has taken `STEPS_PER_CALLBACK`."""
    connect = SqliteDatabase._connect

    def count() -> int:
        steps[0] += 1
        return 0

    def connect_counting(database: SqliteDatabase) -> Any:
        connection = connect(database)
        connection.set_progress_handler(count, STEPS_PER_CALLBACK)
        return connection

    return connect_counting


@pytest.fixture(scope="module")
def both(template_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Populated, Populated]]:
    """Yields two companies: with few neighbours of records, and with many."""
    with pytest.MonkeyPatch.context() as patch:
        steps = [0]
        # Others change records all the time, so that no page is found in memory.
        patch.setenv(CAPACITY_VARIABLE, "0")
        connect, connect_counting = SqliteDatabase._connect, counting_connect(steps)
        made = []
        for number in (FEW, MANY):
            folder = tmp_path_factory.mktemp("neighbours") / "platform"
            api = company.open_api(company.copy_folder(template_folder, folder))
            found = populate(api)
            with api.principal.company.database.write() as db:
                add_neighbours(db, number)
                invariants.repair(db)
            assert company.find_problems(api) == []
            company.close(api)
            patch.setattr(SqliteDatabase, "_connect", connect_counting)
            api = company.open_api(str(folder))
            roll_back_writes(api, patch)
            run_inline(api.app)
            # Short reads replace what counts by their own.
            patch.setattr(api.app, "_reads_on_event_loop", False)
            made.append(Populated(api, found, steps))
            patch.setattr(SqliteDatabase, "_connect", connect)
            # Readers are opened when they are needed.
            for database in (api.principal.company.database, api.companies.platform.database):
                patch.setattr(database, "_connect", connect_counting.__get__(database))
        yield made[0], made[1]
        for one in made:
            company.close(one.api)


def add_neighbours(db: Transaction, number: int) -> None:
    """Adds so many records of each kind to the first organization, person and deal."""
    links = {"org_id": 1, "person_id": 1}
    for table in (tables.activities, tables.notes, tables.files):
        db.execute(sa.update(table).where(table.c.id == 1).values(links | {"deal_id": 1}))
    db.execute(sa.update(tables.notes).where(tables.notes.c.id == 1).values(project_id=1))
    db.execute(sa.delete(tables.activity_participants).where(tables.activity_participants.c.activity_id == 1))
    numbers = (
        "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < "
        f"{number}) insert into {{table}} ({{names}}) select {{values}} from {{table}}, numbers where {{table}}.id = 1"
    )
    for table, changed in (
        (tables.deals, {}),
        (tables.persons, {}),
        (tables.leads, {"uuid": "printf('%08x-0000-4000-8000-000000000000', n)"}),
        (tables.activities, {"done": "n % 2", "marked_as_done_time": "case n % 2 when 1 then add_time end"}),
        (tables.notes, {}),
        (tables.files, {}),
        (tables.call_logs, {"uuid": "printf('%032x', n)", "activity_id": "null"}),
        (tables.projects, {}),
        (tables.tasks, {}),
        (tables.channels, {"uuid": "n", "provider_channel_id": "n"}),
        (tables.conversations, {"source_id": "n"}),
        (tables.channel_messages, {"source_id": "n + 1"}),
        (tables.mail_threads, {}),
        (
            tables.mail_messages,
            {"mail_thread_id": "n + 3", "mua_message_id": "n || '@neighbour'", "content_key": "null", "body_size": "0"},
        ),
    ):
        names = [column.name for column in table.c if column.name != "id"]
        values = ", ".join(changed.get(name, name) for name in names)
        db.execute_sql(numbers.format(table=table.name, names=", ".join(names), values=values))
    db.execute_sql(
        "insert into deal_participants (deal_id, person_id, added_by_user_id, add_time) "
        "select id, 1, 1, add_time from deals where person_id = 1 and id > 3"
    )
    for link in ("deal_id", "person_id", "org_id"):
        db.execute_sql(f"insert into project_links (project_id, {link}) select id, 1 from projects where id > 3")
    copied = "message_time, is_draft, is_sent, is_private, is_deleted"
    for link in ("person_id", "org_id"):
        db.execute_sql(
            f"insert into mail_links (mail_message_id, mail_thread_id, user_id, {link}, {copied}) "
            f"select id, mail_thread_id, user_id, 1, {copied} from mail_messages where id > 3"
        )
    db.execute_sql(
        "insert into mail_parties (mail_message_id, mail_thread_id, role, position, email_address, name, person_id, is_latest) "
        "select id, mail_thread_id, 'from', 0, 'person1@example.com', '', 1, 1 from mail_messages where id > 3"
    )
    db.execute_sql("insert into task_assignees (task_id, user_id, position) select id, 1, 0 from tasks where id > 3")
    # Many take part in the third deal.
    db.execute_sql(
        "insert into deal_participants (deal_id, person_id, added_by_user_id, add_time) "
        "select 3, id, 1, add_time from persons where id > 3"
    )
    # All other deals have the first product, too.
    lines = tables.deal_products
    names = [column.name for column in lines.c if column.name not in ("id", "deal_id")]
    copied = ", ".join(f"deal_products.{name}" for name in names)
    db.execute_sql(
        f"insert into deal_products (deal_id, {', '.join(names)}) select deals.id, {copied} "
        "from deals, deal_products where deals.id > 3 and deal_products.id = 1"
    )
    db.execute_sql(
        "insert or ignore into activity_participants (activity_id, person_id, position, is_primary) "
        "select id, person_id, 0, 1 from activities where person_id = 1"
    )


def variants(endpoint: Endpoint[..., Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yields the parameters and properties that an operation is called with."""
    limit: dict[str, Any] = {"limit": 10} if any(one.name == "limit" for one in endpoint.parameters) else {}
    yield limit, {}
    names = [one.name for one in endpoint.parameters if not one.required]
    parents = [name for name in names if name in FILTERS and FILTERS[name] == (1,)]
    for name in names:
        for value in FILTERS.get(name, ()):
            yield limit | {name: value}, {}
            for parent in parents if parents and name not in parents else ():
                yield limit | {name: value, parent: 1}, {}
    declared = properties(endpoint)
    for name in declared:
        if name == "org_id" and endpoint.method in ("PUT", "PATCH") and "/persons/" in endpoint.path:
            # All deals of a person are related to its organization; they are counted in an index.
            continue
        for value in VALUES.get(name, ()):
            yield {}, {name: value}
    everything: dict[str, Any] = {
        name: VALUES[name][0] for name in ("deal_id", "person_id", "org_id") if name in declared
    }
    if "deal_id" in everything:
        yield {}, everything


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.qualified_name)
def test_a_request_costs_the_same_beside_many(both: tuple[Populated, Populated], endpoint: Endpoint[..., Any]) -> None:
    if any(endpoint.qualified_name.startswith(name) or name in endpoint.qualified_name for name in WORK_ON_ALL):
        return
    found = {}
    for parameters, body in variants(endpoint):
        one, other = (populated.count_steps(endpoint, parameters, body) for populated in both)
        if other > one * TOLERANCE + SLACK:
            found[str(parameters | body)] = one, other
    assert found == {}


@pytest.mark.parametrize("name", ["v1.get_deals_by_id", "v1.get_deals", "v2.get_organizations", "v2.patch_deals_by_id"])
def test_steps_are_counted(both: tuple[Populated, Populated], name: str) -> None:
    [endpoint] = [one for one in ENDPOINTS if one.qualified_name == name]
    assert all(populated.count_steps(endpoint, {}, {}) > 0 for populated in both)
