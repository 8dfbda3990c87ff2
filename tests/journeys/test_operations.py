"""A server from the outside, as a process manager, Prometheus and a reader of its log see it: with one process and with two workers."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from os import kill
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from dealwright.contract import catalogue
from dealwright.server import admission, public_images, request_log
from dealwright.storage.migrations import HEAD, VERSION_TABLE
from dealwright.storage.platform import Platform
from tests.conftest import DATABASES, empty_postgres_database
from tests.server_process import ServerProcess, run_server
from tests.waiting import wait_for

DOCUMENT = Path(__file__).parents[2] / "docs" / "monitoring.md"


class Server(NamedTuple):
    """A server with its log and the address of its metrics."""

    process: ServerProcess
    location: str
    log: Path
    workers: int

    def get(self, path: str, token: str | None = None, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        """Sends a request on a connection of its own."""
        return fetch(self.process.url, path, {"x-api-token": token} if token else {}, method)

    def lines(self) -> list[dict[str, Any]]:
        """Returns the lines of the log that are complete."""
        return [json.loads(line) for line in self.log.read_text().split("\n")[:-1]]

    def metrics_url(self) -> str:
        found = [line["url"] for line in wait_for(self.lines) if line["event"].startswith("Metrics are at")]
        return str(found[0])

    def metrics(self) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        """Returns the samples by name and labels."""
        status, headers, body = fetch(self.metrics_url(), "/metrics")
        assert status == 200
        assert headers["content-type"].startswith("text/plain")
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(body.decode())
            for sample in family.samples
        }

    def requests(self) -> dict[tuple[str, str, str], int]:
        """Returns how many requests the metrics count, by method, route and status."""
        return {
            (labels["method"], labels["route"], labels["status"]): int(value)
            for (name, pairs), value in self.metrics().items()
            if name == "dealwright_http_requests_total" and (labels := dict(pairs))
        }


def fetch(
    url: str, path: str, headers: dict[str, str] | None = None, method: str = "GET"
) -> tuple[int, dict[str, str], bytes]:
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, path, headers=headers or {})
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
    finally:
        connection.close()


@pytest.fixture(scope="module", params=[(database, workers) for database in DATABASES for workers in (1, 2)], ids=str)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    database, workers = request.param
    folder = tmp_path_factory.mktemp("operations")
    options = ["--workers", str(workers), "--log-format", "json", "--metrics-port", "0"]
    if database == "sqlite":
        location = str(folder / "platform")
        with run_server(location, *options, log=folder / "log") as process:
            yield Server(process, location, folder / "log", workers)
    else:
        with (
            empty_postgres_database() as location,
            run_server(location, *options, log=folder / "log") as process,
        ):
            yield Server(process, location, folder / "log", workers)


def test_it_is_ready_when_jobs_run(server: Server) -> None:
    assert server.get("/health")[0] == 200
    status, _, body = wait_for(lambda: server.get("/ready"), lambda answer: answer[0] == 200)
    assert (status, json.loads(body)) == (200, {"status": "ready"})


def test_the_metrics_are_those_of_the_document(server: Server) -> None:
    rows = re.findall(r"^\| `(dealwright_\w+)` \| (\w+) \| ([\w, ]*) ?\|", DOCUMENT.read_text(), re.MULTILINE)
    documented = {(name, kind) for name, kind, _ in rows}
    _, _, body = fetch(server.metrics_url(), "/metrics")
    exposed = set(re.findall(r"^# TYPE (dealwright_\w+) (\w+)$", body.decode(), re.MULTILINE))
    assert documented == exposed
    labels_by_name = {name: {label.strip() for label in labels.split(",") if label.strip()} for name, _, labels in rows}
    for (name, pairs), _ in server.metrics().items():
        base = re.sub(r"(_bucket|_count|_sum)$", "", name) if "duration" in name else name
        assert {label for label, _ in pairs} - {"le"} == labels_by_name[base], name


def test_requests_of_all_processes_are_counted(server: Server) -> None:
    before = server.requests().get(("GET", "/api/v2/deals/{id}", "404"), 0)
    with ThreadPoolExecutor(8) as threads:
        answers = [*threads.map(lambda _: server.get("/api/v2/deals/4711", server.process.token)[0], range(40))]
    assert set(answers) == {404}
    key = ("GET", "/api/v2/deals/{id}", "404")
    wait_for(lambda: server.requests().get(key, 0) - before, lambda count: count >= 40)
    metrics = server.metrics()
    assert server.requests()[key] - before == 40
    labels = (("method", "GET"), ("route", "/api/v2/deals/{id}"))
    assert metrics["dealwright_http_request_duration_seconds_count", labels] >= 40
    roles = {"server": server.workers} | ({"supervisor": 1} if server.workers > 1 else {})
    for role, number in roles.items():
        assert metrics["dealwright_processes", (("role", role),)] == number
        assert metrics["dealwright_process_resident_memory_bytes", (("role", role),)] > 1_000_000
    assert metrics["dealwright_jobs", (("state", "waiting"),)] > 0


def test_labels_are_never_what_clients_make_up(server: Server) -> None:
    for number in range(30):
        server.get(f"/api/v2/deals/{10_000 + number}", server.process.token)
        server.get(f"/v1/made/up/{number}", server.process.token)
        server.get(f"/made-up-{number}")
        server.get(f"/public/tests/images/{number}")
        server.get("/v1/deals", f"token-{number}")
        server.get("/v1/deals", server.process.token, method="PROPFIND")
    wait_for(server.requests, lambda counts: counts.get(("GET", public_images.ROUTE, "404"), 0) >= 30)
    routes = {entry.path for entry in catalogue.entries().values()} | admission.OTHER_ROUTES
    for method, route, _ in server.requests():
        assert route in routes | {request_log.NO_ROUTE, public_images.ROUTE}
        assert method in {"GET", "HEAD", "POST", "other"}


def test_metrics_are_not_at_the_address_of_the_api(server: Server) -> None:
    assert server.get("/metrics")[0] == 401
    assert server.get("/metrics", server.process.token)[0] == 404
    assert urlsplit(server.metrics_url()).hostname == "127.0.0.1"


def test_a_line_for_each_request_with_the_id_that_its_client_got(server: Server) -> None:
    status, headers, _ = server.get("/api/v2/deals/815?api_token=" + server.process.token)
    assert status == 404
    id = headers["x-correlation-id"]
    [line] = wait_for(lambda: [line for line in server.lines() if line.get("correlation_id") == id])
    expected = {"event": "request", "level": "info", "status": 404, "route": "/api/v2/deals/{id}", "method": "GET"}
    assert {name: line[name] for name in expected} == expected
    assert (line["company"], line["user"], line["client"]) == ("tests", 1, "127.0.0.1")
    assert line["duration_ms"] > 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", line["timestamp"])
    assert server.process.token not in server.log.read_text()


def test_it_is_not_ready_with_tables_of_another_version(server: Server) -> None:
    platform = Platform(server.location)
    database = platform.list_companies()[0].database
    try:
        with database.write() as db:
            db.execute(sa.update(VERSION_TABLE).values(version_num="0001"))
        _, headers, body = wait_for(lambda: server.get("/ready"), lambda answer: answer[0] == 503)
        assert json.loads(body)["reasons"] == ["tables are of another version: 1 of 1 companies"]
        assert headers["retry-after"] == "5"
        assert server.get("/health")[0] == 200
    finally:
        with database.write() as db:
            db.execute(sa.update(VERSION_TABLE).values(version_num=HEAD))
        platform.close()
    wait_for(lambda: server.get("/ready"), lambda answer: answer[0] == 200)


def test_counters_do_not_fall_when_a_worker_is_killed(server: Server) -> None:
    if server.workers == 1:
        pytest.skip("there is no other process")
    from tests.server.test_workers import worker_pids

    key = ("GET", "/api/v2/deals/{id}", "404")
    counted = server.requests()[key]
    time.sleep(2)
    for pid in worker_pids(server.process):
        kill(pid, signal.SIGKILL)
    wait_for(lambda: server.metrics().get(("dealwright_processes", (("role", "server"),)), 0), lambda count: count == 2)
    for _ in range(3):
        assert server.requests()[key] >= counted


@pytest.mark.parametrize("workers", ["1", "2"])
def test_metrics_are_off_and_lines_are_for_people_unless_asked_for(tmp_path: Path, workers: str) -> None:
    log = tmp_path / "log"
    with run_server(str(tmp_path / "platform"), "--workers", workers, "--no-jobs", log=log) as process:
        wait_for(lambda: fetch(process.url, "/ready")[0], lambda status: status == 200)
        assert fetch(process.url, "/api/v2/deals", {"x-api-token": "wrong"})[0] == 401
        assert fetch(process.url, "/api/v2/deals", {"x-api-token": process.token})[0] == 200
        wait_for(log.read_text)
    [line] = log.read_text().splitlines()
    assert re.match(r"\d{4}-\d\d-\d\dT\S+Z \[warning\] 127\.0\.0\.1: requests without a valid token ", line)


def test_the_port_of_the_metrics_is_taken(tmp_path: Path) -> None:
    from tests.sandbox import StartFailed

    with run_server(str(tmp_path / "one"), "--metrics-port", "0", "--log-format", "json", log=tmp_path / "log") as one:
        server = Server(one, "", tmp_path / "log", 1)
        port = urlsplit(server.metrics_url()).port
        with (
            pytest.raises(StartFailed, match="cannot expose metrics on"),
            run_server(str(tmp_path / "two"), "--metrics-port", str(port)),
        ):
            pass
