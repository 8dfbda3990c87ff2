"""Exposes the metrics of ``dealwright serve`` and ``dealwright worker`` for Prometheus, on an address of their own.

Each worker process writes its numbers into a folder about once a second; the process that looks after them adds up what is
there when it is asked. So counting takes no library and no shared memory (decision 33).
"""

from __future__ import annotations

import contextlib
import os
import socket
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import typer

from dealwright import _metrics
from dealwright._metrics import DECLARATIONS, Labels, Values
from dealwright._version import __version__
from dealwright.cli.metrics_options import Address
from dealwright.crm.companies import Companies
from dealwright.jobs import inspect
from dealwright.jobs.webhooks import admission

if TYPE_CHECKING:
    from prometheus_client.core import Metric

FOLDER_VARIABLE = "DEALWRIGHT_SERVE_METRICS"
WRITE_INTERVAL_SECONDS = 1.0
QUEUE_TIMEOUT_SECONDS = 2.0
BUILD_INFO = "dealwright_build_info"


class Snapshot(msgspec.Struct):
    """The numbers of one process: for each metric, pairs of the values of its labels and its numbers."""

    role: str
    numbers: dict[str, list[tuple[Labels, list[float]]]]


class Process:
    """What is measured of this process. ``role`` says what it does: ``server``, ``supervisor``, ``worker`` or ``mail``."""

    def __init__(self, role: str, companies: Companies) -> None:
        self._role = role
        self._companies = companies

    def read(self) -> Snapshot:
        """Returns the numbers of now."""
        cache = self._companies.cache_statistics()
        _metrics.CACHE_LOOKUPS.set({("hit",): cache.hits, ("miss",): cache.misses})
        _metrics.CACHE_BYTES.set({(): cache.size})
        _metrics.CACHE_ENTRIES.set({(): cache.entries})
        databases = self._companies.platform.connection_statistics()
        _metrics.DATABASE_CONNECTIONS.set({("used",): databases.used, ("idle",): databases.idle})
        _metrics.DATABASE_WAITING.set({(): databases.waiting})
        _metrics.OPEN_HOSTS.set({(): admission.of_process.count_open_hosts()})
        _metrics.MEMORY.set({(self._role,): _resident_memory()})
        times = os.times()
        _metrics.CPU.set({(self._role,): times.user + times.system})
        _metrics.PROCESSES.set({(self._role,): 1})
        return Snapshot(self._role, {name: [*values.items()] for name, values in _metrics.read_all().items()})


class Writer:
    """Writes the numbers of a worker process into the folder, as long as the process lives."""

    def __init__(self, process: Process, folder: Path) -> None:
        self._process = process
        # The time tells processes apart that have had the same id.
        self._path = folder / f"{os.getpid()}-{time.time_ns()}.json"
        self._thread = threading.Thread(target=self._run, name="dealwright-metrics", daemon=True)

    def start(self) -> None:
        """Starts to write."""
        self.write()
        self._thread.start()

    def write(self) -> None:
        """Writes the numbers of now. A reader sees all of them or those before."""
        new = self._path.with_suffix(".new")
        new.write_bytes(msgspec.json.encode(self._process.read()))
        new.replace(self._path)

    def _run(self) -> None:
        while True:
            time.sleep(WRITE_INTERVAL_SECONDS)
            # The folder is gone when the server has ended.
            with contextlib.suppress(OSError):
                self.write()


