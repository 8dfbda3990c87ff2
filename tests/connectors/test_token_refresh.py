"""OAuth tokens are renewed in time, once, by the first of several callers, and are never lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dealwright.connectors import (
    Client,
    MissingScope,
    Unauthorized,
    Unavailable,
    UnusableConnection,
    connections,
    run_connection_action,
    store,
)
from tests.connectors.clock import Clock
from tests.connectors.service import RecordedRequest, StubResponse
from tests.connectors.upstream import NO_SUCH_GRANT, Upstream, run_upstream

LIST_ACTION: Any = "v2.get_deals"
CREATE_CALL: Any = ("v2.post_deals", {"data": {"title": "Roof"}})


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with run_upstream() as upstream:
        yield upstream


def sent_tokens(upstream: Upstream) -> list[str]:
    """Returns the access tokens that were sent to the API."""
    return [request.headers["authorization"].removeprefix("Bearer ") for request in upstream.api_requests]


def stored_token(name: str = "crm") -> tuple[str, str | None]:
    stored = connections.find_stored(name)
    assert stored is not None
    assert stored.grant is not None
    return stored.grant.access_token, stored.grant.refresh_token


def test_a_token_that_is_good_is_used(upstream: Upstream, clock: Clock) -> None:
    with Client(upstream.add_connection(now=clock.time()), clock=clock) as client:
        client.run(LIST_ACTION)
        client.run(*CREATE_CALL)
    assert sent_tokens(upstream) == ["access-1", "access-1"]
    assert upstream.api_requests[0].headers["x-api-token"] is None
    assert upstream.refresh_count == 0


@pytest.mark.parametrize(("elapsed", "refreshes"), [(3500, 0), (3545, 1), (4000, 1)])
def test_a_token_is_renewed_before_it_expires(upstream: Upstream, clock: Clock, elapsed: float, refreshes: int) -> None:
    with Client(upstream.add_connection(now=clock.time()), clock=clock) as client:
        clock.advance(elapsed)
        for _ in range(3):
            client.run(LIST_ACTION)
    assert upstream.refresh_count == refreshes
    assert sent_tokens(upstream) == [f"access-{1 + refreshes}"] * 3
    assert stored_token() == (f"access-{1 + refreshes}", "refresh-1")


def test_a_short_lifetime_is_used_too(upstream: Upstream, clock: Clock) -> None:
    upstream.lifetime = 30
    with Client(upstream.add_connection(expires_in=30, now=clock.time()), clock=clock) as client:
        for elapsed in (20, 8, 20):
            clock.advance(elapsed)
            client.run(LIST_ACTION)
    assert upstream.refresh_count == 1


@pytest.mark.parametrize("lifetime", [3600, None])
def test_a_token_that_is_refused_is_renewed_once(upstream: Upstream, clock: Clock, lifetime: float | None) -> None:
    upstream.lifetime = lifetime
    with Client(upstream.add_connection(expires_in=lifetime, now=clock.time()), clock=clock) as client:
        upstream.access_tokens.clear()
        assert client.run(*CREATE_CALL)["data"]["id"] == 1
        client.run(LIST_ACTION)
        # Both requests that were sent for the first call are counted.
        assert client.budget.requests == 3
    assert sent_tokens(upstream) == ["access-1", "access-2", "access-2"]
    assert len(upstream.deals) == upstream.refresh_count == 1
    assert clock.pauses == []


def test_new_tokens_that_are_refused_as_well(upstream: Upstream, clock: Clock) -> None:
    with Client(upstream.add_connection("two words", now=clock.time()), clock=clock) as client:
        upstream.planned_failures = [StubResponse(401, {"success": False, "error": "Invalid token"})] * 2
        with pytest.raises(Unauthorized, match=r"authorise it anew: dealwright connect 'two words'$") as caught:
            client.run(LIST_ACTION)
    assert caught.value.reconnect == "dealwright connect 'two words'"
    assert upstream.refresh_count == 1
    assert len(upstream.api_requests) == 2


@pytest.mark.parametrize(
    "refusal",
    [
        NO_SUCH_GRANT,
        # Other shapes that the refusal may have.
        StubResponse(400, {"success": False, "error": "Invalid grant: refresh_token is invalid"}),
        StubResponse(401, {"error": "invalid_client", "error_description": "Invalid client: client is invalid"}),
    ],
    ids=str,
)
def test_a_refused_renewal_names_the_command_to_reconnect(
    upstream: Upstream, clock: Clock, refusal: StubResponse
) -> None:
    with Client(upstream.add_connection(now=clock.time()), clock=clock) as client:
        clock.advance(4000)
        upstream.planned_token_failures = [refusal]
        with pytest.raises(Unauthorized, match=r"Invalid .*; authorise it anew: dealwright connect crm$"):
            client.run(LIST_ACTION)
        assert upstream.api_requests == []
        assert stored_token() == ("access-1", "refresh-1")
        # Once the user has reconnected, an open client works again.
        upstream.add_connection(now=clock.time())
        client.run(LIST_ACTION)
    assert sent_tokens(upstream) == ["access-2"]


@pytest.mark.parametrize(
    "failure",
    [
        StubResponse(503, {"success": False}),
        StubResponse(502, b"<html><title>Bad gateway</title></html>", {"content-type": "text/html"}),
        StubResponse(429, {"success": False, "error": "request over limit"}),
        StubResponse(200, b"<html><title>Log in to this network</title></html>", {"content-type": "text/html"}),
        StubResponse(200, {"access_token": ""}, {}, truncated=True),
        StubResponse(200, {"access_token": "two words"}),
        StubResponse(200, {"access_token": "x", "api_domain": "ftp://example.com"}),
        StubResponse(None),
    ],
    ids=str,
)
def test_a_failed_renewal_loses_nothing(upstream: Upstream, clock: Clock, failure: StubResponse) -> None:
    connection = upstream.add_connection(now=clock.time())
    clock.advance(4000)
    with Client(connection, clock=clock, retries=0) as client:
        upstream.planned_token_failures = [failure]
        with pytest.raises(Unavailable, match="cannot be renewed") as caught:
            client.run(*CREATE_CALL)
        assert not caught.value.may_have_run
        assert upstream.api_requests == []
        assert stored_token() == ("access-1", "refresh-1")
    with Client(connection, clock=clock) as client:
        # Nothing has been carried out, so that even the creation of a record may be retried.
        upstream.planned_token_failures = [failure]
        client.run(*CREATE_CALL)
    assert len(upstream.deals) == upstream.refresh_count == 1
    assert len(clock.pauses) == 1


def test_a_renewal_that_a_proxy_blocks_is_not_refused(upstream: Upstream, clock: Clock) -> None:
    with Client(upstream.add_connection(now=clock.time()), clock=clock) as client:
        clock.advance(4000)
        upstream.planned_token_failures = [
            StubResponse(403, b"<html><title>Blocked</title></html>", {"content-type": "text/html"})
        ]
        with pytest.raises(Unavailable, match="titled 'Blocked'"):
            client.run(LIST_ACTION)
        client.run(LIST_ACTION)
    assert clock.pauses == []


def test_a_provider_that_is_late(upstream: Upstream, clock: Clock) -> None:
    with Client(upstream.add_connection(now=clock.time()), timeout=0.05, retries=0, clock=clock) as client:
        clock.advance(4000)
        upstream.planned_token_failures = [StubResponse(200, {}, {}, delay=0.2)]
        with pytest.raises(Unavailable, match="no answer in time"):
            client.run(LIST_ACTION)


def test_the_wait_that_the_provider_asks_for_is_kept(upstream: Upstream, clock: Clock) -> None:
    with Client(upstream.add_connection(now=clock.time()), clock=clock) as client:
        clock.advance(4000)
        upstream.planned_token_failures = [StubResponse(503, b"", {"retry-after": "7"})]
        client.run(LIST_ACTION)
    [pause] = clock.pauses
    assert 7 <= pause <= 7.5


def test_a_refresh_token_that_is_new_each_time(upstream: Upstream, clock: Clock) -> None:
    upstream.rotates_refresh_tokens = True
    with Client(upstream.add_connection(now=clock.time()), clock=clock) as client:
        for number in (2, 3):
            clock.advance(4000)
            client.run(LIST_ACTION)
            assert stored_token() == (f"access-{number}", f"refresh-{number}")
    assert upstream.refresh_count == 2


def test_a_grant_that_cannot_be_renewed(upstream: Upstream, clock: Clock) -> None:
    connection = upstream.add_connection(now=clock.time())
    assert connection.grant is not None
    grant = msgspec.structs.replace(connection.grant, refresh_token=None)
    connections.add(connections.from_grant("crm", upstream.url, "another", grant), replace=True)
    with Client("crm", clock=clock) as client:
        client.run(LIST_ACTION)
        clock.advance(4000)
        with pytest.raises(Unauthorized, match=r"without a refresh token.*dealwright connect crm"):
            client.run(LIST_ACTION)


def test_the_url_of_the_api_changes(upstream: Upstream, clock: Clock) -> None:
    with run_upstream() as other, Client(upstream.add_connection(now=clock.time()), clock=clock) as client:
        other.access_tokens = upstream.access_tokens
        client.run(LIST_ACTION, idempotency_key=None)
        made = client.run(*CREATE_CALL, idempotency_key="roof")
        clock.advance(4000)
        upstream.api_domain = other.url
        client.run(LIST_ACTION)
        assert len(other.api_requests) == 1
        stored = connections.find_stored("crm")
        assert stored is not None
        assert (stored.url, stored.kind) == (other.url, "server")
        with Client("crm", clock=clock) as another:
            # It is still the same company, with its budget and its idempotency keys.
            assert another.budget.spent == client.budget.spent > 0
            assert another.run(*CREATE_CALL, idempotency_key="roof") == made
    assert len(upstream.deals) == 1


def test_an_encrypted_api_does_not_change_to_an_unencrypted_url() -> None:
    from dealwright.connectors import oauth
    from dealwright.connectors.grants import App

    app = App(provider="https://crm.example.com", client_id="a", client_secret="b")
    with pytest.raises(oauth.ProviderUnavailable, match="without encryption"):
        oauth._api_url(app, oauth.TokenResponse(access_token="x", api_domain="http://crm.example.com"))


def test_a_removed_connection_does_not_come_back(upstream: Upstream, clock: Clock) -> None:
    with Client(upstream.add_connection(now=clock.time()), clock=clock) as client:
        connections.remove("crm")
        clock.advance(4000)
        with pytest.raises(UnusableConnection, match="removed"):
            client.run(LIST_ACTION)
    assert connections.find_stored("crm") is None
    assert upstream.refresh_count == 0


def test_changes_to_a_connection_during_its_renewal_are_kept(upstream: Upstream, clock: Clock) -> None:
    reconnect = True

    def respond(request: RecordedRequest) -> StubResponse:
        reply = upstream.respond(request)
        if request.path == "/oauth/token":
            connections.remove("crm")
            if reconnect:
                upstream.add_connection(now=clock.time())
        return reply

    upstream.service.responder = respond
    with Client(upstream.add_connection(now=clock.time()), clock=clock) as client:
        clock.advance(4000)
        client.run(LIST_ACTION)
        assert sent_tokens(upstream) == ["access-3"]
        assert stored_token() == ("access-3", "refresh-3")
        reconnect = False
        clock.advance(4000)
        with pytest.raises(UnusableConnection, match="has been removed"):
            client.run(LIST_ACTION)
    assert connections.find_stored("crm") is None


def test_seconds_as_text(upstream: Upstream, clock: Clock) -> None:
    upstream.planned_token_failures = [StubResponse(200, {"access_token": "access-1", "expires_in": "1800"})]
    with Client(upstream.add_connection(now=clock.time()), clock=clock) as client:
        clock.advance(4000)
        client.run(LIST_ACTION)
        clock.advance(1700)
        client.run(LIST_ACTION)
        assert upstream.refresh_count == 0
        clock.advance(60)
        client.run(LIST_ACTION)
        assert upstream.refresh_count == 1


def test_a_connection_whose_url_has_changed(upstream: Upstream, clock: Clock) -> None:
    with run_upstream() as other, Client(upstream.add_connection(now=clock.time()), clock=clock) as client:
        other.add_connection(now=clock.time())
        clock.advance(4000)
        with pytest.raises(UnusableConnection, match="open it anew"):
            client.run(LIST_ACTION)
        assert other.service.requests == []


def test_run_connection_action_uses_the_last_consent(upstream: Upstream) -> None:
    for _ in range(2):
        upstream.add_connection(now=time.time())
        run_connection_action("crm", LIST_ACTION)
        run_connection_action("crm", LIST_ACTION)
    assert sent_tokens(upstream) == ["access-1", "access-1", "access-2", "access-2"]


def test_a_store_that_cannot_be_written_loses_no_tokens(
    upstream: Upstream, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.rotates_refresh_tokens = True

    def raise_disk_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with Client(upstream.add_connection(now=clock.time()), clock=clock) as client:
        clock.advance(4000)
        with monkeypatch.context() as patch:
            patch.setattr(store, "_write", raise_disk_full)
            with pytest.raises(UnusableConnection, match="No space left"):
                client.run(LIST_ACTION)
        # The new tokens are not used before they are stored.
        assert upstream.api_requests == []
        client.run(LIST_ACTION)
    assert upstream.refresh_count == 1
    assert stored_token() == ("access-2", "refresh-2")


def test_what_a_scope_forbids_is_not_renewed(upstream: Upstream, clock: Clock) -> None:
    with Client(upstream.add_connection(now=clock.time()), clock=clock) as client:
        upstream.planned_failures = [StubResponse(403, {"success": False, "error": "Scope and URL mismatch"})]
        with pytest.raises(MissingScope):
            client.run(LIST_ACTION)
        page = StubResponse(403, b"<html><title>Scope of this filter</title></html>", {"content-type": "text/html"})
        upstream.planned_failures = [page]
        with pytest.raises(Unavailable):
            client.run(LIST_ACTION)
    assert upstream.refresh_count == 0


def test_a_download_from_another_host_goes_without_the_token(upstream: Upstream, clock: Clock) -> None:
    with run_upstream() as storage, Client(upstream.add_connection(now=clock.time()), clock=clock) as client:
        upstream.planned_failures = [StubResponse(302, b"", {"location": f"{storage.url}/signed?key=1"})]
        storage.service.responder = lambda _: StubResponse(200, b"%PDF", {"content-type": "application/pdf"})
        assert client.run("get_files_by_id_download", {"id": 1}) == b"%PDF"
        assert storage.service.requests[0].headers["authorization"] is None


# Concurrency


def test_many_threads_renew_once(upstream: Upstream, clock: Clock) -> None:
    connection = upstream.add_connection(now=clock.time())
    clock.advance(4000)
    clients = [Client(connection, clock=clock) for _ in range(2)]
    with clients[0], clients[1], ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda number: clients[number % 2].run(LIST_ACTION), range(64)))
    assert upstream.refresh_count == 1
    assert set(sent_tokens(upstream)) == {"access-2"}


class CountingLock:
    """A lock that counts the attempts to acquire it."""

    def __init__(self) -> None:
        self.arrivals = threading.Semaphore(0)
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self.arrivals.release()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_threads_share_one_failed_request_to_the_provider(
    upstream: Upstream, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = upstream.add_connection(now=clock.time())
    clock.advance(4000)
    lock = CountingLock()

    def respond_unavailable(_: object) -> StubResponse:
        for _ in range(8):
            assert lock.arrivals.acquire(timeout=10)
        return StubResponse(503, b"")

    upstream.service.responder = respond_unavailable
    with Client(connection, clock=clock, retries=0) as client:
        monkeypatch.setattr(client._session._open_now()._access, "_lock", lock)

        def run_list(_: int) -> str:
            with pytest.raises(Unavailable) as caught:
                client.run(LIST_ACTION)
            return str(caught.value)

        with ThreadPoolExecutor(8) as threads:
            assert len(set(threads.map(run_list, range(8)))) == 1
    assert len(upstream.service.requests) == 1


FIFTY_CALLS_SCRIPT = """
import sys
from concurrent.futures import ThreadPoolExecutor
from dealwright.connectors import Client
with Client("crm") as client:
    print("ready", flush=True)
    sys.stdin.readline()
    with ThreadPoolExecutor(int(sys.argv[1])) as threads:
        print(sum(answer["success"] for answer in threads.map(lambda _: client.run("v2.get_deals"), range(50))))
