"""The stream of changes over HTTP: from several workers, through the death of one, and to the end of the server."""

from __future__ import annotations

import http.client
import os
import signal
import threading
import time
from functools import partial
from urllib.parse import urlsplit

import httpx2

from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins
from dealwright.storage.platform import Platform
from tests.app_browser import EMAIL, PASSWORD
from tests.event_stream import Event, parse_event
from tests.server_process import ServerProcess, open_connections, run_server, wait_until, workers


class Reader(threading.Thread):
    """Reads the stream as a browser does: when the connection ends, it opens another one and goes on where it was."""

    def __init__(self, server: ServerProcess, cookie: str) -> None:
        super().__init__(daemon=True)
        self.events: list[Event] = []
        self.connections = 0
        self.ended = threading.Event()
        self._server = server
        self._cookie = cookie
        self._last_id: int | None = None

    def run(self) -> None:
        while not self.ended.is_set():
            try:
                self._read()
            except (OSError, http.client.HTTPException):
                time.sleep(0.1)

    def _read(self) -> None:
        connection = http.client.HTTPConnection(urlsplit(self._server.url).netloc, timeout=30)
        headers = {"cookie": self._cookie, "accept": "text/event-stream"}
        if self._last_id is not None:
            headers["last-event-id"] = str(self._last_id)
        connection.request("GET", "/app/api/changes", headers=headers)
        answer = connection.getresponse()
        assert answer.status == 200, answer.status
        self.connections += 1
        block = ""
        while line := answer.readline().decode():
            if line != "\n":
                block += line
                continue
            event = parse_event(block.rstrip("\n"))
            self._last_id, block = event.id, ""
            self.events.append(event)
        connection.close()

    def created(self) -> set[int]:
        """Returns the ids of the deals whose creation it was told."""
        return {
            one.data["id"]
            for one in self.events
            if one.name == "change" and (one.data["object"], one.data["action"]) == ("deal", "create")
        }


def sign_in(server: ServerProcess) -> str:
    """Returns the cookie of a browser in which the admin has signed in."""
    with httpx2.Client(base_url=server.url, timeout=60) as client:
        headers = {"x-csrf-token": client.get("/app/api/session").json()["csrf_token"]}
        answer = client.post("/app/api/session", json={"email": EMAIL, "password": PASSWORD}, headers=headers)
        assert answer.status_code == 200
        return "; ".join(f"{name}={value}" for name, value in client.cookies.items())


def test_the_death_of_a_worker_loses_nothing(location: str) -> None:
    with run_server(location, "--workers", "2") as server:
        platform = Platform(location)
        logins.set_password(platform, UserRef(1, 1), EMAIL, PASSWORD)
        platform.close()
        reader = Reader(server, sign_in(server))
        reader.start()
        wait_until(lambda: reader.events, "the stream did not begin")
        made: set[int] = set()
        stop = threading.Event()

        def write() -> None:
            while not stop.is_set():
                try:
                    with open_connections(server, 1) as [connection]:
                        made.add(connection.call("POST", "/api/v2/deals", {"title": "x"})["id"])
                except (OSError, http.client.HTTPException):
                    # Its worker was killed: whether the deal is there is not known.
                    continue

        writer = threading.Thread(target=write)
        writer.start()
        wait_until(lambda: len(made) > 3, "no deals")
        # One of the two serves the stream.
        while reader.connections < 2:
            before = workers(server)
            os.kill(before[0], signal.SIGKILL)
            wait_until(partial(_is_gone, server, before[0]), "it did not die")
            wait_until(lambda: len(workers(server)) == 2, "nobody took its place")
        known = len(made)
        wait_until(lambda: len(made) > known + 3, "no more deals")
        stop.set()
        writer.join()
        wait_until(lambda: made <= reader.created(), "changes are missing")
        assert not [event for event in reader.events if event.name == "reset"]
        reader.ended.set()


def test_a_stream_does_not_keep_a_server_from_ending(location: str) -> None:
    for number in ("1", "2"):
        with run_server(location, "--workers", number) as server:
            platform = Platform(location)
            logins.set_password(platform, UserRef(1, 1), EMAIL, PASSWORD)
            platform.close()
            reader = Reader(server, sign_in(server))
            reader.start()
            wait_until(partial(getattr, reader, "events"), "the stream did not begin")
            reader.ended.set()
            server.process.terminate()
            # The stream ends in order, so that the server need not wait until it breaks off.
            assert server.process.wait(60) == 0
            reader.join(60)
            assert not reader.is_alive()


def _is_gone(server: ServerProcess, worker: int) -> bool:
    return worker not in workers(server)
