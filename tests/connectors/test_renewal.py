"""Tokens of OAuth that are renewed: in time, once, by whoever comes first, and never lost."""

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
from tests.connectors.service import Asked, Reply
from tests.connectors.upstream import NO_SUCH_GRANT, Upstream, standing

LIST = "v2.get_deals"
NEW = ("v2.post_deals", {"data": {"title": "Roof"}})


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with standing() as upstream:
        yield upstream


def shown(upstream: Upstream) -> list[str]:
    """The access tokens that the API was shown."""
    return [asked.headers["authorization"].removeprefix("Bearer ") for asked in upstream.served]


def stored_token(name: str = "crm") -> tuple[str, str | None]:
    stored = connections.stored(name)
    assert stored is not None
    assert stored.grant is not None
    return stored.grant.access_token, stored.grant.refresh_token


def test_a_token_that_is_good_is_used(upstream: Upstream, clock: Clock) -> None:
    with Client(upstream.connected(now=clock.time()), clock=clock) as client:
        client.run(LIST)
        client.run(*NEW)
    assert shown(upstream) == ["access-1", "access-1"]
    assert upstream.served[0].headers["x-api-token"] is None
    assert upstream.refreshes == 0


@pytest.mark.parametrize(("passed", "refreshes"), [(3500, 0), (3545, 1), (4000, 1)])
def test_a_token_is_renewed_before_it_expires(upstream: Upstream, clock: Clock, passed: float, refreshes: int) -> None:
    with Client(upstream.connected(now=clock.time()), clock=clock) as client:
        clock.pass_by(passed)
        for _ in range(3):
            client.run(LIST)
    assert upstream.refreshes == refreshes
    assert shown(upstream) == [f"access-{1 + refreshes}"] * 3
    assert stored_token() == (f"access-{1 + refreshes}", "refresh-1")


def test_a_short_life_is_used_too(upstream: Upstream, clock: Clock) -> None:
    upstream.lifetime = 30
    with Client(upstream.connected(expires_in=30, now=clock.time()), clock=clock) as client:
        for passed in (20, 8, 20):
            clock.pass_by(passed)
            client.run(LIST)
    assert upstream.refreshes == 1


@pytest.mark.parametrize("lifetime", [3600, None])
def test_a_token_that_is_refused_is_renewed_once(upstream: Upstream, clock: Clock, lifetime: float | None) -> None:
    upstream.lifetime = lifetime
    with Client(upstream.connected(expires_in=lifetime, now=clock.time()), clock=clock) as client:
        upstream.access.clear()
        assert client.run(*NEW)["data"]["id"] == 1
        client.run(LIST)
        # Both requests that were made for the first call are in the account.
        assert client.budget.requests == 3
    assert shown(upstream) == ["access-1", "access-2", "access-2"]
    assert len(upstream.deals) == upstream.refreshes == 1
    assert clock.pauses == []


def test_new_tokens_that_are_refused_as_well(upstream: Upstream, clock: Clock) -> None:
    with Client(upstream.connected("two words", now=clock.time()), clock=clock) as client:
        upstream.trouble = [Reply(401, {"success": False, "error": "Invalid token"})] * 2
        with pytest.raises(Unauthorized, match=r"authorise it anew: dealwright connect 'two words'$") as caught:
            client.run(LIST)
    assert caught.value.reconnect == "dealwright connect 'two words'"
    assert upstream.refreshes == 1
    assert len(upstream.served) == 2


@pytest.mark.parametrize(
    "refusal",
    [
        NO_SUCH_GRANT,
        # Other shapes that the refusal may have.
        Reply(400, {"success": False, "error": "Invalid grant: refresh_token is invalid"}),
        Reply(401, {"error": "invalid_client", "error_description": "Invalid client: client is invalid"}),
    ],
    ids=str,
)
def test_a_refused_renewal_says_how_to_go_on(upstream: Upstream, clock: Clock, refusal: Reply) -> None:
    with Client(upstream.connected(now=clock.time()), clock=clock) as client:
        clock.pass_by(4000)
        upstream.token_trouble = [refusal]
        with pytest.raises(Unauthorized, match=r"Invalid .*; authorise it anew: dealwright connect crm$"):
            client.run(LIST)
        assert upstream.served == []
        assert stored_token() == ("access-1", "refresh-1")
        # Once the user has done so, a client that lives on goes on.
        upstream.connected(now=clock.time())
        client.run(LIST)
    assert shown(upstream) == ["access-2"]