"""


@pytest.mark.parametrize("threads", [1, 5])
@pytest.mark.parametrize("revoked", [False, True], ids=["expired", "revoked"])
def test_two_processes_renew_once(upstream: Upstream, threads: int, revoked: bool) -> None:
    upstream.add_connection(now=time.time() if revoked else time.time() - 4000)
    if revoked:
        upstream.access_tokens.clear()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", FIFTY_CALLS_SCRIPT, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60)[0] for process in processes] == ["50\n", "50\n"]
    assert upstream.refresh_count == 1
    assert sent_tokens(upstream).count("access-2") == 100
    assert stored_token() == ("access-2", "refresh-1")


INTERRUPTED_SCRIPT = """
import signal
from dealwright.connectors import run_connection_action
def interrupt(*_):
    print("interrupted", flush=True)
    raise KeyboardInterrupt
signal.signal(signal.SIGINT, interrupt)
run_connection_action("crm", "v2.get_deals")
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_does_not_lose_a_rotated_refresh_token(upstream: Upstream) -> None:
    upstream.rotates_refresh_tokens = True
    upstream.add_connection(now=time.time() - 4000)
    request_received, may_respond = threading.Event(), threading.Event()

    def respond_slowly(request: RecordedRequest) -> StubResponse:
        request_received.set()
        may_respond.wait(10)
        return upstream.respond(request)

    upstream.service.responder = respond_slowly
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED_SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert request_received.wait(30)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        assert process.stdout.readline() == "interrupted\n"
        may_respond.set()
        _, errors = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in errors
    assert upstream.api_requests == []
    assert stored_token() == ("access-2", "refresh-2")


# Stored tokens


def test_no_file_has_a_secret(upstream: Upstream, clock: Clock, tmp_path: Path) -> None:
    with Client(upstream.add_connection(now=clock.time()), clock=clock) as client:
        clock.advance(4000)
        client.run(LIST_ACTION)
        assert "access-" not in repr(client.connection)
    files = [path for path in (tmp_path / "config").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".key", ".lock"}
    for path in files:
        content = path.read_text()
        assert not [word for word in ("access-", "refresh-", "harbour-") if word in content]
        if os.name != "nt":
            assert path.stat().st_mode & 0o777 == 0o600
