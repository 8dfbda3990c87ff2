"""The change log of invented records: the rules would have written the same, had all of it happened."""

from __future__ import annotations

from operator import itemgetter
from typing import Any

from dealwright.crm import records, relations
from dealwright.crm.changes import Action
from dealwright.crm.demo import times
from dealwright.crm.kinds import Kind, Object
from dealwright.crm.relations import Relation
from dealwright.crm.values import Values, dumps
from dealwright.storage.engines import Transaction
from dealwright.storage.tables import changes

_COLUMNS = ("time", "actor_user_id", "object", "record_id", "action", "fields", "source")


class Log:
    """Mutations in any order; written in the order of their times."""

    def __init__(self) -> None:
        self._entries: list[tuple[int, int, Object, int, Action, str, str]] = []

    def created(self, kind: Kind[Any], id: int, values: Values, at: int, actor: int, source: str = "app") -> None:
        """A record began with some values, and without being deleted."""
        self._add(at, actor, kind.object, id, "create", dumps(records.first_values(values)), source)
        values |= {"is_deleted": False, "delete_time": None}

    def changed(
        self,
        kind: Kind[Any],
        id: int,
        values: Values,
        at: int,
        actor: int,
        new: Values,
        action: Action = "update",
    ) -> None:
        """A record's values changed; ``values`` are brought up to date. Later changes of other values may be known already."""
        really, fields = records.differences(values.get, new)
        if really:
            values |= {**really, "update_time": max(str(values["update_time"]), times.text(at))}
            values |= {name: actor for name in records.EDITORS if name in values}
            self._add(at, actor, kind.object, id, action, dumps(fields), "app")

    def touched(self, kind: Kind[Any], id: int, values: Values, at: int, actor: int) -> None:
        """Something happened about a record, which counts as a change of it."""
        values["update_time"] = max(str(values["update_time"]), times.text(at))
        self._add(at, actor, kind.object, id, "update", "[]", "app")

    def deleted(self, kind: Kind[Any], id: int, values: Values, at: int, actor: int) -> None:
        """A record was deleted."""
        gone: Values = {"is_deleted": True, "delete_time": times.text(at)}
        self.changed(kind, id, values, at, actor, gone, "delete")

    def began(self, relation: Relation, object: Object, record_id: int, other_id: int, at: int, actor: int) -> None:
        """A user follows a record, or a person takes part in it."""
        self._add(at, actor, object, record_id, relations.BEGINS[relation], dumps([(relation, None, other_id)]), "app")

    def write(self, db: Transaction) -> None:
        """Stores all entries."""
        self._entries.sort(key=itemgetter(0))
        second, thousandth = 0, 0
        rows = []
        for at, *row in self._entries:
            # Entries of the same second keep their order.
            thousandth = thousandth + 1 if at == second else at % 500
            second = at
            rows.append((f"{times.text(at)}.{thousandth % 1000:03d}", *row))
        with db.without("index", changes):
            db.insert_rows(changes, _COLUMNS, rows)

    def _add(self, at: int, actor: int, kind: Object, id: int, action: Action, fields: str, source: str) -> None:
        self._entries.append((at, actor, kind, id, action, fields, source))
