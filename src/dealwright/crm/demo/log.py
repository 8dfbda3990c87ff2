"""The change log of generated records, as the rules would have written it."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from dealwright.crm.demo import times
from dealwright.crm.kernel import records, relation_log
from dealwright.crm.kernel.record_types import Action, RecordType, RecordTypeName
from dealwright.crm.kernel.relation_log import Relation
from dealwright.crm.values.formats import Values, dumps
from dealwright.storage.engines import Transaction
from dealwright.storage.tables import changes

_COLUMNS = ("time", "actor_user_id", "object", "record_id", "action", "fields", "source")


class ChangeLog:
    """Changes in any order; `write` stores them in the order of their times."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, RecordTypeName, int, Action, str, str]] = []

    def create(
        self, kind: RecordType[Any], id: int, values: Values, timestamp: int, actor: int, source: str = "app"
    ) -> None:
        """Logs the initial values of a record, and adds to ``values`` that it is not deleted."""
        self._add(timestamp, actor, kind.object, id, "create", dumps(records.initial_changes(values)), source)
        values |= {"is_deleted": False, "delete_time": None}

    def update(
        self,
        kind: RecordType[Any],
        id: int,
        values: Values,
        timestamp: int,
        actor: int,
        new: Values,
        action: Action = "update",
    ) -> None:
        """Logs changed values of a record and updates ``values``, which may already hold later changes of others."""
        changed_values, fields = records.differences(values.get, new)
        if changed_values:
            values |= {**changed_values, "update_time": max(str(values["update_time"]), times.format_time(timestamp))}
            values |= {name: actor for name in records.UPDATED_BY_COLUMNS if name in values}
            self._add(timestamp, actor, kind.object, id, action, dumps(fields), "app")

    def touch(self, kind: RecordType[Any], id: int, values: Values, timestamp: int, actor: int) -> None:
        """Logs an event about a record, which counts as a change of it."""
        values["update_time"] = max(str(values["update_time"]), times.format_time(timestamp))
        self._add(timestamp, actor, kind.object, id, "update", "[]", "app")

    def delete(self, kind: RecordType[Any], id: int, values: Values, timestamp: int, actor: int) -> None:
        """Logs that a record was deleted, and updates ``values``."""
        gone: Values = {"is_deleted": True, "delete_time": times.format_time(timestamp)}
        self.update(kind, id, values, timestamp, actor, gone, "delete")

    def add_relation(
        self, relation: Relation, object: RecordTypeName, record_id: int, other_id: int, timestamp: int, actor: int
    ) -> None:
        """Logs that a user follows a record, or that a person takes part in it."""
        self._add(
            timestamp,
            actor,
            object,
            record_id,
            relation_log.ADDED_ACTIONS[relation],
            dumps([(relation, None, other_id)]),
            "app",
        )

    def write(self, db: Transaction) -> None:
        """Stores all entries in the order of their times."""
        self._entries.sort(key=itemgetter(0))
        second, thousandth = 0, 0
        rows = []
        for timestamp, *row in self._entries:
            # Entries of the same second keep their order.
            thousandth = thousandth + 1 if timestamp == second else timestamp % 500
            second = timestamp
            rows.append((f"{times.format_time(timestamp)}.{thousandth % 1000:03d}", *row))
        with db.temporarily_dropped("index", changes):
            db.insert_rows(changes, _COLUMNS, rows)

    def _add(
        self, timestamp: int, actor: int, object: RecordTypeName, id: int, action: Action, fields: str, source: str
    ) -> None:
        self._entries.append((timestamp, actor, object, id, action, fields, source))