@pytest.mark.parametrize(
    "trouble",
    [
        Reply(503, {"success": False}),
        Reply(502, b"<html><title>Bad gateway</title></html>", {"content-type": "text/html"}),
        Reply(429, {"success": False, "error": "request over limit"}),
        Reply(200, b"<html><title>Log in to this network</title></html>", {"content-type": "text/html"}),
        Reply(200, {"access_token": ""}, {}, cut=True),
        Reply(200, {"access_token": "two words"}),
        Reply(200, {"access_token": "x", "api_domain": "ftp://example.com"}),
        Reply(None),
    ],
    ids=str,
)
def test_trouble_with_a_renewal_loses_nothing(upstream: Upstream, clock: Clock, trouble: Reply) -> None:
    connection = upstream.connected(now=clock.time())
    clock.pass_by(4000)
    with Client(connection, clock=clock, retries=0) as client:
        upstream.token_trouble = [trouble]
        with pytest.raises(Unavailable, match="cannot be renewed") as caught:
            client.run(*NEW)
        assert not caught.value.may_have_run
        assert upstream.served == []
        assert stored_token() == ("access-1", "refresh-1")
    with Client(connection, clock=clock) as client:
        # Nothing has been carried out, so that even a new record may be tried again.
        upstream.token_trouble = [trouble]
        client.run(*NEW)
    assert len(upstream.deals) == upstream.refreshes == 1
    assert len(clock.pauses) == 1


def test_a_renewal_that_somebody_in_between_blocks_is_not_refused(upstream: Upstream, clock: Clock) -> None:
    with Client(upstream.connected(now=clock.time()), clock=clock) as client:
        clock.pass_by(4000)
        upstream.token_trouble = [Reply(403, b"<html><title>Blocked</title></html>", {"content-type": "text/html"})]
        with pytest.raises(Unavailable, match="titled 'Blocked'"):
            client.run(LIST)
        client.run(LIST)
    assert clock.pauses == []


def test_a_provider_that_is_late(upstream: Upstream, clock: Clock) -> None:
    with Client(upstream.connected(now=clock.time()), timeout=0.05, retries=0, clock=clock) as client:
        clock.pass_by(4000)
        upstream.token_trouble = [Reply(200, {}, {}, after=0.2)]
        with pytest.raises(Unavailable, match="no answer in time"):
            client.run(LIST)


def test_what_the_provider_tells_to_wait_is_waited(upstream: Upstream, clock: Clock) -> None:
    with Client(upstream.connected(now=clock.time()), clock=clock) as client:
        clock.pass_by(4000)
        upstream.token_trouble = [Reply(503, b"", {"retry-after": "7"})]
        client.run(LIST)
    [pause] = clock.pauses
    assert 7 <= pause <= 7.5


def test_a_refresh_token_that_is_new_each_time(upstream: Upstream, clock: Clock) -> None:
    upstream.rotates = True
    with Client(upstream.connected(now=clock.time()), clock=clock) as client:
        for number in (2, 3):
            clock.pass_by(4000)
            client.run(LIST)
            assert stored_token() == (f"access-{number}", f"refresh-{number}")
    assert upstream.refreshes == 2


def test_a_grant_that_cannot_be_renewed(upstream: Upstream, clock: Clock) -> None:
    connection = upstream.connected(now=clock.time())
    assert connection.grant is not None
    grant = msgspec.structs.replace(connection.grant, refresh_token=None)
    connections.add(connections.granted("crm", upstream.url, "another", grant), replace=True)
    with Client("crm", clock=clock) as client:
        client.run(LIST)
        clock.pass_by(4000)
        with pytest.raises(Unauthorized, match=r"without a refresh token.*dealwright connect crm"):
            client.run(LIST)


