"""How events get to webhooks: attempts, their order, what is sent along, and what becomes of receivers that take nothing."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from dealwright.crm import webhook_addresses, webhook_deliveries, webhooks
from dealwright.crm.webhook_deliveries import Delivery
from dealwright.jobs.due import run_due
from dealwright.jobs.registry import Work
from dealwright.jobs.webhooks import sending
from dealwright.jobs.webhooks.delivery import deliver
from tests.api import Api
from tests.company import add_user
from tests.oauth import Client, granted
from tests.receiver import Received, Receiver, receiving

DELAYS = (3, 30, 150)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def ready(api: Api) -> Api:
    api.companies.webhook_reach = "loopback"
    return api


def subscribe(api: Api, url: str, **more: object) -> int:
    body = {"subscription_url": url, "event_action": "*", "event_object": "deal", **more}
    id: int = api.post("/v1/webhooks", body).data["id"]
    return id


def deal(api: Api, title: str = "Deal") -> int:
    id: int = api.post("/api/v2/deals", {"title": title}).data["id"]
    return id


def later(api: Api, seconds: float) -> None:
    api.clock.advance(seconds=seconds)
    run_due(api.companies)


def log(api: Api, **which: Any) -> list[Delivery]:
    with api.bearer.company.database.read() as db:
        return webhook_deliveries.log(db, **which)


def hook(api: Api, id: int) -> Any:
    return next(one for one in api.get("/v1/webhooks").data if one["id"] == id)


def test_what_fails_is_tried_again_three_times(ready: Api, receiver: Receiver) -> None:
    id = subscribe(ready, receiver.url)
    receiver.answering = lambda _: 500
    deal(ready)
    run_due(ready.companies)
    for number, delay in enumerate(DELAYS, start=2):
        later(ready, delay - 1)
        assert len(receiver.received) == number - 1
        later(ready, 1)
        assert len(receiver.received) == number
    later(ready, 10_000)
    assert [body["meta"]["attempt"] for body in receiver.bodies] == [1, 2, 3, 4]
    assert len({body["meta"]["id"] for body in receiver.bodies}) == 1
    (delivery,) = log(ready, webhook_id=id)
    assert (delivery.state, delivery.attempts, delivery.http_status) == ("failed", 4, 500)
    assert delivery.error == "answered 500"
    assert hook(ready, id)["last_http_status"] == 500


def test_version_1_counts_what_was_tried_again(ready: Api, receiver: Receiver) -> None:
    subscribe(ready, receiver.url, version="1.0")
    receiver.answering = lambda _: 503 if len(receiver.received) < 3 else 204
    deal(ready)
    run_due(ready.companies)
    for delay in DELAYS:
        later(ready, delay)
    assert [body["retry"] for body in receiver.bodies] == [0, 1, 2]


@pytest.mark.parametrize(("status", "delivered"), [(200, True), (201, True), (204, True), (302, False), (404, False)])
def test_any_2xx_is_a_success(ready: Api, receiver: Receiver, status: int, delivered: bool) -> None:
    id = subscribe(ready, f"{receiver.url}/hook?key=1")
    receiver.answering = lambda _: status
    deal(ready)
    run_due(ready.companies)
    assert [one.path for one in receiver.received] == ["/hook?key=1"]
    (delivery,) = log(ready)
    assert (delivery.state, delivery.http_status) == ("delivered" if delivered else "waiting", status)
    told = hook(ready, id)
    assert (told["last_http_status"], told["last_delivery_time"]) == (status, "2026-03-02T10:00:00.000Z")


def test_the_changes_of_a_record_arrive_in_their_order(ready: Api, receiver: Receiver) -> None:
    subscribe(ready, receiver.url)
    first = deal(ready, "0")
    receiver.answering = lambda one: (
        500 if one.body["meta"]["attempt"] == 1 and one.body["data"]["id"] == first else 200
    )
    for number in range(1, 4):
        ready.patch(f"/api/v2/deals/{first}", {"title": str(number)})
    deal(ready, "other")
    for _ in range(5):
        later(ready, 3)
    taken = [body["data"]["title"] for body in receiver.bodies if body["meta"]["attempt"] == 2]
    assert taken == ["0", "1", "2", "3"]
    assert [body["data"]["title"] for body in receiver.bodies][:2] == ["0", "other"]
    # What is told is how it was then.
    assert [body["previous"] for body in receiver.bodies if body["meta"]["attempt"] == 2][1:] == [
        {"title": str(number)} for number in range(3)
    ]


def test_credentials_are_sent(ready: Api, receiver: Receiver) -> None:
    subscribe(ready, receiver.url, http_auth_user="ann", http_auth_password="s:ecret")
    deal(ready)
    run_due(ready.companies)
    headers = receiver.received[0].headers
    assert headers["authorization"] == "Basic YW5uOnM6ZWNyZXQ="
    assert headers["content-type"].startswith("application/json")
    assert "webhook-signature" not in headers


def test_signatures_are_those_of_standard_webhooks(
    ready: Api, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = subscribe(ready, receiver.url)
    with ready.companies.unit(ready.bearer.company, 1, write=True) as crm:
        secret = webhooks.sign(crm, id).secret
    assert secret is not None
    deal(ready)
    run_due(ready.companies)
    (one,) = receiver.received
    monkeypatch.setattr(
        "standardwebhooks.webhooks.Webhook._Webhook__verify_timestamp", lambda _self, header: ready.clock.now
    )
    assert Webhook(secret).verify(one.content, one.headers) == one.body
    assert one.headers["webhook-id"] == one.body["meta"]["id"]
    assert one.headers["webhook-timestamp"] == str(int(ready.clock.now.timestamp()))
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(one.content + b" ", one.headers)
    with ready.companies.unit(ready.bearer.company, 1, write=True) as crm:
        assert webhooks.sign(crm, id, on=False).secret is None


def test_ten_failed_first_attempts_are_a_ban(ready: Api, receiver: Receiver) -> None:
    id = subscribe(ready, receiver.url)
    receiver.answering = lambda one: 500 if one.body["meta"]["attempt"] == 1 else 200
    for _ in range(10):
        deal(ready)
    run_due(ready.companies)
    later(ready, 3)
    assert {one.state for one in log(ready)} == {"delivered"}
    receiver.clear()
    receiver.answering = lambda _: 200
    deal(ready, "lost")
    later(ready, 1790)
    assert receiver.received == []
    (lost,) = log(ready, state="lost")
    assert lost.error == "the webhook was banned"
    later(ready, 10)
    deal(ready, "told")
    run_due(ready.companies)
    assert [body["data"]["title"] for body in receiver.bodies] == ["told"]
    with ready.companies.unit(ready.bearer.company, 1, write=True) as crm:
        webhook_deliveries.replay(crm, [lost.id])
    run_due(ready.companies)
    assert [body["data"]["title"] for body in receiver.bodies] == ["told", "lost"]
    assert hook(ready, id)["is_active"] == 1


def test_a_success_in_between_is_no_ban(ready: Api, receiver: Receiver) -> None:
    subscribe(ready, receiver.url)
    receiver.answering = lambda one: 200 if one.body["data"]["title"] == "good" else 500
    for title in ("bad",) * 9 + ("good",) + ("bad",) * 9 + ("good",):
        deal(ready, title)
    run_due(ready.companies)
    assert len(receiver.received) == 20
    assert log(ready, state="lost") == []


def test_a_receiver_that_takes_nothing_for_days_is_given_up(ready: Api, receiver: Receiver) -> None:
    id = subscribe(ready, receiver.url)
    receiver.answering = lambda _: 500
    for day in range(4):
        assert hook(ready, id)["is_active"] == 1, day
        deal(ready)
        run_due(ready.companies)
        for delay in DELAYS:
            later(ready, delay)
        ready.clock.advance(days=1)
    told = hook(ready, id)
    assert told["is_active"] == 0
    assert told["remove_reason"]
    assert told["remove_time"].startswith("2026-03-05T10:")
    receiver.clear()
    deal(ready)
    run_due(ready.companies)
    assert receiver.received == []
    assert ready.delete(f"/v1/webhooks/{id}").status == 200
    assert ready.get("/v1/webhooks").data == []


def test_one_success_in_three_days_is_enough(ready: Api, receiver: Receiver) -> None:
    id = subscribe(ready, receiver.url)
    for day in range(6):
        status = 200 if day == 2 else 500
        receiver.answering = lambda _, status=status: status  # type: ignore[misc]
        deal(ready)
        run_due(ready.companies)
        for delay in DELAYS:
            later(ready, delay)
        ready.clock.advance(days=1)
    assert hook(ready, id)["is_active"] == 1


def test_nothing_goes_to_a_webhook_that_is_gone(ready: Api, receiver: Receiver) -> None:
    id = subscribe(ready, receiver.url)
    deal(ready)
    ready.delete(f"/v1/webhooks/{id}")
    run_due(ready.companies)
    assert receiver.received == []
    assert [(one.state, one.error) for one in log(ready)] == [("lost", "the webhook is gone")]


def test_nothing_goes_to_a_user_who_has_left(ready: Api, receiver: Receiver) -> None:
    rep = add_user(ready, "Rep")
    subscribe(ready, receiver.url, user_id=rep.bearer.user_id)
    deal(ready)
    ready.put(f"/v1/users/{rep.bearer.user_id}", {"active_flag": False})
    deal(ready)
    run_due(ready.companies)
    assert receiver.received == []
    assert [(one.state, one.error) for one in log(ready)] == [("lost", "the webhook's user is no longer active")]


def test_nothing_goes_to_an_app_whose_consent_has_expired(ready: Api, receiver: Receiver) -> None:
    app = Client(ready, scopes=("admin",))
    body = {"subscription_url": receiver.url, "event_action": "*", "event_object": "deal"}
    headers = {"authorization": f"Bearer {granted(ready, app.app)}"}
    made = ready.send("POST", "/v1/webhooks", orjson.dumps(body), headers=headers)
    assert made.status == 201
    deal(ready, "told")
    run_due(ready.companies)
    ready.clock.advance(days=61)
    deal(ready, "lost")
    run_due(ready.companies)
    assert [body["data"]["title"] for body in receiver.bodies] == ["told"]
    assert receiver.bodies[0]["meta"]["type"] == "application"
    newest = log(ready)[0]
    assert (newest.state, newest.error) == ("lost", "the app is gone")


def test_a_name_is_judged_when_it_is_used(ready: Api, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name was fine when the webhook was made, and leads into the own network now."""
    port = receiver.url.rpartition(":")[2]
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    monkeypatch.setattr(webhook_addresses, "resolve", lambda *_: answers.pop(0) if len(answers) > 1 else answers[0])
    ready.companies.webhook_reach = "public"
    subscribe(ready, f"http://rebinding.example.com:{port}/")
    deal(ready)
    run_due(ready.companies)
    assert receiver.received == []
    assert log(ready)[0].error == "rebinding.example.com is at an address that webhooks may not lead to"
    ready.companies.webhook_reach = "loopback"
    later(ready, 3)
    assert receiver.received[0].headers["host"] == f"rebinding.example.com:{port}"


