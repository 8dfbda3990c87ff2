"""Carries out calls that create something once, however often they are made with the same key.

The outcome of a call is kept on this machine under connection, action and key: a second call with the key gets the
first answer, and nothing is sent. Where the first outcome is unknown (no answer in time, a cut connection, a process
that died), nothing is sent again blindly: the record is looked for first, by a property that the caller names, in the
list of what has changed since. Only lists that take ``updated_since`` allow that, because they show a new record at
once; a search has an index that lags behind, so it would prove nothing.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import httpx2
import msgspec
import orjson

from dealwright.connectors import calls, pages, state_files
from dealwright.connectors.answers import Answer
from dealwright.connectors.calls import PreparedRequest
from dealwright.connectors.connections import Connection
from dealwright.connectors.driver import Driver
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
from dealwright.contract.endpoint import Upload
from dealwright.contract.errors import Problem
from dealwright.contract.values import Json

RETENTION = timedelta(days=30)
# A service may still be at work on a request after the client has given up; after this time it is done or lost.
SETTLE_SECONDS = 120.0
# The clocks of two machines may be this far apart.
MAX_CLOCK_SKEW = timedelta(minutes=5)

_PIECE_BYTES = 256 * 1024

_SCHEMA = """
CREATE TABLE IF NOT EXISTS calls (
    connection TEXT NOT NULL, action TEXT NOT NULL, key TEXT NOT NULL,
    digest BLOB NOT NULL, sent_at REAL NOT NULL, settled_at REAL NOT NULL, answer BLOB,
    PRIMARY KEY (connection, action, key)
) WITHOUT ROWID;
"""

Send = Callable[[PreparedRequest], Awaitable[Answer]]


class _StoredAnswer(msgspec.Struct, frozen=True):
    """An answer as it is stored."""

    status: int
    headers: dict[str, str]
    body: Json


class _EarlierCall(msgspec.Struct, frozen=True):
    """An earlier call with the same key. From ``settled_at`` on, the list shows whether it was carried out."""

    digest: bytes
    sent_at: float
    settled_at: float
    answer: bytes | None


class IdempotencyStore:
    """Carries out a call of a connection at most once for each key. No call takes more than ``max_seconds``."""

    def __init__(self, connection: Connection, *, max_seconds: float, clock: Clock, driver: Driver) -> None:
        self._name = connection.name
        self._identity = state_files.connection_identity(connection)
        self._max_seconds = max_seconds
        self._clock = clock
        self._driver = driver
        self._database = state_files.StateFile("idempotency.sqlite", _SCHEMA, durable=True)

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    async def send(self, call: PreparedRequest, key: str, found_by: str | None, send: Send) -> Answer:
        """Returns the answer to a call: the stored one, or that of sending it now.

        ``found_by`` is the property of the body by which the record can be found; ``send`` sends the call, and those
        that look for the record. Raises `InvalidParams`, `OutcomeUnknown`, `UnusableConnection` and the errors of
        ``send``.
        """
        _validate(call, key, found_by)
        earlier = await self._driver.call(self._claim_key, call, key)
        if earlier is not None:
            if earlier.answer is not None:
                return _decode_answer(earlier.answer, call.action)
            found = await self._find_created(call, key, found_by, earlier, send)
            if found is not None:
                await self._driver.call(self._store_answer, call, key, found)
                return found
            await self._driver.call(self._claim_key, call, key, earlier)
        try:
            answer = await send(call)
        except DealwrightError as error:
            await self._driver.call(self._release_key, call, key, error)
            raise
        except BaseException:
            self._release_key(call, key, None)
            raise
        await self._driver.call(self._store_answer, call, key, answer)
        return answer

    def _claim_key(self, call: PreparedRequest, key: str, replaces: _EarlierCall | None = None) -> _EarlierCall | None:
        """Stores that a call is under way and returns None; returns an earlier call with the key, except ``replaces``.

        Raises `InvalidParams` when the earlier call had other parameters, and `OutcomeUnknown` when another one has
        come in since ``replaces`` was read.
        """
        now = self._clock.time()
        try:
            with self._database.transaction() as database:
                database.execute("DELETE FROM calls WHERE sent_at < ?", (now - RETENTION.total_seconds(),))
                row = database.execute(
                    "SELECT digest, sent_at, settled_at, answer FROM calls"
                    " WHERE connection = ? AND action = ? AND key = ?",
                    (self._identity, call.action, key),
                ).fetchone()
                earlier = _EarlierCall(*row) if row else None
                if earlier is None or earlier == replaces:
                    settled_at = now + self._max_seconds + SETTLE_SECONDS
                    database.execute(
                        "INSERT OR REPLACE INTO calls VALUES (?, ?, ?, ?, ?, ?, NULL)",
                        (self._identity, call.action, key, _digest(call), now, settled_at),
                    )
                    return None
        except (OSError, sqlite3.Error) as error:
            raise UnusableConnection(f"The keys of calls in {state_files.folder()} cannot be kept: {error}") from error
        if earlier.digest != _digest(call):
            raise InvalidParams(
                call.action, (Problem("idempotency_key", f"'{key}' was used for a call with other parameters"),)
            )
        if replaces is not None:
            raise self._outcome_unknown(call, key, "another call with this key is under way")
        return earlier

    def _release_key(self, call: PreparedRequest, key: str, error: DealwrightError | None) -> None:
        """Frees the key after a failure, unless the call may have been carried out."""
        if error is None or _may_have_run(error):
            self._change(
                "UPDATE calls SET settled_at = min(settled_at, ?) WHERE connection = ? AND action = ? AND key = ?",
                (self._clock.time() + SETTLE_SECONDS, self._identity, call.action, key),
            )
        else:
            self._change(
                "DELETE FROM calls WHERE connection = ? AND action = ? AND key = ?",
                (self._identity, call.action, key),
            )

    def _store_answer(self, call: PreparedRequest, key: str, answer: Answer) -> None:
        encoded = msgspec.json.encode(_StoredAnswer(answer.status, dict(answer.headers), answer.body))
        self._change(
            "UPDATE calls SET answer = ? WHERE connection = ? AND action = ? AND key = ?",
            (encoded, self._identity, call.action, key),
        )

    def _change(self, statement: str, values: tuple[object, ...]) -> None:
        # The result of the call matters more than its entry: without it, the outcome of the key is unknown.
        try:
            with self._database.transaction() as database:
                database.execute(statement, values)
        except (OSError, sqlite3.Error):
            pass

    async def _find_created(
        self, call: PreparedRequest, key: str, found_by: str | None, earlier: _EarlierCall, send: Send
    ) -> Answer | None:
        """Returns the record that the earlier call created, as an answer; None when it created none.

        Raises `OutcomeUnknown`.
        """
        wait = earlier.settled_at - self._clock.time()
        if wait > 0:
            raise self._outcome_unknown(call, key, "it may still be under way", wait)
        listing, getting = _lookup_actions(call)
        if listing is None or getting is None:
            raise self._outcome_unknown(
                call, key, "this API has no list that would tell; look yourself, then use a new key"
            )
        if found_by is None:
            raise self._outcome_unknown(
                call,
                key,
                "give the property that the record is found by (found_by), or look yourself and use a new key",
            )
        since = datetime.fromtimestamp(earlier.sent_at, UTC) - MAX_CLOCK_SKEW
        sought = _property(_body(call), found_by)
        found = [one async for one in _created_since(since, listing, send) if _property(one, found_by) == sought]
        if len(found) > 1:
            raise self._outcome_unknown(call, key, f"{len(found)} new records have this {found_by}; look yourself")
        if not found:
            return None
        return await send(calls.prepare(getting, {"id": found[0]["id"]}))

    def _outcome_unknown(
        self, call: PreparedRequest, key: str, reason: str, wait: float | None = None
    ) -> OutcomeUnknown:
        return OutcomeUnknown(reason, action=call.action, connection=self._name, key=key, retry_after=wait)


async def _created_since(since: datetime, listing: str, send: Send) -> AsyncIterator[dict[str, Json]]:
    """Yields the records of a list that were created since a time."""

    async def fetch(following: calls.Params) -> Json:
        body: Json = (await send(calls.prepare(listing, following))).body
        return body

    async for one in pages.walk(fetch, {"updated_since": since, "limit": 500}, "cursor"):
        if datetime.fromisoformat(one["add_time"]) >= since:
            yield one


def _validate(call: PreparedRequest, key: str, found_by: str | None) -> None:
    problems = []
    if call.entry.method != "POST" or call.entry.path.startswith("/oauth/"):
        problems.append(Problem("idempotency_key", "is for actions that create something (POST)"))
    if not key or len(key) > 255:
        problems.append(Problem("idempotency_key", "must have 1 to 255 characters"))
    if found_by is not None and not isinstance(_property(_body(call), found_by), str | int | float):
        problems.append(Problem("found_by", f"names the property '{found_by}', which the body has no value of"))
    if problems:
        raise InvalidParams(call.action, tuple(problems))


def _lookup_actions(call: PreparedRequest) -> tuple[str | None, str | None]:
    """Returns the actions that list the created records by update time and that get one; None where there is none."""
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


def _may_have_run(error: DealwrightError) -> bool:
    """Whether a call that ended with this error may have been carried out."""
    if isinstance(error, ApiError):
        # A success whose body cannot be read.
        return error.status < 300 and not isinstance(error.body, dict)
    return isinstance(error, Unavailable) and error.may_have_run


def _digest(call: PreparedRequest) -> bytes:
    files = {name: [file.filename, _file_digest(file)] for name, file in call.files.items()}
    whole = [call.target, (call.content or b"").decode(), sorted(call.fields.items()), sorted(files.items())]
    return hashlib.sha256(orjson.dumps(whole)).digest()


def _file_digest(file: Upload) -> str:
    file.content.seek(0)
    digest = hashlib.sha256()
    while piece := file.content.read(_PIECE_BYTES):
        digest.update(piece)
    file.content.seek(0)
    return digest.hexdigest()


def _body(call: PreparedRequest) -> Json:
    return orjson.loads(call.content) if call.content and call.endpoint.body_kind == "json" else None


def _property(record: Json, path: str) -> Json:
    """Returns a property of a record, or of an object in it (``custom_fields.KEY``); texts are trimmed."""
    for name in path.split("."):
        record = record.get(name) if isinstance(record, dict) else None
    # Services trim texts.
    return record.strip() if isinstance(record, str) else record


def _decode_answer(encoded: bytes, action: str) -> Answer:
    answer = msgspec.json.decode(encoded, type=_StoredAnswer)
    return Answer(answer.status, httpx2.Headers(answer.headers), answer.body, action)
