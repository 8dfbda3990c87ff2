"""Caches records as JSON that is ready to send, as long as they do not change.

A list reads only ids and revisions from the database; records that were sent before are neither read nor encoded again.
The database counts revisions (`storage.types.count_revisions`), so a fragment can be old only when its key is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar, cast

import orjson

from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.record_types import Record, RecordType
from dealwright.crm.kernel.record_versions import RecordVersion, pack_version, unpack_id
from dealwright.crm.kernel.unit_of_work import UnitOfWork

T = TypeVar("T")
R = TypeVar("R", bound=Record)


class Selection(NamedTuple):
    """What to show of a record in v2: additional fields, the custom fields of these keys (all when None), and labels."""

    include_fields: tuple[str, ...] = ()
    custom_fields: tuple[str, ...] | None = None
    include_option_labels: bool = False
    include_labels: bool = False


class RequestedFields(Protocol):
    """The query parameters that a selection is made of."""

    include_fields: Any
    custom_fields: list[str] | None
    include_option_labels: bool
    include_labels: bool


EVERYTHING = Selection()
"""All custom fields, and nothing that is shown on request alone."""

Show = Callable[[UnitOfWork, R, Selection], T]
"""Renders a record in v2."""


def select(fields: RequestedFields) -> Selection:
    """Returns the selection that a request asks for."""
    keys = fields.custom_fields
    return Selection(
        tuple(fields.include_fields or ()),
        None if keys is None else tuple(keys),
        fields.include_option_labels,
        fields.include_labels,
    )


def render_many(
    crm: UnitOfWork, variant: Hashable, versions: Sequence[RecordVersion], show: Callable[[list[int]], dict[int, T]]
) -> list[T]:
    """Returns records as `orjson` takes them, in the order of ``versions``.

    ``variant`` identifies the form of the JSON: the API version, and whatever of the request changes it. ``show``
    returns the records of the ids that are not cached.
    """
    written = _render_json(crm, variant, versions, lambda ids: {id: orjson.dumps(one) for id, one in show(ids).items()})
    return cast("list[T]", list(map(orjson.Fragment, written)))


def render_by_id(
    crm: UnitOfWork, variant: Hashable, versions: Sequence[RecordVersion], show: Callable[[list[int]], dict[int, T]]
) -> dict[str, T]:
    """Returns the same records as a JSON object with their ids as keys."""
    written = _render_json(
        crm, variant, versions, lambda ids: {id: _json_member(id, one) for id, one in show(ids).items()}
    )
    return cast("dict[str, T]", orjson.Fragment(b"{%b}" % b",".join(written)))


def _json_member(id: int, one: object) -> bytes:
    """Returns a record as a member of a JSON object."""
    return orjson.dumps({str(id): one})[1:-1]


def _render_json(
    crm: UnitOfWork,
    variant: Hashable,
    versions: Sequence[RecordVersion],
    render: Callable[[list[int]], dict[int, bytes]],
) -> list[bytes]:
    if crm.writes:
        # Uncommitted data must not be cached.
        ids = list(map(unpack_id, versions))
        fresh = render(ids)
        return [fresh[id] for id in ids]
    prefix = crm.cache.key_prefix((crm.company.id, crm.company_data.version, variant))
    keys = [prefix + pointer for pointer in versions]
    cached = crm.cache.get_many(keys)
    if None in cached:
        missing = {key: unpack_id(versions[index]) for index, key in enumerate(keys) if cached[index] is None}
        fresh = render([*missing.values()])
        entries = {key: fresh[id] for key, id in missing.items()}
        crm.cache.set_many(entries.items())
        cached = [entries[key] if entry is None else entry for key, entry in zip(keys, cached, strict=True)]
    return cast("list[bytes]", cached)


def render_one(crm: UnitOfWork, kind: RecordType[R], id: int, selection: Selection, show: Show[R, T]) -> T:
    """Returns a record as `render_list` shows it. Raises `NotFound` for one that the actor does not see."""

    def show_it(_: list[int]) -> dict[int, T]:
        return {id: show(crm, records.get(crm, kind, id), selection)}

    found = crm.db.run(kind.select_revision_by_id, {"id": id}) if access.visible(crm, kind) is None else []
    if not found:
        return show_it([id])[id]
    return render_many(crm, (kind.object, *selection), [pack_version(id, found[0][0])], show_it)[0]


def render_list(
    crm: UnitOfWork, kind: RecordType[R], versions: Sequence[RecordVersion], selection: Selection, show: Show[R, T]
) -> list[T]:
    """Returns the records of a v2 list, with what is selected of them."""

    def show_missing(ids: list[int]) -> dict[int, T]:
        with_counts = bool(selection.include_fields)
        found = records.in_bulk(crm, kind, ids) if with_counts else records.in_bulk_without_counts(crm, kind, ids)
        return {id: show(crm, record, selection) for id, record in found.items()}

    return render_many(crm, (kind.object, *selection), versions, show_missing)
