"""The ids of runs, and how one comes with a request.

A run is what somebody does at one go: an action that the console runs, a script, an import. All changes that belong to it have its
id in the change log. The web app names runs of its own: the server takes the id from a browser in which somebody is signed in. With a
token it takes none but those that a process of the server has sealed with the key of the platform, for one user of one company.
"""

from __future__ import annotations

import secrets
import threading
import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from dealwright.crm.errors import Invalid
from dealwright.crm.kernel.pages import CursorRequest, page_size
from dealwright.crm.values.formats import dumps, loads
from dealwright.storage.encryption import UndecryptableSecret
from dealwright.storage.engines import Row, Transaction
from dealwright.storage.platform import Company

HEADER = "x-dealwright-run"
"""The name of the header with the sealed id of a run."""

_MAX_SEALED_LENGTH = 1000

_lock = threading.Lock()
# The millisecond of the last id, and its number in that.
_last = (0, 0)


def new_id(time: datetime) -> str:
    """Returns the id of a new run, a UUID of version 7: ids of later runs are greater, also within a millisecond of one process."""
    global _last  # noqa: PLW0603 - one sequence for the process
    milliseconds = _milliseconds(time)
    with _lock:
        number = _last[1] + 1 if _last[0] == milliseconds else secrets.randbits(10)
        _last = (milliseconds, number)
    return _make_id(milliseconds, number & 0xFFF, secrets.randbits(62))


def first_id(time: datetime) -> str:
    """Returns the least id that a run of some time can have."""
    return _make_id(_milliseconds(time), 0, 0)


def _milliseconds(time: datetime) -> int:
    return max(int(time.timestamp() * 1000), 0) & (1 << 48) - 1


def _make_id(milliseconds: int, high: int, low: int) -> str:
    return str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low))


def plain_id(text: str) -> str | None:
    """Returns the id that a text is; None for one that is none."""
    try:
        return str(uuid.UUID(text)) if len(text) == len(str(uuid.NAMESPACE_DNS)) else None
    except ValueError:
        return None


def read_page(
    db: Transaction, query: sa.Select[Any], id: sa.ColumnElement[str], page: CursorRequest
) -> tuple[list[Row], str | None]:
    """Returns a page of rows with such an id as their first column, the newest first, and the cursor of the next one. Raises `Invalid`."""
    size = page_size(page.limit)
    if page.cursor is not None:
        last = plain_id(page.cursor)
        if last is None:
            raise Invalid("is no cursor of this list", "cursor")
        query = query.where(id < last)
    rows = db.rows(query.order_by(id.desc()).limit(size + 1))
    return rows[:size], str(rows[size - 1][0]) if len(rows) > size else None


def seal(company: Company, user_id: int, run_id: str) -> str:
    """Returns the id of a run for requests of a user of a company. Raises `UndecryptableSecret`."""
    return company.cipher.encrypt(dumps([company.id, user_id, run_id]))


def unseal(company: Company, user_id: int, sealed: str) -> str | None:
    """Returns the id of the run that a request of a user is part of; None when it was not sealed for that."""
    if len(sealed) > _MAX_SEALED_LENGTH:
        return None
    try:
        found = loads(company.cipher.decrypt(sealed))
    except (UndecryptableSecret, ValueError):
        return None
    return str(found[2]) if found[:2] == [company.id, user_id] else None