def test_the_api_moves(upstream: Upstream, clock: Clock) -> None:
    with standing() as elsewhere, Client(upstream.connected(now=clock.time()), clock=clock) as client:
        elsewhere.access = upstream.access
        client.run(LIST, idempotency_key=None)
        made = client.run(*NEW, idempotency_key="roof")
        clock.pass_by(4000)
        upstream.api_domain = elsewhere.url
        client.run(LIST)
        assert len(elsewhere.served) == 1
        stored = connections.stored("crm")
        assert stored is not None
        assert (stored.url, stored.kind) == (elsewhere.url, "server")
        with Client("crm", clock=clock) as another:
            # It is still the same company: what it has spent, and what has been made with a key.
            assert another.budget.spent == client.budget.spent > 0
            assert another.run(*NEW, idempotency_key="roof") == made
    assert len(upstream.deals) == 1


def test_an_api_that_was_reached_in_secret_does_not_move_into_the_open() -> None:
    from dealwright.connectors import oauth
    from dealwright.connectors.grants import App

    app = App(provider="https://crm.example.com", client_id="a", client_secret="b")
    with pytest.raises(oauth.Unheard, match="without encryption"):
        oauth._api(app, oauth.Tokens(access_token="x", api_domain="http://crm.example.com"))


def test_a_removed_connection_does_not_come_back(upstream: Upstream, clock: Clock) -> None:
    with Client(upstream.connected(now=clock.time()), clock=clock) as client:
        connections.remove("crm")
        clock.pass_by(4000)
        with pytest.raises(UnusableConnection, match="removed"):
            client.run(LIST)
    assert connections.stored("crm") is None
    assert upstream.refreshes == 0


def test_what_happens_to_a_connection_while_it_is_renewed_stands(upstream: Upstream, clock: Clock) -> None:
    anew = True

    def respond(asked: Asked) -> Reply:
        reply = upstream.respond(asked)
        if asked.path == "/oauth/token":
            connections.remove("crm")
            if anew:
                upstream.connected(now=clock.time())
        return reply

    upstream.service.responder = respond
    with Client(upstream.connected(now=clock.time()), clock=clock) as client:
        clock.pass_by(4000)
        client.run(LIST)
        assert shown(upstream) == ["access-3"]
        assert stored_token() == ("access-3", "refresh-3")
        anew = False
        clock.pass_by(4000)
        with pytest.raises(UnusableConnection, match="has been removed"):
            client.run(LIST)
    assert connections.stored("crm") is None


def test_seconds_as_text(upstream: Upstream, clock: Clock) -> None:
    upstream.token_trouble = [Reply(200, {"access_token": "access-1", "expires_in": "1800"})]
    with Client(upstream.connected(now=clock.time()), clock=clock) as client:
        clock.pass_by(4000)
        client.run(LIST)
        clock.pass_by(1700)
        client.run(LIST)
        assert upstream.refreshes == 0
        clock.pass_by(60)
        client.run(LIST)
        assert upstream.refreshes == 1


def test_a_connection_that_leads_elsewhere_by_now(upstream: Upstream, clock: Clock) -> None:
    with standing() as elsewhere, Client(upstream.connected(now=clock.time()), clock=clock) as client:
        elsewhere.connected(now=clock.time())
        clock.pass_by(4000)
        with pytest.raises(UnusableConnection, match="open it anew"):
            client.run(LIST)
        assert elsewhere.service.asked == []


def test_run_connection_action_acts_for_whoever_has_consented_last(upstream: Upstream) -> None:
    for _ in range(2):
        upstream.connected(now=time.time())
        run_connection_action("crm", LIST)
        run_connection_action("crm", LIST)
    assert shown(upstream) == ["access-1", "access-1", "access-2", "access-2"]


