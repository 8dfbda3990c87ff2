"""Limits requests: a budget of tokens for each company and day, and windows of two seconds for each token.

The counters are in a `shared_counters.SharedArray`, for all processes of a server. About once a second, a company's
usage is added to the platform's database, and the usage of other servers is read from there (decision 12).
"""

from __future__ import annotations

import hashlib
import logging
from collections import deque
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dealwright import _metrics
from dealwright.crm.companies import Companies
from dealwright.crm.integration import token_usage
from dealwright.crm.kernel.unit_of_work import Principal
from dealwright.server import sliding_window
from dealwright.server.rate_limit_plans import CHANGES_PER_DAY, SEARCHES_PER_WINDOW, RateLimitPolicy
from dealwright.server.shared_counters import HEADER_SIZE, KEY, MAX_CACHED_KEYS, SharedArray, SlotTable
from dealwright.server.sliding_window import SECOND

Headers = Sequence[tuple[bytes, bytes]]

FLUSH_INTERVAL = SECOND
UTC_DAY_LENGTH = 86_400 * SECOND
MAX_ACCOUNTS = 1024
MAX_TOKENS = 1024
# In the account of a company: the tokens spent today as far as known; those in the database at the last flush; those
# not written there yet; the budget; and the time of the last flush.
DAY, SPENT, STORED, PENDING, BUDGET, FLUSHED_AT = range(HEADER_SIZE, HEADER_SIZE + 6)
ACCOUNT_WIDTH = 6
# In the slot of a token: a day and the number of changes on it, then its two windows.
CHANGES_DAY, CHANGES, SEARCHES = range(HEADER_SIZE, HEADER_SIZE + 3)
REQUESTS = SEARCHES + sliding_window.size(SEARCHES_PER_WINDOW)

ENCODED_NUMBERS = tuple(b"%d" % number for number in range(512))
"""Small numbers, encoded: nearly all numbers in the headers."""

log = logging.getLogger(__name__)


class RequestCost(NamedTuple):
    """The cost of a request: its tokens, and whether it is a search."""

    tokens: int
    is_search: bool


NO_COST = RequestCost(0, is_search=False)


def request_cost(path: str, tokens: int) -> RequestCost:
    """Returns the cost of an operation at a path."""
    return RequestCost(tokens, is_search=path.endswith("/search") or "/itemSearch" in path)


class RateLimitResult(NamedTuple):
    """Whether a request is allowed, and the headers with the limits and what is left of them."""

    allowed: bool
    headers: Headers
    is_budget_spent: bool = False


class Day(NamedTuple):
    """A day in the server's time zone, with its start and its end in microseconds."""

    date: date
    number: int
    start: int
    end: int


