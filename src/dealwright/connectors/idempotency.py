"""Calls that create something once, however often they are made with the same key.

The outcome of a call is kept on this machine under connection, action and key: a second call with the key gets the
first answer, and nothing is sent. Where the first outcome is unknown (no answer in time, a cut connection, a process
that died), nothing is sent again blindly: the record is looked for first, by a property that the caller names, in the
list of what has changed since. Only lists that take ``updated_since`` allow that, because they show a new record at
once; a search has an index that lags behind, so it would prove nothing.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx2
import msgspec
import orjson

from dealwright.connectors import calls, pages, state
from dealwright.connectors.answers import Answer
from dealwright.connectors.calls import Call
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import (
    ApiError,
    DealwrightError,
    InvalidParams,
    OutcomeUnknown,
    Unavailable,
    UnusableConnection,
)
from dealwright.connectors.retry import Clock
from dealwright.contract import catalogue
from dealwright.contract.errors import Problem
from dealwright.contract.values import Json

KEPT = timedelta(days=30)
# A service may still be at work on a request that nobody waits for any more; after this it is done or lost.
SETTLED = 120.0
# How far the clocks of two machines may be apart.
CLOCKS_APART = timedelta(minutes=5)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    connection TEXT NOT NULL, action TEXT NOT NULL, key TEXT NOT NULL,
    digest BLOB NOT NULL, sent_at REAL NOT NULL, settled_at REAL NOT NULL, answer BLOB,
    PRIMARY KEY (connection, action, key)
) WITHOUT ROWID;
"""

Send = Callable[[Call], Answer]


class _Kept(msgspec.Struct, frozen=True):
    """An answer as it is kept."""

    status: int
    headers: dict[str, str]
    body: Json


class _Earlier(msgspec.Struct, frozen=True):
    """An earlier call: from ``settled_at`` on, a look tells whether it was carried out."""

    digest: bytes
    sent_at: float
    settled_at: float
    answer: bytes | None


class Once:
    """Carries out a call of a connection at most once for each key; none of them takes more than ``longest`` seconds."""

    def __init__(self, connection: Connection, *, longest: float, clock: Clock) -> None:
        self._name = connection.name
        self._identity = state.identity(connection)
        self._longest = longest
        self._clock = clock
        self._database = state.Database("idempotency.sqlite", _SCHEMA, durable=True)

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def send(self, call: Call, key: str, found_by: str | None, send: Send) -> Answer:
        """The answer to a call, now or then.

        ``found_by`` is the property of the body by which the record can be found; ``send`` sends the call, and those
        that look for it. Raises `InvalidParams`, `OutcomeUnknown`, `UnusableConnection` and what ``send`` raises.
        """
        _check(call, key, found_by)
        earlier = self._begin(call, key)
        if earlier is not None:
            if earlier.answer is not None:
                return _unpacked(earlier.answer)
            found = self._find(call, key, found_by, earlier, send)
            if found is not None:
                self._finish(call, key, found)
                return found
            self._begin(call, key, instead_of=earlier)
        try:
            answer = send(call)
        except DealwrightError as error:
            self._end(call, key, error)
            raise
        except BaseException:
            self._end(call, key, None)
            raise
        self._finish(call, key, answer)
        return answer

    def _begin(self, call: Call, key: str, instead_of: _Earlier | None = None) -> _Earlier | None:
        """Enters that a call is under way; an earlier one with this key, other than that known, is given instead."""
        now = self._clock.time()
        try:
            with self._database.changing() as database:
                database.execute("DELETE FROM calls WHERE sent_at < ?", (now - KEPT.total_seconds(),))
                row = database.execute(
                    "SELECT digest, sent_at, settled_at, answer FROM calls"
                    " WHERE connection = ? AND action = ? AND key = ?",
                    (self._identity, call.action, key),
                ).fetchone()
                earlier = _Earlier(*row) if row else None
                if earlier is None or earlier == instead_of:
                    settled_at = now + self._longest + SETTLED
                    database.execute(
                        "INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?, ?, NULL)",
                        (self._identity, call.action, key, _digest(call), now, settled_at),
                    )
                    return None
        except (OSError, sqlite3.Error) as error:
            raise UnusableConnection(f"The keys of calls in {state.folder()} cannot be kept: {error}") from error
        if earlier.digest != _digest(call):
            raise InvalidParams(
                call.action, (Problem("idempotency_key", f"'{key}' was used for a call with other parameters"),)
            )
        if instead_of is not None:
            raise self._unknown(call, key, "another call with this key is under way")
        return earlier

    def _end(self, call: Call, key: str, error: DealwrightError | None) -> None:
        """After a failure the key is free again, unless the call may have been carried out."""
        if error is None or _in_doubt(error):
            self._change(
                "UPDATE calls SET settled_at = min(settled_at, ?) WHERE connection = ? AND action = ? AND key = ?",
                (self._clock.time() + SETTLED, self._identity, call.action, key),
            )
        else:
            self._change(
                "DELETE FROM calls WHERE connection = ? AND action = ? AND key = ?",
                (self._identity, call.action, key),
            )

    def _finish(self, call: Call, key: str, answer: Answer) -> None:
        kept = msgspec.json.encode(_Kept(answer.status, dict(answer.headers), answer.body))
        self._change(
            "UPDATE calls SET answer = ? WHERE connection = ? AND action = ? AND key = ?",
            (kept, self._identity, call.action, key),
        )

    def _change(self, statement: str, values: tuple[object, ...]) -> None:
        # What the call gave is worth more than its entry: the key is then one of unknown outcome.
        try:
            with self._database.changing() as database:
                database.execute(statement, values)
        except (OSError, sqlite3.Error):
            pass

    def _find(self, call: Call, key: str, found_by: str | None, earlier: _Earlier, send: Send) -> Answer | None:
        """The record that the earlier call created, as an answer; None when it created none. Raises `OutcomeUnknown`."""
        wait = earlier.settled_at - self._clock.time()
        if wait > 0:
            raise self._unknown(call, key, "it may still be under way", wait)
        listing, getting = _ways(call)
        if listing is None or getting is None:
            raise self._unknown(call, key, "this API has no list that would tell; look yourself, then use a new key")
        if found_by is None:
            raise self._unknown(
                call,
                key,
                "give the property that the record is found by (found_by), or look yourself and use a new key",
            )
        begun = datetime.fromtimestamp(earlier.sent_at, UTC) - CLOCKS_APART
        sought = _property(_body(call), found_by)
        found = [one for one in _created_since(begun, listing, send) if _property(one, found_by) == sought]
        if len(found) > 1:
            raise self._unknown(call, key, f"{len(found)} new records have this {found_by}; look yourself")
        if not found:
            return None
        return send(calls.prepare(getting, {"id": found[0]["id"]}))

    def _unknown(self, call: Call, key: str, reason: str, wait: float | None = None) -> OutcomeUnknown:
        return OutcomeUnknown(reason, action=call.action, connection=self._name, key=key, retry_after=wait)


