"""A cache of pages of lists, valid as long as nothing changes in the company's database.

Entries are small: ids and revisions, never records. Nothing is cached where the database cannot tell whether it changed
(PostgreSQL), in a unit that writes, and for results that depend on the time.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import takewhile
from typing import TypeVar

import msgspec
import sqlalchemy as sa

from dealwright.crm.kernel.criteria import Criteria, LazyCriteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork

T = TypeVar("T")

CHECKPOINT_INTERVAL = 1000
BLOCK_SIZE = 50
"""The number of items of a list by offset that are cached together."""

_ID = msgspec.msgpack.Decoder(int)


def get_or_set(
    crm: UnitOfWork, criteria: Criteria, position: Hashable, decoder: msgspec.msgpack.Decoder[T], find: Callable[[], T]
) -> T:
    """Returns the cached page of these criteria at this position; otherwise calls ``find`` and caches its result.

    ``decoder`` decodes a cached entry.
    """
    key = _key(crm, criteria, position)
    if key is None:
        return find()
    [cached] = crm.cache.get_many([key])
    if cached is not None:
        return decoder.decode(cached)
    found = find()
    _store(crm, key, msgspec.msgpack.encode(found))
    return found


def cached_slice(
    crm: UnitOfWork,
    criteria: Criteria,
    order: Hashable,
    start: int,
    size: int,
    decoder: msgspec.msgpack.Decoder[tuple[list[T], bool]],
    find: Callable[[int, int], tuple[list[T], bool]],
) -> tuple[list[T], bool]:
    """Returns ``size`` items of a list from offset ``start`` on, and whether more follow.

    They are cached in blocks, so that overlapping pages share them. ``find(start, size)`` returns items and whether
    more follow; ``decoder`` decodes a block.
    """
    list_key = _key(crm, criteria, ("blocks", order))
    if list_key is None:
        return find(start, size)
    first = start // BLOCK_SIZE
    keys = [(list_key, number) for number in range(first, (start + size - 1) // BLOCK_SIZE + 1)]
    cached = crm.cache.get_many(keys)
    items: list[T] = []
    more, index = True, 0
    while more and index < len(keys):
        entry = cached[index]
        if entry is not None:
            block, more = decoder.decode(entry)
            items += block
            index += 1
            continue
        missing = [*takewhile(lambda place: cached[place] is None, range(index, len(keys)))]
        found, more = find((first + index) * BLOCK_SIZE, len(missing) * BLOCK_SIZE)
        for place in missing:
            end = (place - index + 1) * BLOCK_SIZE
            block = found[end - BLOCK_SIZE : end]
            _store(crm, keys[place], msgspec.msgpack.encode((block, more or len(found) > end)))
        items += found
        index += len(missing)
    end = start - first * BLOCK_SIZE + size
    return items[end - size : end], more or len(items) > end


def nearest_offset(crm: UnitOfWork, criteria: Criteria, ids: sa.Select[tuple[int]], start: int) -> tuple[int, int]:
    """Returns (rows to skip, id to start after) for offset ``start`` in a list in ascending order of ids.

    The id is 0 for the beginning of the list. Counting from there takes longer the further a page is, and clients that
    read a whole list read ever further pages: so the end of each page is cached, and checkpoints every 1,000 rows.
    """
    checkpoint = start - start % CHECKPOINT_INTERVAL
    keys = [_key(crm, criteria, place) for place in (start, checkpoint)]
    if not start or None in keys:
        return start, 0
    at_start, at_checkpoint = crm.cache.get_many(keys)
    if at_start is not None:
        return 0, _ID.decode(at_start)
    if not checkpoint:
        return start, 0
    if at_checkpoint is not None:
        return start - checkpoint, _ID.decode(at_checkpoint)
    last_id = crm.db.value(ids.order_by(*ids.selected_columns).limit(1).offset(checkpoint - 1))
    if last_id is None:
        return start, 0
    save_offset(crm, criteria, checkpoint, last_id)
    return start - checkpoint, last_id


def save_offset(crm: UnitOfWork, criteria: Criteria, start: int, last_id: int) -> None:
    """Caches the id of the row before offset ``start``."""
    key = _key(crm, criteria, start)
    if key is not None:
        _store(crm, key, msgspec.msgpack.encode(last_id))


def _key(crm: UnitOfWork, criteria: Criteria, position: Hashable) -> Hashable:
    if not isinstance(criteria, LazyCriteria) or (state := crm.db.data_version()) is None:
        return None
    return crm.company.id, state, crm.actor.id, criteria.cache_key, position


def _store(crm: UnitOfWork, key: Hashable, entry: bytes) -> None:
    if not crm.depends_on_time:
        crm.cache.set_many([(key, entry)])
