"""Pages of lists that are remembered as long as nobody changes anything in the company's database.

What is remembered is small: ids and revisions, never the records. Where the database cannot tell whether it was changed
(PostgreSQL), in a unit that writes, and for questions that go by the clock, nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import takewhile
from typing import TypeVar

import msgspec
import sqlalchemy as sa

from dealwright.crm.criteria import Asked, Criteria
from dealwright.crm.unit import Crm

T = TypeVar("T")

BETWEEN_MARKS = 1000
BLOCK = 50
"""How many items of a list by offset are remembered together."""

_ID = msgspec.msgpack.Decoder(int)


def page(crm: Crm, criteria: Criteria, place: Hashable, form: msgspec.msgpack.Decoder[T], find: Callable[[], T]) -> T:
    """What was found before at the same place of the same list, else what ``find`` finds now; ``form`` reads it."""
    key = _key(crm, criteria, place)
    if key is None:
        return find()
    [remembered] = crm.memory.recall([key])
    if remembered is not None:
        return form.decode(remembered)
    found = find()
    _remember(crm, key, msgspec.msgpack.encode(found))
    return found


def stretch(
    crm: Crm,
    criteria: Criteria,
    order: Hashable,
    start: int,
    size: int,
    form: msgspec.msgpack.Decoder[tuple[list[T], bool]],
    find: Callable[[int, int], tuple[list[T], bool]],
) -> tuple[list[T], bool]:
    """``size`` items of a list from the ``start``-th on, and whether more follow.

    They are remembered in blocks, so that pages that overlap share them. ``find`` finds as many from a place on, and whether
    more follow; ``form`` reads a block.
    """
    list_key = _key(crm, criteria, ("blocks", order))
    if list_key is None:
        return find(start, size)
    first = start // BLOCK
    keys = [(list_key, number) for number in range(first, (start + size - 1) // BLOCK + 1)]
    remembered = crm.memory.recall(keys)
    items: list[T] = []
    more, at = True, 0
    while more and at < len(keys):
        entry = remembered[at]
        if entry is not None:
            block, more = form.decode(entry)
            items += block
            at += 1
            continue
        missing = [*takewhile(lambda place: remembered[place] is None, range(at, len(keys)))]
        found, more = find((first + at) * BLOCK, len(missing) * BLOCK)
        for place in missing:
            end = (place - at + 1) * BLOCK
            block = found[end - BLOCK : end]
            _remember(crm, keys[place], msgspec.msgpack.encode((block, more or len(found) > end)))
        items += found
        at += len(missing)
    end = start - first * BLOCK + size
    return items[end - size : end], more or len(items) > end


def before(crm: Crm, criteria: Criteria, ids: sa.Select[tuple[int]], start: int) -> tuple[int, int]:
    """Where to look for the ``start``-th of the ``ids`` that fit, in ascending order: after how many that follow which id.

    An id is 0 for the beginning. Counting from the beginning takes the longer the further a page is, and whoever reads a
    whole list reads ever further pages: so the place where a page has ended is known, and some between.
    """
    mark = start - start % BETWEEN_MARKS
    keys = [_key(crm, criteria, place) for place in (start, mark)]
    if not start or None in keys:
        return start, 0
    here, earlier = crm.memory.recall(keys)
    if here is not None:
        return 0, _ID.decode(here)
    if not mark:
        return start, 0
    if earlier is not None:
        return start - mark, _ID.decode(earlier)
    last_id = crm.db.value(ids.order_by(*ids.selected_columns).limit(1).offset(mark - 1))
    if last_id is None:
        return start, 0
    ended(crm, criteria, mark, last_id)
    return start - mark, last_id


def ended(crm: Crm, criteria: Criteria, start: int, last_id: int) -> None:
    """Says which id comes before the ``start``-th."""
    key = _key(crm, criteria, start)
    if key is not None:
        _remember(crm, key, msgspec.msgpack.encode(last_id))


def _key(crm: Crm, criteria: Criteria, place: Hashable) -> Hashable:
    if not isinstance(criteria, Asked) or (state := crm.db.state()) is None:
        return None
    return crm.company.id, state, crm.actor.id, criteria.question, place


def _remember(crm: Crm, key: Hashable, entry: bytes) -> None:
    if not crm.went_by_clock:
        crm.memory.remember([(key, entry)])