class Exposition:
    """Collects the numbers of all processes, and makes metrics of them."""

    def __init__(self, process: Process, companies: Companies, folder: Path | None = None) -> None:
        self._process = process
        self._companies = companies
        self._folder = folder
        self._queue = _QueueReader(companies)
        self._lock = threading.Lock()
        # What processes have counted that are no more.
        self._ended: dict[str, Values] = {}

    def collect(self) -> Iterator[Metric]:
        """Yields every metric: this is what the library calls."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily  # noqa: PLC0415

        with self._lock:
            totals = self._totals()
        for name, declaration in DECLARATIONS.items():
            labels = declaration.labels
            if declaration.kind == "histogram":
                histogram = HistogramMetricFamily(name, declaration.help, labels=labels)
                for values, numbers in sorted(totals[name].items()):
                    histogram.add_metric(values, _cumulative(numbers[:-1]), numbers[-1])
                yield histogram
                continue
            kind = CounterMetricFamily if declaration.kind == "counter" else GaugeMetricFamily
            family = kind(name, declaration.help, labels=labels)
            for values, numbers in sorted(totals[name].items()):
                family.add_metric(values, numbers[0])
            yield family
        info = GaugeMetricFamily(BUILD_INFO, "1, and the version of the server.", labels=("version",))
        info.add_metric((__version__,), 1)
        yield info

    def _totals(self) -> dict[str, Values]:
        self._queue.read()
        totals: dict[str, Values] = {name: {} for name in DECLARATIONS}
        _add(totals, self._process.read(), only_counters=False)
        for path in sorted(self._folder.glob("*.json")) if self._folder is not None else ():
            try:
                snapshot = msgspec.json.decode(path.read_bytes(), type=Snapshot)
            except (OSError, msgspec.MsgspecError):
                continue
            if _is_alive(int(path.name.partition("-")[0])):
                _add(totals, snapshot, only_counters=False)
            else:
                _add(self._ended, snapshot, only_counters=True)
                path.unlink(missing_ok=True)
        for name, values in self._ended.items():
            _add_values(totals[name], values.items())
        return totals


class _QueueReader:
    """Reads the queue of jobs when metrics are asked for, but waits no longer than a moment for the databases."""

    def __init__(self, companies: Companies) -> None:
        self._companies = companies
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="dealwright-metrics-queue")
        self._running: Future[inspect.QueueStatistics] | None = None

    def read(self) -> None:
        """Sets the metrics of the queue. Without an answer there are none."""
        if self._running is None:
            self._running = self._thread.submit(inspect.queue_statistics, self._companies)
        try:
            found = self._running.result(QUEUE_TIMEOUT_SECONDS)
        except FutureTimeoutError:
            _metrics.JOBS.set({})
            _metrics.JOBS_OLDEST.set({})
            return
        except Exception:
            _metrics.JOBS.set({})
            _metrics.JOBS_OLDEST.set({})
        else:
            _metrics.JOBS.set({(state,): count for state, count in found.counts.items()})
            _metrics.JOBS_OLDEST.set({(): found.oldest_due_seconds})
        self._running = None


@contextlib.contextmanager
def folder_for_workers(address: Address | None, workers: int) -> Iterator[Path | None]:
    """Yields a folder for the numbers of worker processes, which find it in the environment; None where none is needed."""
    os.environ.pop(FOLDER_VARIABLE, None)
    if address is None or workers == 1:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="dealwright-metrics-", ignore_cleanup_errors=True) as folder:
        os.environ[FOLDER_VARIABLE] = folder
        yield Path(folder)


def start_writer(companies: Companies) -> None:
    """Starts to write the numbers of a worker process, if they are asked for."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder:
        Writer(Process("server", companies), Path(folder)).start()


@contextlib.contextmanager
def expose(address: Address, exposition: Exposition) -> Iterator[str]:
    """Exposes metrics at an address, and yields their URL. Raises `typer.BadParameter` when it is taken."""
    from prometheus_client import CollectorRegistry, start_http_server  # noqa: PLC0415 - off unless asked for

    registry = CollectorRegistry(auto_describe=False)
    registry.register(exposition)
    try:
        server, thread = start_http_server(address.port, address.host, registry)
    except (OSError, socket.gaierror) as error:
        message = f"cannot expose metrics on {address.host}:{address.port}: {error.strerror}"
        raise typer.BadParameter(message) from None
    try:
        host = f"[{address.host}]" if ":" in address.host else address.host
        yield f"http://{host}:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _add(totals: dict[str, Values], snapshot: Snapshot, *, only_counters: bool) -> None:
    for name, pairs in snapshot.numbers.items():
        if not only_counters or DECLARATIONS[name].kind != "gauge":
            _add_values(totals.setdefault(name, {}), pairs)


def _add_values(totals: Values, pairs: Iterable[tuple[Labels, list[float]]]) -> None:
    for labels, numbers in pairs:
        before = totals.get(tuple(labels))
        totals[tuple(labels)] = (
            [*numbers] if before is None else [one + other for one, other in zip(before, numbers, strict=True)]
        )


def _cumulative(counts: list[float]) -> list[tuple[str, float]]:
    total, buckets = 0.0, []
    for bound, count in zip((*map(str, _metrics.SECONDS), "+Inf"), counts, strict=True):
        total += count
        buckets.append((bound, total))
    return buckets


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _resident_memory() -> int:
    """Returns the bytes of memory that this process has; 0 where the system does not say so in Linux's way."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