def _created_since(begun: datetime, listing: str, send: Send) -> Iterator[dict[str, Json]]:
    """The records of a list that were created since a moment."""
    first = {"updated_since": begun, "limit": 500}
    for one in pages.walk(lambda following: send(calls.prepare(listing, following)).body, first, "cursor"):
        if datetime.fromisoformat(one["add_time"]) >= begun:
            yield one


def _check(call: Call, key: str, found_by: str | None) -> None:
    problems = []
    if call.entry.method != "POST" or call.entry.path.startswith("/oauth/"):
        problems.append(Problem("idempotency_key", "is for actions that create something (POST)"))
    if not key or len(key) > 255:
        problems.append(Problem("idempotency_key", "must have 1 to 255 characters"))
    if found_by is not None and not isinstance(_property(_body(call), found_by), str | int | float):
        problems.append(Problem("found_by", f"names the property '{found_by}', which the body has no value of"))
    if problems:
        raise InvalidParams(call.action, tuple(problems))


def _ways(call: Call) -> tuple[str | None, str | None]:
    """The actions that list what a call creates, by when it was changed, and that get one of them."""
    entries = catalogue.entries()
    path = call.entry.path
    listing = next(
        (
            name
            for name, entry in entries.items()
            if (entry.method, entry.path) == ("GET", path) and "updated_since" in entry.parameters
        ),
        None,
    )
    getting = next(
        (name for name, entry in entries.items() if (entry.method, entry.path) == ("GET", f"{path}/{{id}}")), None
    )
    return listing, getting


def _in_doubt(error: DealwrightError) -> bool:
    """Whether a call may have been carried out that ended so."""
    if isinstance(error, ApiError):
        # A success that cannot be read.
        return error.status < 300 and not isinstance(error.body, dict)
    return isinstance(error, Unavailable) and error.may_have_run


def _digest(call: Call) -> bytes:
    files = {name: [file.filename, hashlib.sha256(file.content).hexdigest()] for name, file in call.files.items()}
    whole = [call.target, (call.content or b"").decode(), sorted(call.fields.items()), sorted(files.items())]
    return hashlib.sha256(orjson.dumps(whole)).digest()


def _body(call: Call) -> Json:
    return orjson.loads(call.content) if call.content and call.endpoint.body_kind == "json" else None


def _property(record: Json, path: str) -> Json:
    """A property of a record, or one in an object of it: ``custom_fields.KEY``."""
    for name in path.split("."):
        record = record.get(name) if isinstance(record, dict) else None
    # Services trim what they are given.
    return record.strip() if isinstance(record, str) else record


def _unpacked(kept: bytes) -> Answer:
    answer = msgspec.json.decode(kept, type=_Kept)
    return Answer(answer.status, httpx2.Headers(answer.headers), answer.body)