def test_nobody_has_to_be_there(ready: Api) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        subscribe(ready, f"http://127.0.0.1:{unused.getsockname()[1]}/")
        deal(ready)
        run_due(ready.companies)
    (delivery,) = log(ready)
    assert (delivery.state, delivery.http_status) == ("waiting", None)
    assert "refused" in str(delivery.error)


@contextmanager
def listening(serve: Any) -> Iterator[str]:
    """A server that does with each connection what it is told to."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def work() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    try:
                        serve(connection)
                    except OSError:
                        continue

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    thread.join()


def says_nothing(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def dribbles(connection: socket.socket) -> None:
    """Never silent for long, and never done."""
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\nx-slow: ")
    while True:
        connection.sendall(b"z")
        connection.settimeout(0.02)
        try:
            if not connection.recv(65536):
                return
        except TimeoutError:
            continue


@pytest.mark.parametrize("serve", [says_nothing, dribbles])
def test_an_answer_that_takes_too_long_is_none(ready: Api, monkeypatch: pytest.MonkeyPatch, serve: Any) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    with listening(serve) as place:
        subscribe(ready, f"http://{place}/")
        deal(ready)
        run_due(ready.companies)
    assert log(ready)[0].error == "no answer within 0.3 s"


def test_what_is_no_http_is_a_failure(ready: Api) -> None:
    def babbles(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"\x00\x01 what?\r\n\r\n")

    with listening(babbles) as place:
        subscribe(ready, f"http://{place}/")
        deal(ready)
        run_due(ready.companies)
    assert log(ready)[0].state == "waiting"
    assert log(ready)[0].error


def certificate(folder: Path) -> Path:
    """A certificate of this machine that only those trust who are told to, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "certificate.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_certificates_must_be_valid(ready: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)

    def greets(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            # All of it: who closes a connection with something unread in it takes back what was answered.
            with secure.makefile("rb") as sent:
                sent.readline()
                sent.read(int(http.client.parse_headers(sent)["content-length"]))
            secure.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

    with listening(greets) as place:
        subscribe(ready, f"https://{place}/")
        deal(ready)
        run_due(ready.companies)
        assert "certificate verify failed" in str(log(ready)[0].error)
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        sending.forget_connections()
        later(ready, 3)
        assert (log(ready)[0].error, log(ready)[0].http_status) == (None, 200)
    sending.forget_connections()


def test_one_who_was_taken_for_dead_changes_nothing(ready: Api, receiver: Receiver) -> None:
    """Two workers are at one delivery: the one that was too slow to be believed in fails after the other has succeeded."""
    subscribe(ready, receiver.url)
    deal(ready)

    def answering(_: Received) -> int:
        if len(receiver.received) > 1:
            return 200
        delivery = log(ready)[0]
        deliver(Work(ready.companies, ready.bearer.company, {"delivery_id": delivery.id}, 1, False))
        return 500

    receiver.answering = answering
    run_due(ready.companies)
    later(ready, 3)
    assert len(receiver.received) == 2
    (delivery,) = log(ready)
    assert (delivery.state, delivery.http_status, delivery.error) == ("delivered", 200, None)


def test_the_log_is_forgotten_after_a_week(ready: Api, receiver: Receiver) -> None:
    subscribe(ready, receiver.url)
    deal(ready, "old")
    run_due(ready.companies)
    later(ready, 6 * 86400)
    deal(ready, "new")
    run_due(ready.companies)
    assert len(log(ready)) == 2
    later(ready, 2 * 86400)
    assert [one.record_id for one in log(ready)] == [2]


def test_a_delivery_can_be_repeated(ready: Api, receiver: Receiver) -> None:
    id = subscribe(ready, receiver.url)
    made = deal(ready, "before")
    ready.patch(f"/api/v2/deals/{made}", {"title": "after"})
    run_due(ready.companies)
    first = log(ready)[-1]
    with ready.companies.unit(ready.bearer.company, 1, write=True) as crm:
        webhook_deliveries.replay(crm, [first.id])
    run_due(ready.companies)
    sent: list[Received] = receiver.received
    assert [one.body["data"]["title"] for one in sent] == ["before", "after", "before"]
    assert sent[2].content == sent[0].content
    assert [one.state for one in log(ready, webhook_id=id)] == ["delivered"] * 3


def test_a_company_without_webhooks_keeps_no_events(ready: Api) -> None:
    deal(ready)
    run_due(ready.companies)
    assert log(ready) == []
