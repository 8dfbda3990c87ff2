"""The metrics of a process: every one is declared here, counted where it happens, and exposed by `dealwright.cli.metrics`.

They are plain numbers, without the library that exposes them: counting costs next to nothing and is always on. Labels have
few values, which never come from clients: routes are templates of the catalogue.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

Labels = tuple[str, ...]
Values = dict[Labels, list[float]]
"""Numbers by the values of the labels: one, or for a histogram the number of each bucket and the sum."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""The upper bounds of the buckets of durations."""


class Metric:
    """A counter, or a gauge, which may fall. A gauge is summed over the processes that live, a counter over all there were."""

    def __init__(
        self,
        kind: Literal["counter", "gauge"],
        name: str,
        help: str,
        *labels: str,
        outcomes: Sequence[str] = (),
    ) -> None:
        """Sets up a metric. A counter begins with zeros: without labels, or for the ``outcomes`` that its label can name."""
        self.kind = kind
        self.name = name
        self.help = help
        self.labels = labels
        self._values: Values = {(outcome,): [0.0] for outcome in outcomes}
        if kind == "counter" and not labels:
            self._values[()] = [0.0]
        # Most are counted by several threads.
        self._lock = threading.Lock()

    def add(self, *labels: str, amount: float = 1) -> None:
        """Adds to the number of these values of the labels."""
        with self._lock:
            value = self._values.get(labels)
            if value is None:
                self._values[labels] = [amount]
            else:
                value[0] += amount

    def set(self, numbers: Mapping[Labels, float]) -> None:
        """Replaces all numbers."""
        with self._lock:
            self._values = {labels: [number] for labels, number in numbers.items()}

    def read(self) -> Values:
        """Returns a copy of the numbers."""
        with self._lock:
            return {labels: list(value) for labels, value in self._values.items()}


class Requests:
    """The requests that a process has answered. They are counted on its event loop alone, so that no lock is needed."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str, int], list[float]] = {}

    def add(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts an answered request."""
        durations = self._by_key.get((method, route, status))
        if durations is None:
            durations = self._by_key[method, route, status] = [0.0] * (len(SECONDS) + 2)
        durations[bisect_left(SECONDS, seconds)] += 1
        durations[-1] += seconds

    def counts(self) -> Values:
        """Returns the number of requests by method, route and status."""
        return {
            (method, route, str(status)): [sum(one[:-1])] for (method, route, status), one in [*self._by_key.items()]
        }

    def durations(self) -> Values:
        """Returns the number of requests in each bucket, and the sum of seconds, by method and route."""
        found: Values = {}
        for (method, route, _), one in [*self._by_key.items()]:
            before = found.get((method, route))
            found[method, route] = list(one) if before is None else [*map(sum, zip(before, one, strict=True))]
        return found


requests = Requests()
"""Those of this process."""


class Declaration(NamedTuple):
    """What a metric is called, and what it means."""

    kind: Literal["counter", "gauge", "histogram"]
    name: str
    help: str
    labels: tuple[str, ...]


_ROUTE_HELP = "by method, route (a template of the catalogue) and"
_REQUESTS = (
    Declaration(
        "counter",
        "dealwright_http_requests_total",
        f"Requests answered, {_ROUTE_HELP} status.",
        ("method", "route", "status"),
    ),
    Declaration(
        "histogram",
        "dealwright_http_request_duration_seconds",
        "Seconds from the head of a request to the end of its answer.",
        ("method", "route"),
    ),
)

