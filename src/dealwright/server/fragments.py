"""Records as JSON that is ready to send, remembered as long as they do not change.

A list asks the database only for ids and revisions; what it has shown before, it does not read or write again. The
database counts revisions (`storage.types.count_revisions`), so a fragment can be old only when its key is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar, cast

import orjson

from dealwright.crm import access, records
from dealwright.crm.kinds import Kind, Record
from dealwright.crm.unit import Crm

T = TypeVar("T")
R = TypeVar("R", bound=Record)
Pointer = tuple[int, *tuple[int | None, ...]]
"""The id of a record, and the revisions that its JSON depends on: its own, and those of the records shown in it."""

Show = Callable[[Crm, R, Sequence[str] | None, Sequence[str] | None], T]
"""How v2 writes a record, with the additional fields and the custom fields asked for."""


def shown(crm: Crm, form: Hashable, pointers: Sequence[Pointer], show: Callable[[list[int]], dict[int, T]]) -> list[T]:
    """Records as `orjson` takes them, in the order of ``pointers``.

    ``form`` says how they are written: the dialect, and whatever of the request changes that. ``show`` gives the records
    of the ids that are not remembered.
    """
    if crm.writes:
        # What is not committed yet must not be remembered.
        found = show([pointer[0] for pointer in pointers])
        return [found[pointer[0]] for pointer in pointers]
    shelf = crm.memory.shelf((crm.company.id, crm.settings.version, form))
    keys = [(shelf, *pointer) for pointer in pointers]
    remembered = crm.memory.recall(keys)
    if None not in remembered:
        return cast("list[T]", list(map(orjson.Fragment, cast("list[bytes]", remembered))))
    missing = [(key, id) for key, (id, *_), entry in zip(keys, pointers, remembered, strict=True) if entry is None]
    made = show([id for _, id in missing])
    entries = {key: orjson.dumps(made[id]) for key, id in missing}
    crm.memory.remember(entries.items())
    return [
        cast("T", orjson.Fragment(entries[key] if entry is None else entry))
        for key, entry in zip(keys, remembered, strict=True)
    ]


def one(
    crm: Crm,
    kind: Kind[R],
    id: int,
    include_fields: Sequence[str] | None,
    custom_fields: Sequence[str] | None,
    show: Show[R, T],
) -> T:
    """A record as `listed` writes it. Raises `NotFound` for one that the actor does not see."""

    def show_it(_: list[int]) -> dict[int, T]:
        return {id: show(crm, records.get(crm, kind, id), include_fields, custom_fields)}

    found = crm.db.run(kind.revision_by_id, {"id": id}) if access.visible(crm, kind) is None else []
    if not found:
        return show_it([id])[id]
    return shown(crm, _form(kind, include_fields, custom_fields), [(id, found[0][0])], show_it)[0]


def listed(
    crm: Crm,
    kind: Kind[R],
    pointers: Sequence[tuple[int, int]],
    include_fields: Sequence[str] | None,
    custom_fields: Sequence[str] | None,
    show: Show[R, T],
) -> list[T]:
    """The records of a v2 list, written with the additional fields and the custom fields asked for."""

    def show_missing(ids: list[int]) -> dict[int, T]:
        found = records.many(crm, kind, ids) if include_fields else records.plain(crm, kind, ids)
        return {id: show(crm, record, include_fields, custom_fields) for id, record in found.items()}

    return shown(crm, _form(kind, include_fields, custom_fields), pointers, show_missing)


def _form(kind: Kind[R], include_fields: Sequence[str] | None, custom_fields: Sequence[str] | None) -> Hashable:
    return kind.object, tuple(include_fields or ()), None if custom_fields is None else tuple(custom_fields)
