"""Record ids and revision numbers packed into bytes: the cache key of a rendered record."""

from __future__ import annotations

from typing import NewType

import msgspec

RecordVersion = NewType("RecordVersion", bytes)
"""The id of a record and the revisions that its JSON depends on: its own, and those of the records shown in it.

They are packed together because thousands of them are looked up for one answer: comparing adjacent bytes is faster than
comparing separate numbers.
"""

_DECODER = msgspec.msgpack.Decoder(tuple[int | None, ...])


def pack_version(*numbers: int | None) -> RecordVersion:
    """Returns a version made of the id and the revisions."""
    return RecordVersion(msgspec.msgpack.encode(numbers))


def unpack_id(version: RecordVersion) -> int:
    """Returns the id of the record."""
    id = _DECODER.decode(version)[0]
    assert id is not None
    return id