LIMITS_REACHED = Metric(
    "counter",
    "dealwright_limits_reached_total",
    "Requests and connections refused by a limit of the server's.",
    "limit",
)
TOKENS_SPENT = Metric(
    "counter", "dealwright_tokens_spent_total", "Tokens of the daily budgets that requests have spent."
)
RATE_LIMIT_REFUSALS = Metric(
    "counter",
    "dealwright_rate_limit_refusals_total",
    "Requests over the limits of the plan.",
    "reason",
    outcomes=("budget", "window"),
)
LOGINS = Metric(
    "counter",
    "dealwright_logins_total",
    "Log-ins with a password, by outcome.",
    "outcome",
    outcomes=("succeeded", "failed", "blocked"),
)
JOB_ATTEMPTS = Metric(
    "counter", "dealwright_job_attempts_total", "Attempts at background jobs, by outcome.", "job", "outcome"
)
JOBS = Metric("gauge", "dealwright_jobs", "Background jobs that are not done, by state.", "state")
JOBS_OLDEST = Metric(
    "gauge",
    "dealwright_jobs_oldest_due_seconds",
    "For how long the job has been due that has waited longest; 0 without one.",
)
DELIVERIES = Metric(
    "counter",
    "dealwright_webhook_deliveries_total",
    "Attempts to deliver an event to a webhook, by outcome.",
    "outcome",
)
OPEN_HOSTS = Metric(
    "gauge",
    "dealwright_webhook_hosts_open",
    "Hosts of webhooks that are not asked for a while, because they did not answer.",
)
MAIL_RECEIVED = Metric(
    "counter",
    "dealwright_mail_received_total",
    "Mails that were brought for the addresses for copies, by outcome.",
    "outcome",
    outcomes=("accepted", "refused", "deferred"),
)
MAIL_FETCHED = Metric(
    "counter",
    "dealwright_mail_fetched_total",
    "Messages of mail accounts, by outcome.",
    "outcome",
    outcomes=("stored", "skipped"),
)
MAIL_SESSIONS = Metric(
    "counter",
    "dealwright_mail_sessions_total",
    "Sessions with the servers of mail accounts, by outcome.",
    "outcome",
    outcomes=("succeeded", "failed"),
)
CACHE_LOOKUPS = Metric(
    "counter", "dealwright_cache_lookups_total", "Records and pages looked up in the cache.", "result"
)
CACHE_BYTES = Metric("gauge", "dealwright_cache_bytes", "Memory that cached records and pages take.")
CACHE_ENTRIES = Metric("gauge", "dealwright_cache_entries", "Cached records and pages.")
DATABASE_CONNECTIONS = Metric(
    "gauge", "dealwright_database_connections", "Open connections to databases, by state.", "state"
)
DATABASE_WAITING = Metric(
    "gauge", "dealwright_database_waiting", "Units of work that wait for a connection of the pool."
)
CONNECTIONS = Metric("gauge", "dealwright_http_connections", "Open connections of clients.")
MEMORY = Metric(
    "gauge", "dealwright_process_resident_memory_bytes", "Resident memory of the processes, by role.", "role"
)
CPU = Metric("counter", "dealwright_process_cpu_seconds_total", "Processor time of the processes, by role.", "role")
PROCESSES = Metric("gauge", "dealwright_processes", "Processes of the server, by role.", "role")

METRICS = (
    LIMITS_REACHED,
    TOKENS_SPENT,
    RATE_LIMIT_REFUSALS,
    LOGINS,
    JOB_ATTEMPTS,
    JOBS,
    JOBS_OLDEST,
    DELIVERIES,
    OPEN_HOSTS,
    MAIL_RECEIVED,
    MAIL_FETCHED,
    MAIL_SESSIONS,
    CACHE_LOOKUPS,
    CACHE_BYTES,
    CACHE_ENTRIES,
    DATABASE_CONNECTIONS,
    DATABASE_WAITING,
    CONNECTIONS,
    MEMORY,
    CPU,
    PROCESSES,
)

DECLARATIONS: Mapping[str, Declaration] = {
    one.name: one for one in (*_REQUESTS, *(Declaration(one.kind, one.name, one.help, one.labels) for one in METRICS))
}
"""Every metric by its name."""


def read_all() -> dict[str, Values]:
    """Returns the numbers of all metrics of this process, by name."""
    numbers = (requests.counts(), requests.durations(), *(metric.read() for metric in METRICS))
    return dict(zip(DECLARATIONS, numbers, strict=True))
