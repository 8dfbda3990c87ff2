"""Compares the change log with the records of all types."""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Any

import sqlalchemy as sa

from dealwright import crm
from dealwright.contract.bodies import CUSTOM_FIELD_KEY
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.values.formats import loads
from dealwright.storage.engines import Transaction
from dealwright.storage.tables import changes
from tests.api import Api


def record_types() -> list[RecordType[Any]]:
    """All record types there are: those that the models of the wings declare."""
    models = [
        import_module(name)
        for _, name, _ in pkgutil.walk_packages(crm.__path__, f"{crm.__name__}.")
        if name.endswith(".model")
    ]
    found = {
        id(member): member for model in models for member in vars(model).values() if isinstance(member, RecordType)
    }
    return sorted(found.values(), key=lambda kind: kind.object)


def unlogged_records(api: Api) -> dict[str, list[int]]:
    """The ids of the records whose creation is not in the change log, by type; types without such records are left out."""
    created = (changes.c.action == "create") & (
        changes.c.time <= api.companies.clock().strftime("%Y-%m-%d %H:%M:%S.999")
    )
    found: dict[str, list[int]] = {}
    with api.principal.company.database.read() as db:
        for kind in record_types():
            logged = sa.select(changes.c.record_id).where(changes.c.object == kind.object, created)
            missing = sa.select(kind.table.c.id).where(kind.table.c.id.not_in(logged)).order_by(kind.table.c.id)
            if ids := list(db.values(missing)):
                found[kind.object] = ids
    return found


def broken_chains(db: Transaction) -> list[str]:
    """The fields of records whose change log does not lead, value by value, to what they hold now."""
    found = []
    values: dict[tuple[str, int], dict[str, Any]] = {}
    kept = {kind.object: frozenset(kind.table.c.keys()) for kind in record_types()}
    for object, id, fields in db.rows(
        sa.select(changes.c.object, changes.c.record_id, changes.c.fields).order_by(changes.c.id)
    ):
        known = values.setdefault((object, id), {})
        for name, old, new in loads(fields):
            # What is kept in other tables is logged, too: it comes and goes, and has no value.
            if name not in kept.get(object, ()) and not CUSTOM_FIELD_KEY.match(name):
                continue
            if name in known and known[name] != old:
                found.append(f"{object} {id}: {name} was {known[name]!r} and then {old!r}")
            known[name] = new
    for kind in record_types():
        for record in kind.to_records(db.rows(sa.select(kind.table))):
            custom = loads(record.custom_fields) if "custom_fields" in kind.table.c else {}
            for name, value in values.get((kind.object, record.id), {}).items():
                stored = getattr(record, name) if name in kept[kind.object] else custom.get(name)
                if isinstance(stored, str) and name in kind.json_columns:
                    stored = loads(stored)
                if stored != value:
                    found.append(f"{kind.object} {record.id}: {name} is {stored!r}, and was last changed to {value!r}")
    return found
