"""Deliveries of webhooks: attempts, their order, their headers, and receivers that accept nothing."""

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

from dealwright.crm.integration import webhook_deliveries, webhooks
from dealwright.crm.integration.webhook_deliveries import Delivery
from dealwright.crm.kernel import outbound_policy
from dealwright.jobs.registry import JobContext
from dealwright.jobs.run_due import run_due
from dealwright.jobs.webhooks.delivery import deliver
from dealwright.server import outbound_http
from tests.api import Api
from tests.company import add_user
from tests.oauth import Client, issue_access_token
from tests.receiver import ReceivedRequest, Receiver, run_receiver

DELAYS = (3, 30, 150)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with run_receiver() as receiver:
        yield receiver


@pytest.fixture
def webhook_api(api: Api) -> Api:
    api.companies.webhook_reach = "loopback"
    return api


def subscribe(api: Api, url: str, **more: object) -> int:
    body = {"subscription_url": url, "event_action": "*", "event_object": "deal", **more}
    id: int = api.post("/v1/webhooks", body).data["id"]
    return id


def create_deal(api: Api, title: str = "Deal") -> int:
    id: int = api.post("/api/v2/deals", {"title": title}).data["id"]
    return id


def advance_and_run(api: Api, seconds: float) -> None:
    api.clock.advance(seconds=seconds)
    run_due(api.companies)


def read_log(api: Api, **criteria: Any) -> list[Delivery]:
    with api.principal.company.database.read() as db:
        return webhook_deliveries.list_latest(db, **criteria)


def get_webhook(api: Api, id: int) -> Any:
    return next(one for one in api.get("/v1/webhooks").data if one["id"] == id)


def test_a_failed_delivery_is_retried_three_times(webhook_api: Api, receiver: Receiver) -> None:
    id = subscribe(webhook_api, receiver.url)
    receiver.get_status = lambda _: 500
    create_deal(webhook_api)
    run_due(webhook_api.companies)
    for number, delay in enumerate(DELAYS, start=2):
        advance_and_run(webhook_api, delay - 1)
        assert len(receiver.received) == number - 1
        advance_and_run(webhook_api, 1)
        assert len(receiver.received) == number
    advance_and_run(webhook_api, 10_000)
    assert [body["meta"]["attempt"] for body in receiver.bodies] == [1, 2, 3, 4]
    assert len({body["meta"]["id"] for body in receiver.bodies}) == 1
    (delivery,) = read_log(webhook_api, webhook_id=id)
    assert (delivery.state, delivery.attempts, delivery.http_status) == ("failed", 4, 500)
    assert delivery.error == "answered 500"
    assert get_webhook(webhook_api, id)["last_http_status"] == 500


def test_version_1_counts_retries(webhook_api: Api, receiver: Receiver) -> None:
    subscribe(webhook_api, receiver.url, version="1.0")
    receiver.get_status = lambda _: 503 if len(receiver.received) < 3 else 204
    create_deal(webhook_api)
    run_due(webhook_api.companies)
    for delay in DELAYS:
        advance_and_run(webhook_api, delay)
    assert [body["retry"] for body in receiver.bodies] == [0, 1, 2]


@pytest.mark.parametrize(("status", "delivered"), [(200, True), (201, True), (204, True), (302, False), (404, False)])
def test_any_2xx_is_a_success(webhook_api: Api, receiver: Receiver, status: int, delivered: bool) -> None:
    id = subscribe(webhook_api, f"{receiver.url}/hook?key=1")
    receiver.get_status = lambda _: status
    create_deal(webhook_api)
    run_due(webhook_api.companies)
    assert [one.path for one in receiver.received] == ["/hook?key=1"]
    (delivery,) = read_log(webhook_api)
    assert (delivery.state, delivery.http_status) == ("delivered" if delivered else "waiting", status)
    webhook = get_webhook(webhook_api, id)
    assert (webhook["last_http_status"], webhook["last_delivery_time"]) == (status, "2026-03-02T10:00:00.000Z")


def test_the_changes_of_a_record_arrive_in_their_order(webhook_api: Api, receiver: Receiver) -> None:
    subscribe(webhook_api, receiver.url)
    first = create_deal(webhook_api, "0")
    receiver.get_status = lambda one: (
        500 if one.body["meta"]["attempt"] == 1 and one.body["data"]["id"] == first else 200
    )
    for number in range(1, 4):
        webhook_api.patch(f"/api/v2/deals/{first}", {"title": str(number)})
    create_deal(webhook_api, "other")
    for _ in range(5):
        advance_and_run(webhook_api, 3)
    retried = [body["data"]["title"] for body in receiver.bodies if body["meta"]["attempt"] == 2]
    assert retried == ["0", "1", "2", "3"]
    assert [body["data"]["title"] for body in receiver.bodies][:2] == ["0", "other"]
    # A retry sends the values at the time of the event.
    assert [body["previous"] for body in receiver.bodies if body["meta"]["attempt"] == 2][1:] == [
        {"title": str(number)} for number in range(3)
    ]


