"""A receiver that hangs holds back its own deliveries only, and a host that does not answer is left alone for a while."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from dealwright.jobs.run_due import run_due
from dealwright.jobs.webhooks import admission
from dealwright.jobs.webhooks.admission import CAPACITY, Admission, NotAdmitted, Sharers
from dealwright.server import outbound_http
from dealwright.server.outbound_http import HttpResult
from tests.api import Api
from tests.jobs.processes import wait_until
from tests.receiver import ReceivedRequest, run_receiver
from tests.server_process import Connection, open_connections, run_server

TIMEOUT = HttpResult(None, "no answer within 10 s")
OK = HttpResult(200, None)

# A server whose deliveries never time out, with room for all that hang here; those that are put back return at once and
# go on doing so, more of them than it can run.
WITHOUT_TIMEOUT = """
import sys
from dealwright.cli import main
from dealwright.jobs.webhooks import admission
from dealwright.server import outbound_http
outbound_http.TIMEOUT_SECONDS = 3600.0
admission.TIMEOUT_SECONDS = 0.0
admission.CAPACITY = 200
sys.exit(main(sys.argv[2:]))
"""


@contextmanager
def run_hanging_receiver() -> Iterator[str]:
    """The URL of a receiver that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as server, ExitStack() as opened:

        def accept() -> None:
            while True:
                try:
                    opened.enter_context(server.accept()[0])
                except OSError:
                    return

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        server.shutdown(socket.SHUT_RDWR)


def subscribe(connection: Connection, url: str) -> None:
    hook = {"subscription_url": url, "event_action": "*", "event_object": "deal"}
    connection.call("POST", "/v1/webhooks", hook)


@pytest.mark.parametrize("hosts", [1, 39])
def test_one_good_receiver_among_39_that_hang(location: str, hosts: int) -> None:
    arrived: set[str] = set()

    def note(request: ReceivedRequest) -> int:
        arrived.add(request.body["data"]["title"])
        return 200

    with ExitStack() as stack:
        wrapper = (sys.executable, "-c", WITHOUT_TIMEOUT)
        server = stack.enter_context(run_server(location, "--webhook-reach", "loopback", wrapper=wrapper))
        (connection,) = stack.enter_context(open_connections(server, 1))
        good = stack.enter_context(run_receiver())
        good.get_status = note
        hanging = [stack.enter_context(run_hanging_receiver()) for _ in range(hosts)]
        for number in range(39):
            subscribe(connection, hanging[number % hosts])
        subscribe(connection, good.url)
        for number in range(10):
            connection.call("POST", "/v1/deals", {"title": str(number)})
        # No delivery that hangs ever ends, so each of these would wait for good if it waited for one.
        wait_until(lambda: len(arrived) == 10)


