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
from dealwright.crm.pointers import Pointer, id_of, pointer
from dealwright.crm.unit import Crm

T = TypeVar("T")
R = TypeVar("R", bound=Record)
Show = Callable[[Crm, R, Sequence[str] | None, Sequence[str] | None], T]
"""How v2 writes a record, with the additional fields and the custom fields asked for."""


def shown(crm: Crm, form: Hashable, pointers: Sequence[Pointer], show: Callable[[list[int]], dict[int, T]]) -> list[T]:
    """Records as `orjson` takes them, in the order of ``pointers``.

    ``form`` says how they are written: the dialect, and whatever of the request changes that. ``show`` gives the records
    of the ids that are not remembered.
    """
    written = _written(crm, form, pointers, lambda ids: {id: orjson.dumps(one) for id, one in show(ids).items()})
    return cast("list[T]", list(map(orjson.Fragment, written)))


def shown_by_id(
    crm: Crm, form: Hashable, pointers: Sequence[Pointer], show: Callable[[list[int]], dict[int, T]]
) -> dict[str, T]:
    """The same records by their ids, as text."""
    written = _written(crm, form, pointers, lambda ids: {id: _member(id, one) for id, one in show(ids).items()})
    return cast("dict[str, T]", orjson.Fragment(b"{%b}" % b",".join(written)))


def _member(id: int, one: object) -> bytes:
    """A record as a member of a JSON object."""
    return orjson.dumps({str(id): one})[1:-1]


def _written(
    crm: Crm, form: Hashable, pointers: Sequence[Pointer], write: Callable[[list[int]], dict[int, bytes]]
) -> list[bytes]:
    if crm.writes:
        # What is not committed yet must not be remembered.
        ids = list(map(id_of, pointers))
        fresh = write(ids)
        return [fresh[id] for id in ids]
    shelf = crm.memory.shelf((crm.company.id, crm.settings.version, form))
    keys = [shelf + pointer for pointer in pointers]
    remembered = crm.memory.recall(keys)
    if None in remembered:
        missing = {key: id_of(pointers[place]) for place, key in enumerate(keys) if remembered[place] is None}
        fresh = write([*missing.values()])
        entries = {key: fresh[id] for key, id in missing.items()}
        crm.memory.remember(entries.items())
        remembered = [entries[key] if entry is None else entry for key, entry in zip(keys, remembered, strict=True)]
    return cast("list[bytes]", remembered)


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
    return shown(crm, _form(kind, include_fields, custom_fields), [pointer(id, found[0][0])], show_it)[0]


def listed(
    crm: Crm,
    kind: Kind[R],
    pointers: Sequence[Pointer],
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