class RateLimiter:
    """The limits of the companies of a platform, in one of the processes that enforce them together."""

    def __init__(self, companies: Companies, policy: RateLimitPolicy, shared: SharedArray | None = None) -> None:
        self._companies = companies
        self._policy = policy
        self._shared = shared or new_shared_array(policy)
        self._cells = self._shared.cells()
        self._accounts = SlotTable(self._cells, 0, MAX_ACCOUNTS, ACCOUNT_WIDTH)
        self._tokens = SlotTable(
            self._cells, SlotTable.size(MAX_ACCOUNTS, ACCOUNT_WIDTH), MAX_TOKENS, _token_width(policy)
        )
        self._zone = ZoneInfo(policy.time_zone)
        self._today = Day(date.min, 1, 0, 0)
        self._token_keys: dict[str, int] = {}
        self._companies_to_flush: deque[int] = deque()

    @property
    def needs_flush(self) -> bool:
        """Whether it is time for `flush_due`."""
        return bool(self._companies_to_flush)

    def consume(self, principal: Principal, token: str, method: str, cost: RequestCost) -> RateLimitResult:
        """Counts a request and returns whether it is allowed; one that is refused does not count."""
        key = self._token_keys.get(token) or self._token_key(token)
        while (result := self._try_consume(principal, key, method, cost)) is None:
            self.flush(principal.company.id)
        if result.allowed:
            _metrics.TOKENS_SPENT.add(amount=cost.tokens)
        else:
            _metrics.RATE_LIMIT_REFUSALS.add("budget" if result.is_budget_spent else "window")
        return result

    def _try_consume(self, principal: Principal, key: int, method: str, cost: RequestCost) -> RateLimitResult | None:
        """Returns the result; None when the company's budget is not known yet."""
        cells = self._cells
        is_oauth = principal.app is not None
        max_requests = self._policy.plan.oauth_token_requests if is_oauth else self._policy.plan.api_token_requests
        changes = 0
        with self._shared:
            now = self._now()
            account = self._accounts.get_or_create(principal.company.id, now)
            budget = cells[account + BUDGET]
            if not budget:
                return None
            day = self._today
            if not day.start <= now < day.end or cells[account + DAY] != day.number:
                day = self._roll_over_day(account, now)
            if now - cells[account + FLUSHED_AT] >= FLUSH_INTERVAL:
                cells[account + FLUSHED_AT] = now
                self._companies_to_flush.append(principal.company.id)
            slot = self._tokens.get_or_create(key, now)
            # The headers report the window with less room.
            reported_window, width = slot + REQUESTS, max_requests
            free = max_requests - sliding_window.count_requests(cells, reported_window, max_requests, now)
            if cost.is_search:
                searches = SEARCHES_PER_WINDOW - sliding_window.count_requests(
                    cells, slot + SEARCHES, SEARCHES_PER_WINDOW, now
                )
                if searches <= free:
                    reported_window, width, free = slot + SEARCHES, SEARCHES_PER_WINDOW, searches
            spent = cells[account + SPENT]
            allowed = spent < budget and free > 0
            if allowed:
                # The last call of a day may cost more than is left, so that nothing is left when calls are refused.
                spent += cost.tokens
                cells[account + SPENT] = spent
                cells[account + PENDING] += cost.tokens
                free -= 1
                sliding_window.add_request(cells, slot + REQUESTS, max_requests, now)
                if cost.is_search:
                    sliding_window.add_request(cells, slot + SEARCHES, SEARCHES_PER_WINDOW, now)
            reset = sliding_window.seconds_until_reset(cells, reported_window, now)
            if not is_oauth:
                if cells[slot + CHANGES_DAY] != now // UTC_DAY_LENGTH:
                    cells[slot + CHANGES_DAY], cells[slot + CHANGES] = now // UTC_DAY_LENGTH, 0
                changes = cells[slot + CHANGES]
                if allowed and method in ("POST", "PUT"):
                    changes = cells[slot + CHANGES] = changes + 1
        headers = [
            (b"x-ratelimit-limit", ENCODED_NUMBERS[width]),
            (b"x-ratelimit-remaining", ENCODED_NUMBERS[free]),
            (b"x-ratelimit-reset", ENCODED_NUMBERS[reset]),
            (b"x-daily-ratelimit-token-limit", b"%d" % budget),
            (b"x-daily-ratelimit-token-remaining", b"%d" % (budget - spent if spent < budget else 0)),
        ]
        if not is_oauth:
            headers.append((b"x-daily-requests-left", b"%d" % max(0, CHANGES_PER_DAY - changes)))
        if not allowed:
            wait = -((now - day.end) // SECOND) if spent >= budget else reset
            headers.append((b"retry-after", b"%d" % wait))
        return RateLimitResult(allowed, headers, is_budget_spent=spent >= budget)

    def flush_due(self) -> None:
        """Flushes the accounts for which it is time. One that fails is tried again later."""
        while self._companies_to_flush:
            company_id = self._companies_to_flush.popleft()
            try:
                self.flush(company_id)
            except Exception:
                log.exception("What the company %d has spent is not written down yet", company_id)

    def flush_all(self) -> None:
        """Flushes every account that has tokens not written yet: at the end."""
        with self._shared:
            found = [self._cells[at + KEY] for at in self._accounts.list_used() if self._cells[at + PENDING]]
        self._companies_to_flush.extend(found)
        self.flush_due()

    def flush(self, company_id: int) -> None:
        """Writes the tokens that a company has newly spent; reads its budget and those spent on other servers."""
        cells = self._cells
        with self._shared:
            now = self._now()
            account = self._accounts.get_or_create(company_id, now)
            day = self._roll_over_day(account, now)
            tokens = cells[account + PENDING]
            cells[account + PENDING] = 0
            cells[account + FLUSHED_AT] = now
        try:
            budget = self._policy.budget(token_usage.count_active_users(self._companies.platform, company_id))
            stored = token_usage.add_usage(self._companies.platform, company_id, day.date, tokens)
        except BaseException:
            with self._shared:
                account = self._accounts.get_or_create(company_id, now)
                if cells[account + DAY] == day.number:
                    cells[account + PENDING] += tokens
            raise
        with self._shared:
            account = self._accounts.get_or_create(company_id, now)
            cells[account + BUDGET] = budget
            if cells[account + DAY] == day.number:
                # Tokens that were neither there before nor written here were spent on other servers.
                cells[account + SPENT] += stored - cells[account + STORED] - tokens
                cells[account + STORED] = stored

    def _roll_over_day(self, account: int, now: int) -> Day:
        """Returns the current day.

        An account of another day is reset, and flushed soon, since other servers may have spent already.
        """
        day = self._today
        if not day.start <= now < day.end:
            day = self._today = _day_at(now, self._zone)
        cells = self._cells
        if cells[account + DAY] != day.number:
            cells[account + DAY] = day.number
            cells[account + SPENT] = cells[account + STORED] = cells[account + PENDING] = cells[
                account + FLUSHED_AT
            ] = 0
        return day

    def _token_key(self, token: str) -> int:
        """Returns the key of a token in the shared counters, the same in all processes."""
        if len(self._token_keys) >= MAX_CACHED_KEYS:
            self._token_keys.clear()
        key = int.from_bytes(hashlib.blake2b(token.encode(), digest_size=8).digest(), "big", signed=True) or 1
        self._token_keys[token] = key
        return key

    def _now(self) -> int:
        return int(self._companies.clock().timestamp() * SECOND)


def new_shared_array(policy: RateLimitPolicy, *, processes: int = 1) -> SharedArray:
    """Returns the counters for the processes of a server."""
    size = SlotTable.size(MAX_ACCOUNTS, ACCOUNT_WIDTH) + SlotTable.size(MAX_TOKENS, _token_width(policy))
    return SharedArray(size, processes=processes)


def _token_width(policy: RateLimitPolicy) -> int:
    max_requests = max(policy.plan.api_token_requests, policy.plan.oauth_token_requests)
    return 2 + sliding_window.size(SEARCHES_PER_WINDOW) + sliding_window.size(max_requests)


def _day_at(now: int, zone: ZoneInfo) -> Day:
    day = datetime.fromtimestamp(now / SECOND, zone).date()
    begins, ends = (
        int(datetime(one.year, one.month, one.day, tzinfo=zone).timestamp() * SECOND)
        for one in (day, day + timedelta(days=1))
    )
    return Day(day, day.toordinal(), begins, ends)