def test_credentials_are_sent(webhook_api: Api, receiver: Receiver) -> None:
    subscribe(webhook_api, receiver.url, http_auth_user="ann", http_auth_password="s:ecret")
    create_deal(webhook_api)
    run_due(webhook_api.companies)
    headers = receiver.received[0].headers
    assert headers["authorization"] == "Basic YW5uOnM6ZWNyZXQ="
    assert headers["content-type"].startswith("application/json")
    assert "webhook-signature" not in headers


def test_signatures_are_those_of_standard_webhooks(
    webhook_api: Api, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = subscribe(webhook_api, receiver.url)
    with webhook_api.companies.unit_of_work(webhook_api.principal.company, 1, write=True) as crm:
        secret = webhooks.signing_secret(crm, webhooks.set_signing(crm, id))
    assert secret is not None
    create_deal(webhook_api)
    run_due(webhook_api.companies)
    (one,) = receiver.received
    monkeypatch.setattr(
        "standardwebhooks.webhooks.Webhook._Webhook__verify_timestamp", lambda _self, header: webhook_api.clock.now
    )
    assert Webhook(secret).verify(one.content, one.headers) == one.body
    assert one.headers["webhook-id"] == one.body["meta"]["id"]
    assert one.headers["webhook-timestamp"] == str(int(webhook_api.clock.now.timestamp()))
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(one.content + b" ", one.headers)
    with webhook_api.companies.unit_of_work(webhook_api.principal.company, 1, write=True) as crm:
        assert webhooks.set_signing(crm, id, enabled=False).sealed_secret is None


def test_ten_failed_first_attempts_are_a_ban(webhook_api: Api, receiver: Receiver) -> None:
    id = subscribe(webhook_api, receiver.url)
    receiver.get_status = lambda one: 500 if one.body["meta"]["attempt"] == 1 else 200
    for _ in range(10):
        create_deal(webhook_api)
    run_due(webhook_api.companies)
    advance_and_run(webhook_api, 3)
    assert {one.state for one in read_log(webhook_api)} == {"delivered"}
    receiver.clear()
    receiver.get_status = lambda _: 200
    create_deal(webhook_api, "lost")
    advance_and_run(webhook_api, 1790)
    assert receiver.received == []
    (lost,) = read_log(webhook_api, state="lost")
    assert lost.error == "the webhook was banned"
    advance_and_run(webhook_api, 10)
    create_deal(webhook_api, "told")
    run_due(webhook_api.companies)
    assert [body["data"]["title"] for body in receiver.bodies] == ["told"]
    with webhook_api.companies.unit_of_work(webhook_api.principal.company, 1, write=True) as crm:
        webhook_deliveries.replay(crm, [lost.id])
    run_due(webhook_api.companies)
    assert [body["data"]["title"] for body in receiver.bodies] == ["told", "lost"]
    assert get_webhook(webhook_api, id)["is_active"] == 1


def test_a_success_in_between_is_no_ban(webhook_api: Api, receiver: Receiver) -> None:
    subscribe(webhook_api, receiver.url)
    receiver.get_status = lambda one: 200 if one.body["data"]["title"] == "good" else 500
    for title in ("bad",) * 9 + ("good",) + ("bad",) * 9 + ("good",):
        create_deal(webhook_api, title)
    run_due(webhook_api.companies)
    assert len(receiver.received) == 20
    assert read_log(webhook_api, state="lost") == []


def test_a_receiver_that_accepts_nothing_for_days_is_given_up(webhook_api: Api, receiver: Receiver) -> None:
    id = subscribe(webhook_api, receiver.url)
    receiver.get_status = lambda _: 500
    for day in range(4):
        assert get_webhook(webhook_api, id)["is_active"] == 1, day
        create_deal(webhook_api)
        run_due(webhook_api.companies)
        for delay in DELAYS:
            advance_and_run(webhook_api, delay)
        webhook_api.clock.advance(days=1)
    webhook = get_webhook(webhook_api, id)
    assert webhook["is_active"] == 0
    assert webhook["remove_reason"]
    assert webhook["remove_time"].startswith("2026-03-05T10:")
    receiver.clear()
    create_deal(webhook_api)
    run_due(webhook_api.companies)
    assert receiver.received == []
    assert webhook_api.delete(f"/v1/webhooks/{id}").status == 200
    assert webhook_api.get("/v1/webhooks").data == []


def test_one_success_in_three_days_is_enough(webhook_api: Api, receiver: Receiver) -> None:
    id = subscribe(webhook_api, receiver.url)
    for day in range(6):
        status = 200 if day == 2 else 500
        receiver.get_status = lambda _, status=status: status  # type: ignore[misc]
        create_deal(webhook_api)
        run_due(webhook_api.companies)
        for delay in DELAYS:
            advance_and_run(webhook_api, delay)
        webhook_api.clock.advance(days=1)
    assert get_webhook(webhook_api, id)["is_active"] == 1


def test_nothing_is_sent_to_a_deleted_webhook(webhook_api: Api, receiver: Receiver) -> None:
    id = subscribe(webhook_api, receiver.url)
    create_deal(webhook_api)
    webhook_api.delete(f"/v1/webhooks/{id}")
    run_due(webhook_api.companies)
    assert receiver.received == []
    assert [(one.state, one.error) for one in read_log(webhook_api)] == [("lost", "the webhook is gone")]


def test_nothing_is_sent_for_a_deactivated_user(webhook_api: Api, receiver: Receiver) -> None:
    rep = add_user(webhook_api, "Rep")
    subscribe(webhook_api, receiver.url, user_id=rep.principal.user_id)
    create_deal(webhook_api)
    webhook_api.put(f"/v1/users/{rep.principal.user_id}", {"active_flag": False})
    create_deal(webhook_api)
    run_due(webhook_api.companies)
    assert receiver.received == []
    assert [(one.state, one.error) for one in read_log(webhook_api)] == [
        ("lost", "the webhook's user is no longer active")
    ]


def test_nothing_is_sent_to_an_app_whose_consent_has_expired(webhook_api: Api, receiver: Receiver) -> None:
    app = Client(webhook_api, scopes=("admin",))
    body = {"subscription_url": receiver.url, "event_action": "*", "event_object": "deal"}
    headers = {"authorization": f"Bearer {issue_access_token(webhook_api, app.app)}"}
    made = webhook_api.send("POST", "/v1/webhooks", orjson.dumps(body), headers=headers)
    assert made.status == 201
    create_deal(webhook_api, "told")
    run_due(webhook_api.companies)
    webhook_api.clock.advance(days=61)
    create_deal(webhook_api, "lost")
    run_due(webhook_api.companies)
    assert [body["data"]["title"] for body in receiver.bodies] == ["told"]
    assert receiver.bodies[0]["meta"]["type"] == "application"
    newest = read_log(webhook_api)[0]
    assert (newest.state, newest.error) == ("lost", "the app is gone")


def test_a_host_name_is_checked_at_each_delivery(
    webhook_api: Api, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name had a public address when the webhook was created, and has one of the local network now."""
    port = receiver.url.rpartition(":")[2]
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    monkeypatch.setattr(outbound_policy, "resolve", lambda *_: answers.pop(0) if len(answers) > 1 else answers[0])
    webhook_api.companies.webhook_reach = "public"
    subscribe(webhook_api, f"http://rebinding.example.com:{port}/")
    create_deal(webhook_api)
    run_due(webhook_api.companies)
    assert receiver.received == []
    assert read_log(webhook_api)[0].error == "rebinding.example.com is at an address that this server does not call"
    webhook_api.companies.webhook_reach = "loopback"
    advance_and_run(webhook_api, 3)
    assert receiver.received[0].headers["host"] == f"rebinding.example.com:{port}"


def test_a_receiver_that_refuses_connections(webhook_api: Api) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        subscribe(webhook_api, f"http://127.0.0.1:{unused.getsockname()[1]}/")
        create_deal(webhook_api)
        run_due(webhook_api.companies)
    (delivery,) = read_log(webhook_api)
    assert (delivery.state, delivery.http_status) == ("waiting", None)
    assert "refused" in str(delivery.error)


@contextmanager
def run_raw_server(serve: Any) -> Iterator[str]:
    """Yields the address of a server that calls ``serve`` with each connection."""
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


def never_respond(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def respond_endlessly(connection: socket.socket) -> None:
    """Sends an answer without end and without long pauses."""
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


@pytest.mark.parametrize("serve", [never_respond, respond_endlessly])
def test_an_answer_that_takes_too_long_is_a_failure(
    webhook_api: Api, monkeypatch: pytest.MonkeyPatch, serve: Any
) -> None:
    monkeypatch.setattr(outbound_http, "TIMEOUT_SECONDS", 0.3)
    with run_raw_server(serve) as address:
        subscribe(webhook_api, f"http://{address}/")
        create_deal(webhook_api)
        run_due(webhook_api.companies)
    assert read_log(webhook_api)[0].error == "no answer within 0.3 s"


def test_an_answer_that_is_not_http_is_a_failure(webhook_api: Api) -> None:
    def respond_with_garbage(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"\x00\x01 what?\r\n\r\n")

    with run_raw_server(respond_with_garbage) as address:
        subscribe(webhook_api, f"http://{address}/")
        create_deal(webhook_api)
        run_due(webhook_api.companies)
    assert read_log(webhook_api)[0].state == "waiting"
    assert read_log(webhook_api)[0].error


def create_certificate(folder: Path) -> Path:
    """Creates a self-signed certificate of this machine, with its key; returns the path of the file."""
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


def test_certificates_must_be_valid(webhook_api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = create_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)

    def respond_over_tls(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            # Reads all of it: closing a connection with unread data discards the answer.
            with secure.makefile("rb") as sent:
                sent.readline()
                sent.read(int(http.client.parse_headers(sent)["content-length"]))
            secure.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

    with run_raw_server(respond_over_tls) as address:
        subscribe(webhook_api, f"https://{address}/")
        create_deal(webhook_api)
        run_due(webhook_api.companies)
        assert "certificate verify failed" in str(read_log(webhook_api)[0].error)
        monkeypatch.setenv("SSL_CERT_FILE", str(path))
        outbound_http.reset_pool()
        advance_and_run(webhook_api, 3)
        assert (read_log(webhook_api)[0].error, read_log(webhook_api)[0].http_status) == (None, 200)
    outbound_http.reset_pool()


def test_a_slow_worker_that_was_replaced_changes_nothing(webhook_api: Api, receiver: Receiver) -> None:
    """Two workers run one delivery: the slow one, which was considered dead, fails after the other has succeeded."""
    subscribe(webhook_api, receiver.url)
    create_deal(webhook_api)

    def get_status(_: ReceivedRequest) -> int:
        if len(receiver.received) > 1:
            return 200
        delivery = read_log(webhook_api)[0]
        deliver(
            JobContext(webhook_api.companies, webhook_api.principal.company, {"delivery_id": delivery.id}, 1, False)
        )
        return 500

    receiver.get_status = get_status
    run_due(webhook_api.companies)
    advance_and_run(webhook_api, 3)
    assert len(receiver.received) == 2
    (delivery,) = read_log(webhook_api)
    assert (delivery.state, delivery.http_status, delivery.error) == ("delivered", 200, None)


def test_the_log_is_deleted_after_a_week(webhook_api: Api, receiver: Receiver) -> None:
    subscribe(webhook_api, receiver.url)
    create_deal(webhook_api, "old")
    run_due(webhook_api.companies)
    advance_and_run(webhook_api, 6 * 86400)
    create_deal(webhook_api, "new")
    run_due(webhook_api.companies)
    assert len(read_log(webhook_api)) == 2
    advance_and_run(webhook_api, 2 * 86400)
    assert [one.record_id for one in read_log(webhook_api)] == [2]


def test_a_delivery_can_be_repeated(webhook_api: Api, receiver: Receiver) -> None:
    id = subscribe(webhook_api, receiver.url)
    made = create_deal(webhook_api, "before")
    webhook_api.patch(f"/api/v2/deals/{made}", {"title": "after"})
    run_due(webhook_api.companies)
    first = read_log(webhook_api)[-1]
    with webhook_api.companies.unit_of_work(webhook_api.principal.company, 1, write=True) as crm:
        webhook_deliveries.replay(crm, [first.id])
    run_due(webhook_api.companies)
    sent: list[ReceivedRequest] = receiver.received
    assert [one.body["data"]["title"] for one in sent] == ["before", "after", "before"]
    assert sent[2].content == sent[0].content
    assert [one.state for one in read_log(webhook_api, webhook_id=id)] == ["delivered"] * 3


def test_a_company_without_webhooks_keeps_no_events(webhook_api: Api) -> None:
    create_deal(webhook_api)
    run_due(webhook_api.companies)
    assert read_log(webhook_api) == []
