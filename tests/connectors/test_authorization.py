"""From the user's consent to a stored connection: the consent page, the callback and the final page."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from dealwright.connectors import (
    AuthorizationFailed,
    Client,
    Connection,
    Unavailable,
    UnusableConnection,
    connect,
    connections,
    oauth,
)
from dealwright.connectors.authorization import begin, complete, parse_callback_url, revoke
from tests.connectors.service import TOKEN, StubResponse
from tests.connectors.upstream import CLIENT_ID, CLIENT_SECRET, SECRET_WORDS, Upstream, run_upstream

APP: dict[str, Any] = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with run_upstream() as upstream:
        yield upstream


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@pytest.fixture
def redirect_uri() -> str:
    return f"http://127.0.0.1:{free_port()}/callback"


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


class FakeBrowser:
    """A user with a browser, who answers in a thread of its own; ``pages`` are the pages shown at the end."""

    def __init__(self, *answers: Callable[[str], str]) -> None:
        self.answers = answers
        self.pages: list[tuple[int, str]] = []
        self.authorization_params: dict[str, str] = {}
        self._thread: threading.Thread | None = None

    def __call__(self, page: str) -> None:
        self.authorization_params = parse_query(page)
        self._thread = threading.Thread(target=self._visit, args=(page,))
        self._thread.start()

    def wait_for_pages(self) -> list[tuple[int, str]]:
        assert self._thread is not None
        self._thread.join()
        return self.pages

    def _visit(self, page: str) -> None:
        for answer in self.answers:
            self.pages.append(fetch(answer(page)))


def parse_query(page: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(page).query).items()}


def callback_url(page: str, **params: str) -> str:
    """Returns the callback URL with these parameters and the state."""
    query = parse_query(page)
    return f"{query['redirect_uri']}?{urlencode({'state': query['state'], **params})}"


def denied_callback_url(page: str) -> str:
    return callback_url(page, error="user_denied")


def expect_connect_error(upstream: Upstream, redirect_uri: str, browser: FakeBrowser, **overrides: Any) -> Any:
    with pytest.raises((AuthorizationFailed, Unavailable, UnusableConnection)) as caught:
        connect("crm", provider=upstream.url, redirect_uri=redirect_uri, open_page=browser, **{**APP, **overrides})
    assert connections.find_stored("crm") is None
    return caught.value


def test_the_page_of_consent() -> None:
    authorization = begin("sales", **APP)
    url = urlsplit(authorization.url)
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://oauth.pipedrive.com/oauth/authorize"
    query = parse_query(authorization.url)
    challenge = hashlib.sha256(authorization.verifier.encode()).digest()
    assert query == {
        "response_type": "code",
        "client_id": CLIENT_ID,
        "redirect_uri": "http://127.0.0.1:9876/callback",
        "state": authorization.state,
        "code_challenge": base64.urlsafe_b64encode(challenge).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    assert 43 <= len(authorization.verifier) <= 128
    other = begin("sales", provider="pipedrive", scope="deals:read base", redirect_uri="http://localhost/back", **APP)
    assert parse_query(other.url)["scope"] == "deals:read base"
    assert parse_query(other.url)["redirect_uri"] == "http://localhost/back"
    assert not {other.state, other.verifier, other.id} & {authorization.state, authorization.verifier, authorization.id}
    assert begin("crm", provider="http://localhost:8000/api/v2/", **APP).url.startswith(
        "http://localhost:8000/oauth/authorize?"
    )


def test_connect(upstream: Upstream, redirect_uri: str) -> None:
    browser = FakeBrowser(upstream.give_consent)
    made = connect("crm", provider=upstream.url, redirect_uri=redirect_uri, open_page=browser, timeout=7, **APP)
    [(status, page)] = browser.wait_for_pages()
    assert status == 200
    assert "Connected" in page
    assert upstream.url in page
    assert (made.url, made.kind, made.timeout) == (upstream.url, "server", 7)
    stored = connections.get_connection("crm")
    assert stored.grant == made.grant
    assert stored.grant is not None
    assert (stored.grant.scope, stored.grant.refresh_token) == ("base,deals:full", "refresh-1")
    with Client("crm") as client:
        assert client.run("v2.get_deals")["success"]
    assert upstream.api_requests[0].headers["authorization"] == "Bearer access-1"


def test_the_provider_names_the_url_of_the_api(upstream: Upstream, redirect_uri: str) -> None:
    with run_upstream() as api:
        upstream.api_domain = f"{api.url}/"
        made = connect(
            "crm", provider=upstream.url, redirect_uri=redirect_uri, open_page=FakeBrowser(upstream.give_consent), **APP
        )
        assert made.url == api.url
        upstream.api_domain = None
        again = connect("crm", open_page=FakeBrowser(upstream.give_consent))
        assert again.url == upstream.url


def test_connecting_again_needs_only_the_name(upstream: Upstream, redirect_uri: str) -> None:
    connect(
        "crm",
        provider=upstream.url,
        redirect_uri=redirect_uri,
        scope="deals:full",
        timeout=7,
        open_page=FakeBrowser(upstream.give_consent),
        **APP,
    )
    browser = FakeBrowser(upstream.give_consent)
    made = connect("crm", open_page=browser)
    assert (browser.authorization_params["scope"], browser.authorization_params["redirect_uri"]) == (
        "deals:full",
        redirect_uri,
    )
    assert made.timeout == 7
    stored = connections.find_stored("crm")
    assert stored is not None
    assert stored.grant is not None
    assert stored.grant.access_token == "access-2"


def test_no_secret_is_in_a_text_form(upstream: Upstream) -> None:
    """The text form of these objects, which may be in a traceback or a log, has no secrets."""
    authorization = begin("crm", provider=upstream.url, **APP)
    connection = complete(authorization, parse_callback_url(upstream.give_consent(authorization.url)))
    shown = f"{authorization} {authorization.app} {connection} {connection.grant} {oauth.TokenResponse(access_token='access-1')}"
    assert not [word for word in (*SECRET_WORDS, authorization.state, authorization.verifier) if word in shown]


def test_consent_denied(upstream: Upstream, redirect_uri: str) -> None:
    browser = FakeBrowser(denied_callback_url)
    error = expect_connect_error(upstream, redirect_uri, browser)
    assert (error.code, error.reason, error.connection) == ("user_denied", "consent was denied", "crm")
    [(status, page)] = browser.wait_for_pages()
    assert status == 400
    assert "consent was denied" in page
    assert upstream.service.requests == []


def test_an_error_of_the_provider_is_shown_as_text(upstream: Upstream, redirect_uri: str) -> None:
    browser = FakeBrowser(
        lambda page: callback_url(page, error="server_error", error_description="<script>alert(1)</script>")
    )
    error = expect_connect_error(upstream, redirect_uri, browser)
    assert error.code == "server_error"
    assert "<script>alert(1)</script>" in str(error)
    [(_, page)] = browser.wait_for_pages()
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_a_callback_of_another_attempt_is_ignored(upstream: Upstream, redirect_uri: str) -> None:
    """Neither an old page nor another user's code ends the attempt."""
    browser = FakeBrowser(
        lambda page: callback_url(page, state="another", code="stolen"),
        lambda page: callback_url(page, state="", error="user_denied"),
        lambda page: f"{parse_query(page)['redirect_uri']}/favicon.ico",
        upstream.give_consent,
    )
    made = connect("crm", provider=upstream.url, redirect_uri=redirect_uri, open_page=browser, **APP)
    assert made.grant is not None
    pages = browser.wait_for_pages()
    assert [status for status, _ in pages] == [400, 400, 404, 200]
    assert "another attempt" in pages[0][1]
    assert len(upstream.service.requests) == 1


