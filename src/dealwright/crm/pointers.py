"""What a list knows of its records before it reads them: ids, and how often they were changed."""

from __future__ import annotations

from typing import NewType

import msgspec

Pointer = NewType("Pointer", bytes)
"""The id of a record and the revisions that its JSON depends on: its own, and those of the records shown in it.

They are packed together, because thousands of them are looked up for an answer: numbers side by side are compared more quickly
than numbers that each lie elsewhere.
"""

_NUMBERS = msgspec.msgpack.Decoder(tuple[int | None, ...])


def pointer(*numbers: int | None) -> Pointer:
    """A pointer made of the id and the revisions."""
    return Pointer(msgspec.msgpack.encode(numbers))


def id_of(pointer: Pointer) -> int:
    """The id of the record."""
    id = _NUMBERS.decode(pointer)[0]
    assert id is not None
    return id