def test_a_store_that_cannot_be_written_loses_no_tokens(
    upstream: Upstream, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.rotates = True

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with Client(upstream.connected(now=clock.time()), clock=clock) as client:
        clock.pass_by(4000)
        with monkeypatch.context() as patch:
            patch.setattr(store, "_write", full)
            with pytest.raises(UnusableConnection, match="No space left"):
                client.run(LIST)
        # They have not been used before they were stored.
        assert upstream.served == []
        client.run(LIST)
    assert upstream.refreshes == 1
    assert stored_token() == ("access-2", "refresh-2")


def test_what_a_scope_forbids_is_not_renewed(upstream: Upstream, clock: Clock) -> None:
    with Client(upstream.connected(now=clock.time()), clock=clock) as client:
        upstream.trouble = [Reply(403, {"success": False, "error": "Scope and URL mismatch"})]
        with pytest.raises(MissingScope):
            client.run(LIST)
        page = Reply(403, b"<html><title>Scope of this filter</title></html>", {"content-type": "text/html"})
        upstream.trouble = [page]
        with pytest.raises(Unavailable):
            client.run(LIST)
    assert upstream.refreshes == 0


def test_a_download_from_another_host_goes_without_the_token(upstream: Upstream, clock: Clock) -> None:
    with standing() as storage, Client(upstream.connected(now=clock.time()), clock=clock) as client:
        upstream.trouble = [Reply(302, b"", {"location": f"{storage.url}/signed?key=1"})]
        storage.service.responder = lambda asked: Reply(200, b"%PDF", {"content-type": "application/pdf"})
        assert client.run("get_files_by_id_download", {"id": 1}) == b"%PDF"
        assert storage.service.asked[0].headers["authorization"] is None


# At the same time


def test_many_threads_renew_once(upstream: Upstream, clock: Clock) -> None:
    connection = upstream.connected(now=clock.time())
    clock.pass_by(4000)
    clients = [Client(connection, clock=clock) for _ in range(2)]
    with clients[0], clients[1], ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda number: clients[number % 2].run(LIST), range(64)))
    assert upstream.refreshes == 1
    assert set(shown(upstream)) == {"access-2"}


class Queue:
    """A lock that knows how many have come to it."""

    def __init__(self) -> None:
        self.come = threading.Semaphore(0)
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self.come.release()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def test_threads_do_not_ask_a_provider_that_is_down_one_by_one(
    upstream: Upstream, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = upstream.connected(now=clock.time())
    clock.pass_by(4000)
    queue = Queue()

    def down(_: object) -> Reply:
        for _ in range(8):
            assert queue.come.acquire(timeout=10)
        return Reply(503, b"")

    upstream.service.responder = down
    with Client(connection, clock=clock, retries=0) as client:
        monkeypatch.setattr(client._open()._access, "_lock", queue)

        def ask(_: int) -> str:
            with pytest.raises(Unavailable) as caught:
                client.run(LIST)
            return str(caught.value)

        with ThreadPoolExecutor(8) as threads:
            assert len(set(threads.map(ask, range(8)))) == 1
    assert len(upstream.service.asked) == 1


FIFTY = """
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
    upstream.connected(now=time.time() if revoked else time.time() - 4000)
    if revoked:
        upstream.access.clear()
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", FIFTY, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
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
    assert upstream.refreshes == 1
    assert shown(upstream).count("access-2") == 100
    assert stored_token() == ("access-2", "refresh-1")


INTERRUPTED = """
import signal
from dealwright.connectors import run_connection_action
def interrupt(*_):
    print("interrupted", flush=True)
    raise KeyboardInterrupt
signal.signal(signal.SIGINT, interrupt)
run_connection_action("crm", "v2.get_deals")
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c_does_not_lose_what_the_provider_gives_once(upstream: Upstream) -> None:
    upstream.rotates = True
    upstream.connected(now=time.time() - 4000)
    asked, go_on = threading.Event(), threading.Event()

    def slow(request: Asked) -> Reply:
        asked.set()
        go_on.wait(10)
        return upstream.respond(request)

    upstream.service.responder = slow
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert asked.wait(30)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        assert process.stdout.readline() == "interrupted\n"
        go_on.set()
        _, said = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in said
    assert upstream.served == []
    assert stored_token() == ("access-2", "refresh-2")


# In the file


def test_no_file_has_a_secret(upstream: Upstream, clock: Clock, tmp_path: Path) -> None:
    with Client(upstream.connected(now=clock.time()), clock=clock) as client:
        clock.pass_by(4000)
        client.run(LIST)
        assert "access-" not in repr(client.connection)
    files = [path for path in (tmp_path / "config").rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".key", ".lock"}
    for path in files:
        content = path.read_text()
        assert not [word for word in ("access-", "refresh-", "harbour-") if word in content]
        if os.name != "nt":
            assert path.stat().st_mode & 0o777 == 0o600
