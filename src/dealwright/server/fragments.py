"""Records as JSON that is ready to send, remembered as long as they do not change.

A list asks the database only for ids and revisions; what it has shown before, it does not read or write again. The
database counts revisions (`storage.types.count_revisions`), so a fragment can be old only when its key is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar, cast

import orjson

from dealwright.crm import records
from dealwright.crm.kinds import Kind, Record
from dealwright.crm.unit import Crm

T = TypeVar("T")
R = TypeVar("R", bound=Record)


def shown(
    crm: Crm, form: Hashable, pointers: Sequence[tuple[int, Hashable]], show: Callable[[list[int]], dict[int, T]]
) -> list[T]:
    """Records as `orjson` takes them, in the order of ``pointers``: each an id and what its JSON depends on.

    ``form`` says how they are written: the dialect, and whatever of the request changes that. ``show`` gives the records
    of the ids that are not remembered.
    """
    if crm.writes:
        # What is not committed yet must not be remembered.
        found = show([id for id, _ in pointers])
        return [found[id] for id, _ in pointers]
    shelf = crm.memory.shelf((crm.company.id, crm.settings.version, form))
    keys = [(shelf, pointer) for pointer in pointers]
    remembered = crm.memory.recall(keys)
    missing = [id for (id, _), entry in zip(pointers, remembered, strict=True) if entry is None]
    made = {id: orjson.dumps(record) for id, record in show(missing).items()} if missing else {}
    crm.memory.remember((key, made[key[1][0]]) for key, entry in zip(keys, remembered, strict=True) if entry is None)
    return [
        cast("T", orjson.Fragment(made[id] if entry is None else entry))
        for (id, _), entry in zip(pointers, remembered, strict=True)
    ]


def listed(
    crm: Crm,
    kind: Kind[R],
    pointers: Sequence[tuple[int, int]],
    include_fields: Sequence[str] | None,
    custom_fields: Sequence[str] | None,
    show: Callable[[R], T],
) -> list[T]:
    """The records of a v2 list, written with the additional fields and the custom fields asked for."""

    def show_missing(ids: list[int]) -> dict[int, T]:
        found = records.many(crm, kind, ids) if include_fields else records.plain(crm, kind, ids)
        return {id: show(record) for id, record in found.items()}

    form = (kind.object, tuple(include_fields or ()), None if custom_fields is None else tuple(custom_fields))
    return shown(crm, form, pointers, show_missing)
