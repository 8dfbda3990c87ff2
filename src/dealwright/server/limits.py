"""How many requests are let in: a budget of tokens for each company and day, and windows of two seconds for each token.

What is counted is in a `counters.Block`, for all processes of a server. What a company spends goes from there into the
platform's database about once a second, and what others have spent comes back (decision 12).
"""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dealwright.crm import token_budget
from dealwright.crm.unit import Bearer, Companies
from dealwright.server import windows
from dealwright.server.counters import KEY, MOST_KNOWN, OWN, Block, Slots
from dealwright.server.plans import CHANGES_PER_DAY, SEARCHES_PER_WINDOW, Terms
from dealwright.server.windows import SECOND

Headers = Sequence[tuple[bytes, bytes]]

SETTLED_EVERY = SECOND
DAY_OF_UTC = 86_400 * SECOND
MOST_ACCOUNTS = 1024
MOST_TOKENS = 1024
# In the account of a company: what it has spent today as far as is known; what of that the database last told; what it
# has not been told yet; what may be spent; and when the account was last settled.
DAY, SPENT, STORED, PENDING, BUDGET, SETTLED = range(OWN, OWN + 6)
ACCOUNT_WIDTH = 6
# In the slot of a token: how many changes it made on which day, then its two windows.
CHANGES_DAY, CHANGES, SEARCHES = range(OWN, OWN + 3)
REQUESTS = SEARCHES + windows.size(SEARCHES_PER_WINDOW)

NUMBERS = tuple(b"%d" % number for number in range(512))
"""Small numbers as they are sent: nearly all that the headers tell."""

log = logging.getLogger(__name__)


class Price(NamedTuple):
    """What a call counts for: its tokens, and whether it is a search."""

    tokens: int
    search: bool


FREE = Price(0, search=False)


def price(path: str, tokens: int) -> Price:
    """The price of an operation at a path."""
    return Price(tokens, search=path.endswith("/search") or "/itemSearch" in path)


class Verdict(NamedTuple):
    """Whether a request is let in, and the headers that say how its token and its company stand."""

    admitted: bool
    headers: Headers


class Day(NamedTuple):
    """A day of the server's time zone, with its first moment and that of the next day."""

    date: date
    number: int
    begins: int
    ends: int