@pytest.mark.parametrize(
    ("reply", "kind", "code"),
    [
        (
            StubResponse(400, {"error": "invalid_grant", "error_description": "Code expired"}),
            AuthorizationFailed,
            "invalid_grant",
        ),
        (StubResponse(404, b"<html><title>Nothing here</title>"), AuthorizationFailed, "refused"),
        (StubResponse(503, b"", {"retry-after": "7"}), Unavailable, None),
        (StubResponse(200, b"<html>"), Unavailable, None),
        (StubResponse(None), Unavailable, None),
    ],
    ids=str,
)
def test_token_requests_that_fail(
    upstream: Upstream, redirect_uri: str, reply: StubResponse, kind: type[Exception], code: str | None
) -> None:
    upstream.planned_token_failures = [reply]
    browser = FakeBrowser(upstream.give_consent)
    error = expect_connect_error(upstream, redirect_uri, browser)
    assert type(error) is kind
    assert getattr(error, "code", None) == code
    [(status, page)] = browser.wait_for_pages()
    assert (status, "Not connected" in page) == (400, True)
    assert CLIENT_SECRET not in str(error) + page


def test_wrong_secrets_and_missing_codes(upstream: Upstream, redirect_uri: str) -> None:
    assert (
        expect_connect_error(upstream, redirect_uri, FakeBrowser(upstream.give_consent), client_secret="wrong").code
        == "invalid_client"
    )
    assert expect_connect_error(upstream, redirect_uri, FakeBrowser(callback_url)).code == "no_code"


def test_a_code_verifier_that_does_not_match(upstream: Upstream) -> None:
    authorization, other = (begin("crm", provider=upstream.url, **APP) for _ in range(2))
    code = parse_callback_url(upstream.give_consent(other.url))["code"]
    with pytest.raises(AuthorizationFailed, match="code is invalid"):
        complete(authorization, {"state": authorization.state, "code": code})


