"""What a connection spends of its tokens, counted together for all processes on this machine.

Every action has a cost in tokens, which the contract says, and a service has a budget of tokens for each day. What an
answer tells of that budget is remembered; what others spend of it is only seen there.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo

import msgspec

from dealwright.connectors import answers, state
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import BudgetExceeded, UnusableConnection
from dealwright.connectors.retry import CLOCK, Clock

# Every time zone's midnight is the start of a quarter of an hour.
SLOT = 900
KEPT = 3 * 86_400

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
    """How a connection stands today.

    ``spent`` and ``requests`` are counted on this machine; ``max_cost`` is what this client allows itself for a day.
    ``limit`` and ``remaining`` are what the service last told today, at ``told_at``, of everybody's budget together:
    None when it has told nothing. ``resets_at`` is when the next day begins: as the service told, or at midnight.
    """

    spent: int
    requests: int
    max_cost: int | None
    limit: int | None
    remaining: int | None
    told_at: datetime | None
    resets_at: datetime


class Allowance:
    """What one call with all its attempts, or one walk through a list, may cost; None is without a limit."""

    def __init__(self, max_cost: int | None) -> None:
        self.max_cost = max_cost
        self.spent = 0

    def check(self, action: str, connection: str, cost: int) -> None:
        """Raises `BudgetExceeded` when a request of this cost is too much."""
        if self.max_cost is not None and self.spent + cost > self.max_cost:
            raise BudgetExceeded(
                action=action, connection=connection, cost=cost, spent=self.spent, max_cost=self.max_cost
            )


class Ledger:
    """The account of a connection. With ``max_cost``, the day's requests of all processes stay below that.

    Without one, a ledger that cannot be written stops no request.
    """

    def __init__(
        self, connection: Connection, *, max_cost: int | None = None, time_zone: tzinfo = UTC, clock: Clock = CLOCK
    ) -> None:
        self._name = connection.name
        self._key = state.identity(connection)
        self._max_cost = max_cost
        self._zone = time_zone
        self._clock = clock
        self._database = state.Database("budget.sqlite", _SCHEMA, durable=False)
        self._works = True

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    def reserve(self, action: str, cost: int) -> None:
        """Enters a request that is about to be sent, if there is a limit to hold, and before anybody else does.

        Raises `BudgetExceeded`, and `UnusableConnection`.
        """
        if self._max_cost is None:
            return
        now = self._clock.time()
        try:
            with self._database.changing() as database:
                spent, _ = self._spent(database, now)
                if spent + cost > self._max_cost:
                    raise BudgetExceeded(
                        action=action,
                        connection=self._name,
                        cost=cost,
                        spent=spent,
                        max_cost=self._max_cost,
                        resets_at=self._midnights(now)[1],
                    )
                self._enter(database, now, cost, 1)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error

    def settle(self, cost: int, headers: Mapping[str, str], *, heard: bool) -> None:
        """Enters what came of a request; one that the service never heard, or refused unheard, costs nothing."""
        if not self._works:
            return
        now = self._clock.time()
        reserved = self._max_cost is not None
        limit = answers.seconds(headers.get("x-daily-ratelimit-token-limit"))
        remaining = answers.seconds(headers.get("x-daily-ratelimit-token-remaining"))
        if heard is reserved and remaining is None:
            return
        # What a spent budget tells to wait for is its next day.
        wait = answers.seconds(headers.get("retry-after")) if not heard and remaining == 0 else None
        try:
            with self._database.changing() as database:
                if heard is not reserved:
                    sign = 1 if heard else -1
                    self._enter(database, now, sign * cost, sign)
                if remaining is not None:
                    database.execute(
                        "INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?, ?)",
                        (self._key, now, limit, remaining, None if wait is None else now + wait),
                    )
        except (OSError, sqlite3.Error) as error:
            # A request that has been made is not lost for want of its entry.
            self._works = reserved
            _LOG.warning("A request on connection '%s' is not counted: %s", self._name, error)

    def read(self) -> Budget:
        """How the connection stands. Raises `UnusableConnection`."""
        now = self._clock.time()
        begun, ends = self._midnights(now)
        spent, requests, told = 0, 0, None
        try:
            if self._database.exists:
                with self._database.changing() as database:
                    spent, requests = self._spent(database, now)
                    told = database.execute(
                        "SELECT at, token_limit, remaining, resets_at FROM told WHERE connection = ? AND at >= ?",
                        (self._key, begun.timestamp()),
                    ).fetchone()
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error
        at, limit, remaining, resets_at = told or (None, None, None, None)
        if resets_at is not None and resets_at <= now:
            # That budget is of a day that is over for the service.
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

    def _midnights(self, now: float) -> tuple[datetime, datetime]:
        """When this day began, and when it ends."""
        day = datetime.fromtimestamp(now, self._zone).date()
        begun = datetime(day.year, day.month, day.day, tzinfo=self._zone)
        following = day + timedelta(days=1)
        return begun, datetime(following.year, following.month, following.day, tzinfo=self._zone)

    def _spent(self, database: sqlite3.Connection, now: float) -> tuple[int, int]:
        first = int(self._midnights(now)[0].timestamp() // SLOT)
        tokens, requests = database.execute(
            "SELECT coalesce(sum(tokens), 0), coalesce(sum(requests), 0) FROM spent WHERE connection = ? AND slot >= ?",
            (self._key, first),
        ).fetchone()
        return tokens, requests

    def _enter(self, database: sqlite3.Connection, now: float, tokens: int, requests: int) -> None:
        slot = int(now // SLOT)
        changed = database.execute(
            "UPDATE spent SET tokens = tokens + ?, requests = requests + ? WHERE connection = ? AND slot = ?",
            (tokens, requests, self._key, slot),
        ).rowcount
        if not changed:
            database.execute("DELETE FROM spent WHERE slot < ?", ((now - KEPT) // SLOT,))
            database.execute("INSERT INTO spent VALUES (?, ?, ?, ?)", (self._key, slot, tokens, requests))

    def _unusable(self, error: Exception) -> UnusableConnection:
        return UnusableConnection(f"The tokens spent in {state.folder()} cannot be counted: {error}")
