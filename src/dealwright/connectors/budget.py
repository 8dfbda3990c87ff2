"""Counts the tokens that a connection spends, together for all processes on this machine.

The contract says what every action costs in tokens, and a service has a budget of tokens for each day. The numbers that
answers give of that budget are remembered; what other clients spend of it is only seen there.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

import msgspec

from dealwright.connectors import answers, state_files
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import BudgetExceeded, UnusableConnection
from dealwright.connectors.retry import CLOCK, Clock

# Every time zone's midnight is the start of a quarter of an hour.
SLOT_SECONDS = 900
RETENTION_SECONDS = 3 * 86_400

_SCHEMA = """
CREATE TABLE IF NOT EXISTS spent (
    connection TEXT NOT NULL, slot INTEGER NOT NULL, tokens INTEGER NOT NULL, requests INTEGER NOT NULL,
    PRIMARY KEY (connection, slot)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told (
    connection TEXT NOT NULL PRIMARY KEY, at REAL NOT NULL, token_limit REAL, remaining REAL, resets_at REAL
) WITHOUT ROWID;
"""

_LOG = logging.getLogger(__name__)


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens that a connection has spent today, and those that are left.

    ``spent`` and ``requests`` are counted on this machine; ``max_cost`` is the limit of this client for a day.
    ``limit`` and ``remaining`` are the budget that all clients share, as the service last reported it today, at
    ``told_at``: None when it has reported nothing. ``resets_at`` is when the next day begins: as the service reported,
    or at midnight.
    """

    spent: int
    requests: int
    max_cost: int | None
    limit: int | None
    remaining: int | None
    told_at: datetime | None
    resets_at: datetime


class CostLimit:
    """The limit of one call with all its attempts, or of one walk through a list; None means no limit."""

    def __init__(self, max_cost: int | None) -> None:
        self.max_cost = max_cost
        self.spent = 0

    def check(self, action: str, connection: str, cost: int) -> None:
        """Raises `BudgetExceeded` when a request of this cost would exceed the limit."""
        if self.max_cost is not None and self.spent + cost > self.max_cost:
            raise BudgetExceeded(
                action=action, connection=connection, cost=cost, spent=self.spent, max_cost=self.max_cost
            )


class Account(Protocol):
    """What books the requests of a connection: `Ledger`, or an account that is kept elsewhere."""

    def reserve(self, action: str, cost: int) -> None:
        """Books a request before it is sent. Raises `BudgetExceeded` and `UnusableConnection`."""

    def settle(self, cost: int, headers: Mapping[str, str], *, was_received: bool) -> None:
        """Books the result of a request."""

    def read(self) -> Budget:
        """Returns the budget of the connection. Raises `UnusableConnection`."""

    def close(self) -> None:
        """Closes what is open."""


class Ledger:
    """The account of a connection. With ``max_cost``, the day's requests of all processes stay below that.

    Without one, a ledger that cannot be written stops no request.
    """

    def __init__(
        self, connection: Connection, *, max_cost: int | None = None, time_zone: tzinfo = UTC, clock: Clock = CLOCK
    ) -> None:
        self._name = connection.name
        self._key = state_files.connection_identity(connection)
        self._max_cost = max_cost
        self._zone = time_zone
        self._clock = clock
        self._database = state_files.StateFile("budget.sqlite", _SCHEMA, durable=False)
        self._is_writable = True

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def reserve(self, action: str, cost: int) -> None:
        """Books a request before it is sent, in one transaction with the check of the limit.

        Does nothing without ``max_cost``. Raises `BudgetExceeded` and `UnusableConnection`.
        """
        if self._max_cost is None:
            return
        now = self._clock.time()
        try:
            with self._database.transaction() as database:
                spent, _ = self._sum_spent(database, now)
                if spent + cost > self._max_cost:
                    raise BudgetExceeded(
                        action=action,
                        connection=self._name,
                        cost=cost,
                        spent=spent,
                        max_cost=self._max_cost,
                        resets_at=self._day_bounds(now)[1],
                    )
                self._add_spent(database, now, cost, 1)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error

    def settle(self, cost: int, headers: Mapping[str, str], *, was_received: bool) -> None:
        """Books the result of a request; one that the service did not receive, or answered with 429, costs nothing."""
        if not self._is_writable:
            return
        now = self._clock.time()
        reserved = self._max_cost is not None
        limit = answers.parse_seconds(headers.get("x-daily-ratelimit-token-limit"))
        remaining = answers.parse_seconds(headers.get("x-daily-ratelimit-token-remaining"))
        if was_received is reserved and remaining is None:
            return
        # When the budget is spent, Retry-After ends where its next day begins.
        wait = answers.parse_seconds(headers.get("retry-after")) if not was_received and remaining == 0 else None
        try:
            with self._database.transaction() as database:
                if was_received is not reserved:
                    sign = 1 if was_received else -1
                    self._add_spent(database, now, sign * cost, sign)
                if remaining is not None:
                    database.execute(
                        "INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?, ?)",
                        (self._key, now, limit, remaining, None if wait is None else now + wait),
                    )
        except (OSError, sqlite3.Error) as error:
            # A request that has been made does not fail because it cannot be booked.
            self._is_writable = reserved
            _LOG.warning("A request on connection '%s' is not counted: %s", self._name, error)

    def read(self) -> Budget:
        """Returns the budget of the connection. Raises `UnusableConnection`."""
        now = self._clock.time()
        start, ends = self._day_bounds(now)
        spent, requests, reported = 0, 0, None
        try:
            if self._database.exists:
                with self._database.transaction() as database:
                    spent, requests = self._sum_spent(database, now)
                    reported = database.execute(
                        "SELECT at, token_limit, remaining, resets_at FROM told WHERE connection = ? AND at >= ?",
                        (self._key, start.timestamp()),
                    ).fetchone()
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        at, limit, remaining, resets_at = reported or (None, None, None, None)
        if resets_at is not None and resets_at <= now:
            # The reported budget is of a day that is over for the service.
            at = limit = remaining = resets_at = None
        return Budget(
            spent=spent,
            requests=requests,
            max_cost=self._max_cost,
            limit=None if limit is None else int(limit),
            remaining=None if remaining is None else int(remaining),
            told_at=None if at is None else datetime.fromtimestamp(at, self._zone),
            resets_at=ends if resets_at is None else datetime.fromtimestamp(resets_at, self._zone),
        )

    def _day_bounds(self, now: float) -> tuple[datetime, datetime]:
        """Returns when the day of ``now`` began, and when it ends."""
        day = datetime.fromtimestamp(now, self._zone).date()
        start = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        following = day + timedelta(days=1)
        return start, datetime(following.year, following.month, following.day, tzinfo=self._zone)

    def _sum_spent(self, database: sqlite3.Connection, now: float) -> tuple[int, int]:
        first = int(self._day_bounds(now)[0].timestamp() // SLOT_SECONDS)
        tokens, requests = database.execute(
            "SELECT coalesce(sum(tokens), 0), coalesce(sum(requests), 0) FROM spent WHERE connection = ? AND slot >= ?",
            (self._key, first),
        ).fetchone()
        return tokens, requests

    def _add_spent(self, database: sqlite3.Connection, now: float, tokens: int, requests: int) -> None:
        slot = int(now // SLOT_SECONDS)
        changed = database.execute(
            "UPDATE spent SET tokens = tokens + ?, requests = requests + ? WHERE connection = ? AND slot = ?",
            (tokens, requests, self._key, slot),
        ).rowcount
        if not changed:
            database.execute("DELETE FROM spent WHERE slot < ?", ((now - RETENTION_SECONDS) // SLOT_SECONDS,))
            database.execute("INSERT INTO spent VALUES (?, ?, ?, ?)", (self._key, slot, tokens, requests))

    def _unusable(self, error: Exception) -> UnusableConnection:
        return UnusableConnection(f"The tokens spent in {state_files.folder()} cannot be counted: {error}")