def test_no_answer_in_time(upstream: Upstream, redirect_uri: str) -> None:
    error = expect_connect_error(upstream, redirect_uri, FakeBrowser(), wait=0.05)
    assert error.code == "timed_out"
    # The port is free again.
    connect(
        "crm", provider=upstream.url, redirect_uri=redirect_uri, open_page=FakeBrowser(upstream.give_consent), **APP
    )


def test_a_failure_leaves_the_old_connection_alone(upstream: Upstream, redirect_uri: str) -> None:
    before = upstream.add_connection()
    with pytest.raises(AuthorizationFailed):
        connect("crm", redirect_uri=redirect_uri, open_page=FakeBrowser(denied_callback_url))
    stored = connections.find_stored("crm")
    assert stored is not None
    assert stored.grant == before.grant


def test_a_port_that_is_taken(upstream: Upstream) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        redirect_uri = f"http://127.0.0.1:{taken.getsockname()[1]}/callback"
        error = expect_connect_error(upstream, redirect_uri, FakeBrowser())
    assert isinstance(error, UnusableConnection)
    assert redirect_uri in str(error)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_idle_connections_do_not_block_the_callback(upstream: Upstream, host: str) -> None:
    port = free_port()
    idle = []

    def answer(page: str) -> str:
        idle.append(socket.create_connection((host, port)))
        return upstream.give_consent(page)

    browser = FakeBrowser(answer)
    connect("crm", provider=upstream.url, redirect_uri=f"http://{host}:{port}/back", open_page=browser, **APP)
    assert browser.wait_for_pages()[0][0] == 200
    idle[0].close()


@pytest.mark.parametrize(
    "overrides",
    [
        {"client_id": None},
        {"client_id": "a:b"},
        {"client_secret": None},
        {"client_secret": "two words"},
        {"provider": "nonsense"},
        {"redirect_uri": "nonsense"},
        {"redirect_uri": "http://127.0.0.1:99999/"},
        {"redirect_uri": "http://127.0.0.1:9876/#part"},
    ],
    ids=str,
)
def test_invalid_authorizations_are_refused(overrides: dict[str, Any]) -> None:
    with pytest.raises(UnusableConnection) as caught:
        begin("crm", **{**APP, **overrides})
    assert CLIENT_SECRET not in str(caught.value)


def test_a_callback_on_another_machine() -> None:
    with pytest.raises(UnusableConnection, match="not on this machine"):
        connect("crm", redirect_uri="https://example.com/back", open_page=FakeBrowser(), **APP)
    # The program that receives the callback there completes it.
    authorization = begin("crm", redirect_uri="https://example.com/back", **APP)
    with pytest.raises(AuthorizationFailed, match="denied"):
        complete(authorization, parse_callback_url(f" {denied_callback_url(authorization.url)}\n"))


def test_names(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("", "a\nb", " x"):
        with pytest.raises(UnusableConnection, match="cannot be a name"):
            begin(name, **APP)
    connections.add(connections.server("crm", upstream.url, TOKEN))
    with pytest.raises(UnusableConnection, match="another connection"):
        begin("crm", provider=upstream.url, **APP)
    assert begin("crm", provider=upstream.url, replace=True, **APP).app.provider == upstream.url
    monkeypatch.setenv("DEALWRIGHT_CONNECTION_MY_CRM", f"http://{TOKEN}@localhost")
    with pytest.raises(UnusableConnection, match="environment"):
        begin("my-crm", **APP)


def test_a_secret_goes_to_its_own_provider_only(upstream: Upstream) -> None:
    upstream.add_connection()
    others: list[dict[str, Any]] = [
        {"provider": "http://localhost:1"},
        {"provider": "pipedrive"},
        {"client_id": "another"},
    ]
    for other in others:
        with pytest.raises(UnusableConnection, match="another connection"):
            begin("crm", **other)
        with pytest.raises(UnusableConnection, match="client secret"):
            begin("crm", replace=True, **{"client_id": "another", **other})
    assert begin("crm", provider=f"{upstream.url}/v1").app.client_secret == CLIENT_SECRET
    assert begin("crm", client_secret="rotated").app.client_secret == "rotated"


def test_revoke(upstream: Upstream) -> None:
    connection = upstream.add_connection()
    revoke(connection)
    assert upstream.revoked == ["refresh-1"]
    [request] = upstream.service.requests
    assert request.form == {"token": ["refresh-1"], "token_type_hint": ["refresh_token"]}
    assert request.headers["authorization"].startswith("Basic ")
    upstream.planned_token_failures = [StubResponse(503, b"")]
    with pytest.raises(Unavailable):
        revoke(connection)
    with pytest.raises(UnusableConnection):
        revoke(Connection(name="x", kind="server", url=upstream.url, token=TOKEN))