class Time:
    """A time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def attempt(admission: Admission, time: Time, host: str, result: HttpResult, seconds: float, company: int = 1) -> None:
    with admission.admit(host, Sharers((company, 1), company)) as learn:
        time.now += seconds
        learn(result)


def test_a_host_that_times_out_is_left_alone_and_then_probed_by_one() -> None:
    time = Time()
    gate = Admission(time)
    for _ in range(3):
        attempt(gate, time, "a:80", TIMEOUT, 10)
    with pytest.raises(NotAdmitted) as refused:
        attempt(gate, time, "a:80", OK, 0, company=2)
    assert refused.value.is_open
    assert 30 <= refused.value.seconds <= 45
    attempt(gate, time, "b:80", OK, 0.1)
    time.now += 30
    with gate.admit("a:80", Sharers((1, 1), 1)) as learn:
        with pytest.raises(NotAdmitted):
            attempt(gate, time, "a:80", OK, 0)
        time.now += 10
        learn(TIMEOUT)
    with pytest.raises(NotAdmitted):
        attempt(gate, time, "a:80", OK, 0)
    time.now += 30
    attempt(gate, time, "a:80", HttpResult(500, "answered 500"), 0.1)
    for _ in range(5):
        attempt(gate, time, "a:80", OK, 0.1)


def test_an_answer_in_between_closes_nothing() -> None:
    time = Time()
    gate = Admission(time)
    for _ in range(5):
        for result, seconds in ((TIMEOUT, 10.0), (TIMEOUT, 10.0), (OK, 5.0)):
            attempt(gate, time, "a:80", result, seconds)


def take_all_places(gate: Admission, under_way: ExitStack, sharers: Sharers) -> int:
    """Begins deliveries to hosts that do not answer until there is no place for another; returns their number."""
    for number in range(CAPACITY):
        try:
            under_way.enter_context(gate.admit(f"{sharers}.{number}:80", sharers))
        except NotAdmitted:
            return number
    return CAPACITY


def test_there_is_always_room_for_another_company() -> None:
    gate = Admission(Time())
    with ExitStack() as under_way:
        taken = [
            sum(take_all_places(gate, under_way, Sharers((company, user), company)) for user in range(20))
            for company in range(5)
        ]
        assert taken == sorted(taken, reverse=True)
        assert 40 <= taken[0] <= 50
        assert min(taken) > 0
        under_way.enter_context(gate.admit("good:80", Sharers((99, 1), 99)))


def test_there_is_always_room_for_another_user_of_a_company() -> None:
    gate = Admission(Time())
    with ExitStack() as under_way:
        taken = [take_all_places(gate, under_way, Sharers((1, user), 1)) for user in range(4)]
        assert taken == sorted(taken, reverse=True)
        assert taken[0] == CAPACITY // 3 + 1
        assert min(taken) > 0


def test_who_hangs_in_all_places_asks_again_when_the_first_may_have_timed_out() -> None:
    time = Time()
    gate = Admission(time)

    def ask() -> float:
        with pytest.raises(NotAdmitted) as refused, gate.admit("next:80", Sharers((1, 1), 1)):
            pass
        return refused.value.seconds

    with ExitStack() as under_way:
        assert take_all_places(gate, under_way, Sharers((1, 1), 1)) > 1
        # They may be about to be answered.
        assert 1 <= ask() <= 1.5
        time.now += 4
        assert 6 <= ask() <= 9
    with gate.admit("next:80", Sharers((1, 1), 1)):
        pass


def test_a_host_that_has_not_answered_yet_gets_one_at_a_time() -> None:
    time = Time()
    gate = Admission(time)
    with ExitStack() as under_way:
        under_way.enter_context(gate.admit("a:80", Sharers((1, 1), 1)))
        with pytest.raises(NotAdmitted):
            under_way.enter_context(gate.admit("a:80", Sharers((2, 1), 2)))
    attempt(gate, time, "a:80", OK, 0.1)
    with ExitStack() as under_way:
        for _ in range(10):
            under_way.enter_context(gate.admit("a:80", Sharers((1, 1), 1)))
        # It hangs after all: nobody waits for it, and nobody else begins.
        time.now += 1
        with pytest.raises(NotAdmitted):
            under_way.enter_context(gate.admit("a:80", Sharers((2, 1), 2)))


def test_what_is_postponed_is_no_attempt_and_failing_webhooks_go_on_to_their_ban(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.companies.webhook_reach = "loopback"
    time = Time()
    monkeypatch.setattr(admission, "of_process", Admission(time))
    sent: list[str] = []

    def hang(url: str, *_: object) -> HttpResult:
        sent.append(url)
        time.now += 10
        return TIMEOUT

    monkeypatch.setattr(outbound_http, "post", hang)
    hook = {"subscription_url": "http://127.0.0.1:9/old", "event_action": "*", "event_object": "deal"}
    old = api.post("/v1/webhooks", hook).data["id"]
    for number in range(10):
        api.post("/api/v2/deals", {"title": str(number)})
    run_due(api.companies)
    # Three were sent, the others have failed without being sent: ten in a row are a ban.
    assert len(sent) == 3
    api.post("/api/v2/deals", {"title": "lost"})
    run_due(api.companies)
    # Made anew, or by somebody else: its deliveries wait, and are made when the host answers.
    api.delete(f"/v1/webhooks/{old}")
    api.post("/v1/webhooks", hook | {"subscription_url": "http://127.0.0.1:9/new"})
    api.post("/api/v2/deals", {"title": "late"})
    run_due(api.companies)
    assert len(sent) == 3

    def answer(url: str, *_: object) -> HttpResult:
        sent.append(url)
        return OK

    monkeypatch.setattr(outbound_http, "post", answer)
    time.now += 30
    for _ in range(3):
        api.clock.advance(seconds=45)
        run_due(api.companies)
    assert sent[3:] == ["http://127.0.0.1:9/new"]
