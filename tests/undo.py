"""Runs over the API, what they leave in a company, and taking them back."""

from __future__ import annotations

from typing import Any

import orjson
import sqlalchemy as sa

from dealwright.crm.history import undo
from dealwright.crm.integration import run_ids
from dealwright.storage import tables
from dealwright.storage.engines import Transaction
from dealwright.storage.types import JsonText
from tests.api import Api

CLOCKS = frozenset(
    {
        "update_time",
        "version",
        "delete_time",
        "updater_id",
        "update_user_id",
        "last_update_user_id",
        "last_updated_by_user_id",
    }
)
"""Columns that say when and by whom a row was changed last."""

_NOT_COMPARED = frozenset(
    {
        *(
            "changes",
            "undos",
            "jobs",
            "notifications",
            "webhook_events",
            "webhook_deliveries",
            "webhook_states",
            "search_texts",
            "deal_sums",
            "alembic_version",
        ),
        *("activity_counts", "company"),
    }
)
"""Logs, and what follows from other rows: `crm.invariants` looks after that."""

_OWNERS = {
    "deal_stages": ("deal_id", "deals"),
    "deal_participants": ("deal_id", "deals"),
    "deal_products": ("deal_id", "deals"),
    "deal_discounts": ("deal_id", "deals"),
    "deal_installments": ("deal_id", "deals"),
    "activity_participants": ("activity_id", "activities"),
    "product_prices": ("product_id", "products"),
    "product_variation_prices": ("product_variation_id", "product_variations"),
    "project_links": ("project_id", "projects"),
    "project_groups": ("project_id", "projects"),
    "task_assignees": ("task_id", "tasks"),
    "team_members": ("team_id", "teams"),
}
"""Rows that belong to a record, and are of no account once it is deleted."""

_RENUMBERED = frozenset(
    {"product_prices", "product_variation_prices", "project_links", "task_assignees", "team_members"}
)
"""Rows whose own ids nobody knows them by: they are written anew as a whole."""


def new_run(api: Api) -> tuple[str, Api]:
    """The id of a new run, and a client whose requests are part of it."""
    run_id = run_ids.new_id(api.clock())
    return run_id, api.in_run(run_id)


def take_back(api: Api, run_id: str) -> str:
    """Takes a run back as the user of a client; returns the id of the run that does it."""
    principal = api.principal
    return api.companies.run(principal.company, principal.user_id, lambda crm: undo.take_back(crm, run_id), write=True)


class State:
    """The rows of a company as the database has them; what is compared of them is made of the tables that differ."""

    def __init__(self, db: Transaction, dialect: str) -> None:
        self._rows = {
            table.name: db.rows(sa.select(*_columns(table)))
            for table in tables.metadata.sorted_tables
            if table.name not in _NOT_COMPARED and table.info.get("only") in (None, dialect)
        }

    def changed_tables(self, other: State) -> list[str]:
        """The tables whose rows are others, and those whose rows belong to records of one."""
        changed = {
            name for name, rows in self._rows.items() if rows != other._rows[name] and not self._same(other, name)
        }
        if changed:
            changed |= {name for name, (_, owner) in _OWNERS.items() if owner in changed} | {"followers"}
        return sorted(changed)

    def _same(self, other: State, name: str) -> bool:
        return sorted(self._rows[name], key=repr) == sorted(other._rows[name], key=repr)

    def comparable(self, name: str) -> dict[str, dict[str, Any]]:
        """The live rows of a table, without what says when they were changed, each by how it looks."""
        link, owner = _OWNERS.get(name, ("", ""))
        left_out = CLOCKS | ({"id"} if name in _RENUMBERED else frozenset())
        found: dict[str, dict[str, Any]] = {}
        for row in self._decoded(name):
            if _is_gone(row) or (owner and row[link] not in self._live(owner)):
                continue
            if name == "followers" and row["record_id"] not in self._live(_table_of(row["object"])):
                continue
            shown = {column: value for column, value in row.items() if column not in left_out}
            key = repr(shown)
            while key in found:
                key += " again"
            found[key] = shown
        return found

    def _decoded(self, name: str) -> list[dict[str, Any]]:
        columns = _columns(tables.metadata.tables[name])
        return [
            {
                column.name: orjson.loads(value) if column.type is JsonText and value is not None else value
                for column, value in zip(columns, row, strict=True)
            }
            for row in self._rows[name]
        ]

    def _live(self, name: str) -> frozenset[Any]:
        known = self.__dict__.setdefault("_live_ids", {})
        if name not in known:
            known[name] = frozenset(row["id"] for row in self._decoded(name) if not _is_gone(row))
        found: frozenset[Any] = known[name]
        return found


def _columns(table: sa.Table) -> list[sa.Column[Any]]:
    return [column for column in table.c if column.name != "revision"]


def _is_gone(row: dict[str, Any]) -> bool:
    return bool(row.get("is_deleted")) or row.get("is_active") in (False, 0)


def _table_of(object: str) -> str:
    return {"activity": "activities"}.get(object, f"{object}s")


def read_state(api: Api) -> State:
    """What a company has stored."""
    database = api.principal.company.database
    with database.read() as db:
        return State(db, database.dialect)


def difference(before: State, after: State) -> dict[str, Any]:
    """The tables that differ, with the rows that only one of the states has."""
    found = {}
    for name in before.changed_tables(after):
        one, other = before.comparable(name), after.comparable(name)
        if one.keys() != other.keys():
            found[name] = (
                [row for key, row in one.items() if key not in other],
                [row for key, row in other.items() if key not in one],
            )
    return found


def last_change(api: Api) -> int:
    """The newest entry of the change log."""
    with api.principal.company.database.read() as db:
        return db.value(sa.select(sa.func.max(tables.changes.c.id))) or 0


def last_run(api: Api) -> str | None:
    """The run of the newest entry of the change log."""
    with api.principal.company.database.read() as db:
        found: str | None = db.value(sa.select(tables.changes.c.run_id).order_by(tables.changes.c.id.desc()).limit(1))
    return found