class Limits:
    """The limits of the companies of a platform, as one of the processes sees them that hold them together."""

    def __init__(self, companies: Companies, terms: Terms, block: Block | None = None) -> None:
        self._companies = companies
        self._terms = terms
        self._block = block or new_block(terms)
        self._cells = self._block.cells()
        self._accounts = Slots(self._cells, 0, MOST_ACCOUNTS, ACCOUNT_WIDTH)
        self._tokens = Slots(self._cells, Slots.size(MOST_ACCOUNTS, ACCOUNT_WIDTH), MOST_TOKENS, _token_width(terms))
        self._zone = ZoneInfo(terms.time_zone)
        self._today = Day(date.min, 1, 0, 0)
        self._keys: dict[str, int] = {}
        self._unsettled: deque[int] = deque()

    @property
    def unsettled(self) -> bool:
        """Whether it is time for `settle_due`."""
        return bool(self._unsettled)

    def admit(self, bearer: Bearer, token: str, method: str, price: Price) -> Verdict:
        """Counts a request, unless it is refused: then it counts for nothing."""
        key = self._keys.get(token) or self._key(token)
        while (verdict := self._admit(bearer, key, method, price)) is None:
            self.settle(bearer.company.id)
        return verdict

    def _admit(self, bearer: Bearer, key: int, method: str, price: Price) -> Verdict | None:
        """The verdict; None when the company's budget is not known yet."""
        cells = self._cells
        is_oauth = bearer.app is not None
        most = self._terms.plan.with_oauth_token if is_oauth else self._terms.plan.with_api_token
        changes = 0
        with self._block:
            now = self._now()
            account = self._accounts.find(bearer.company.id, now)
            budget = cells[account + BUDGET]
            if not budget:
                return None
            day = self._today
            if not day.begins <= now < day.ends or cells[account + DAY] != day.number:
                day = self._turn_to_today(account, now)
            if now - cells[account + SETTLED] >= SETTLED_EVERY:
                cells[account + SETTLED] = now
                self._unsettled.append(bearer.company.id)
            slot = self._tokens.find(key, now)
            # The headers tell of the window with less room.
            told, width = slot + REQUESTS, most
            free = most - windows.used(cells, told, most, now)
            if price.search:
                searches = SEARCHES_PER_WINDOW - windows.used(cells, slot + SEARCHES, SEARCHES_PER_WINDOW, now)
                if searches <= free:
                    told, width, free = slot + SEARCHES, SEARCHES_PER_WINDOW, searches
            spent = cells[account + SPENT]
            admitted = spent < budget and free > 0
            if admitted:
                # The last call of a day may cost more than is left, so that nothing is left when calls are refused.
                spent += price.tokens
                cells[account + SPENT] = spent
                cells[account + PENDING] += price.tokens
                free -= 1
                windows.enter(cells, slot + REQUESTS, most, now)
                if price.search:
                    windows.enter(cells, slot + SEARCHES, SEARCHES_PER_WINDOW, now)
            reset = windows.seconds_left(cells, told, now)
            if not is_oauth:
                if cells[slot + CHANGES_DAY] != now // DAY_OF_UTC:
                    cells[slot + CHANGES_DAY], cells[slot + CHANGES] = now // DAY_OF_UTC, 0
                changes = cells[slot + CHANGES]
                if admitted and method in ("POST", "PUT"):
                    changes = cells[slot + CHANGES] = changes + 1
        headers = [
            (b"x-ratelimit-limit", NUMBERS[width]),
            (b"x-ratelimit-remaining", NUMBERS[free]),
            (b"x-ratelimit-reset", NUMBERS[reset]),
            (b"x-daily-ratelimit-token-limit", b"%d" % budget),
            (b"x-daily-ratelimit-token-remaining", b"%d" % (budget - spent if spent < budget else 0)),
        ]
        if not is_oauth:
            headers.append((b"x-daily-requests-left", b"%d" % max(0, CHANGES_PER_DAY - changes)))
        if not admitted:
            wait = -((now - day.ends) // SECOND) if spent >= budget else reset
            headers.append((b"retry-after", b"%d" % wait))
        return Verdict(admitted, headers)

    def settle_due(self) -> None:
        """Settles the accounts for which it is time. One that cannot be settled now is tried again later."""
        while self._unsettled:
            company_id = self._unsettled.popleft()
            try:
                self.settle(company_id)
            except Exception:
                log.exception("What the company %d has spent is not written down yet", company_id)

    def settle_all(self) -> None:
        """Settles every account in which something is not written down yet: at the end."""
        with self._block:
            found = [self._cells[at + KEY] for at in self._accounts.all() if self._cells[at + PENDING]]
        self._unsettled.extend(found)
        self.settle_due()

    def settle(self, company_id: int) -> None:
        """Writes down what a company has spent since the last time, and learns what others have, and its budget."""
        cells = self._cells
        with self._block:
            now = self._now()
            account = self._accounts.find(company_id, now)
            day = self._turn_to_today(account, now)
            tokens = cells[account + PENDING]
            cells[account + PENDING] = 0
            cells[account + SETTLED] = now
        try:
            budget = self._terms.budget(token_budget.active_users(self._companies, company_id))
            stored = token_budget.spend(self._companies, company_id, day.date, tokens)
        except BaseException:
            with self._block:
                account = self._accounts.find(company_id, now)
                if cells[account + DAY] == day.number:
                    cells[account + PENDING] += tokens
            raise
        with self._block:
            account = self._accounts.find(company_id, now)
            cells[account + BUDGET] = budget
            if cells[account + DAY] == day.number:
                # What was neither there before nor came from here was spent by others.
                cells[account + SPENT] += stored - cells[account + STORED] - tokens
                cells[account + STORED] = stored

    def _turn_to_today(self, account: int, now: int) -> Day:
        """This day; an account of another day begins anew, and is settled soon, since others may have spent already."""
        day = self._today
        if not day.begins <= now < day.ends:
            day = self._today = _day_at(now, self._zone)
        cells = self._cells
        if cells[account + DAY] != day.number:
            cells[account + DAY] = day.number
            cells[account + SPENT] = cells[account + STORED] = cells[account + PENDING] = cells[account + SETTLED] = 0
        return day

    def _key(self, token: str) -> int:
        """What a token is called among all processes."""
        if len(self._keys) >= MOST_KNOWN:
            self._keys.clear()
        key = int.from_bytes(hashlib.blake2b(token.encode(), digest_size=8).digest(), "big", signed=True) or 1
        self._keys[token] = key
        return key

    def _now(self) -> int:
        return int(self._companies.clock().timestamp() * SECOND)


def new_block(terms: Terms, *, processes: int = 1) -> Block:
    """The counters for the processes of a server."""
    size = Slots.size(MOST_ACCOUNTS, ACCOUNT_WIDTH) + Slots.size(MOST_TOKENS, _token_width(terms))
    return Block(size, processes=processes)


def _token_width(terms: Terms) -> int:
    most = max(terms.plan.with_api_token, terms.plan.with_oauth_token)
    return 2 + windows.size(SEARCHES_PER_WINDOW) + windows.size(most)


def _day_at(now: int, zone: ZoneInfo) -> Day:
    day = datetime.fromtimestamp(now / SECOND, zone).date()
    begins, ends = (
        int(datetime(one.year, one.month, one.day, tzinfo=zone).timestamp() * SECOND)
        for one in (day, day + timedelta(days=1))
    )
    return Day(day, day.toordinal(), begins, ends)
