"""A small CRM behind OAuth 2.0, over HTTP: it has deals and tokens of its own, and failures that a test plans."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from dealwright.connectors import connections
from dealwright.connectors.connections import Connection
from dealwright.connectors.grants import App, Grant
from tests.connectors.service import RecordedRequest, StubResponse, StubService, run_service

CLIENT_ID, CLIENT_SECRET = "harbour-app", "harbour-secret"
SECRET_WORDS = ("access-", "refresh-", CLIENT_SECRET)
NO_SUCH_GRANT = StubResponse(
    400, {"error": "invalid_grant", "error_description": "Invalid grant: refresh_token is invalid"}
)


class Upstream:
    """``rotates_refresh_tokens`` gives a new refresh token each time and voids the old one; ``refresh_count`` counts.

    ``planned_failures`` are responses of the API that come first, ``planned_token_failures`` those to requests for
    tokens. A change that fails is not made, unless the service ``commits_before_failing``;
    ``change_methods`` are the methods of those made.
    """

    def __init__(self, service: StubService) -> None:
        self.service = service
        self.lock = threading.Lock()
        self.rotates_refresh_tokens = False
        self.lifetime: float | None = 3600
        self.api_domain: str | None = service.url
        self.codes: dict[str, dict[str, str]] = {}
        self.access_tokens: set[str] = set()
        self.refresh_tokens: set[str] = set()
        self.refresh_count = 0
        self.revoked: list[str] = []
        self.planned_failures: list[StubResponse] = []
        self.planned_token_failures: list[StubResponse] = []
        self.commits_before_failing = False
        self.change_methods: list[str] = []
        self.deals: list[dict[str, Any]] = []
        self.issued_count = 0
        service.responder = self.respond

    @property
    def url(self) -> str:
        return self.service.url

    @property
    def api_requests(self) -> list[RecordedRequest]:
        """The requests to the API."""
        return [request for request in self.service.requests if not request.path.startswith("/oauth/")]

    def add_connection(self, name: str = "crm", *, expires_in: float | None = 3600, now: float = 0) -> Connection:
        """Stores a connection as it is after a user's consent at ``now``; returns it."""
        tokens = self.issue_tokens()
        app = App(provider=self.url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
        grant = Grant(
            app=app,
            home=self.url,
            granted_at=now,
            access_token=tokens["access_token"],
            refresh_token=tokens["refresh_token"],
            renewed_at=now,
            expires_at=None if expires_in is None else now + expires_in,
        )
        connections.add(connections.from_grant(name, self.url, f"consent {self.issued_count}", grant), replace=True)
        stored = connections.find_stored(name)
        assert stored is not None
        return stored

    def issue_tokens(self, refresh: str | None = None) -> dict[str, Any]:
        """Issues new tokens; returns the body of the answer."""
        self.issued_count += 1
        refresh = refresh or f"refresh-{self.issued_count}"
        access = f"access-{self.issued_count}"
        self.access_tokens.add(access)
        self.refresh_tokens.add(refresh)
        tokens = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "refresh_token": refresh,
            "scope": "base,deals:full",
            "api_domain": self.api_domain,
        }
        return {name: value for name, value in tokens.items() if value is not None}

    def give_consent(self, page: str) -> str:
        """Consents on the consent page; returns the callback URL."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(page).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def respond(self, request: RecordedRequest) -> StubResponse:
        with self.lock:
            if request.path == "/oauth/token":
                return self.planned_token_failures.pop(0) if self.planned_token_failures else self.handle_token(request)
            if request.path == "/oauth/revoke":
                return (
                    self.planned_token_failures.pop(0) if self.planned_token_failures else self.handle_revoke(request)
                )
            return self.handle_api(request)

    def handle_token(self, request: RecordedRequest) -> StubResponse:
        credentials = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers["authorization"] != f"Basic {credentials}":
            return StubResponse(
                400, {"error": "invalid_client", "error_description": "Invalid client: client is invalid"}
            )
        form = {name: values[0] for name, values in request.form.items()}
        if form["grant_type"] == "authorization_code":
            query = self.codes.pop(form["code"], None)
            proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
            if (
                query is None
                or query["code_challenge"] != proof.rstrip("=")
                or query["code_challenge_method"] != "S256"
            ):
                return StubResponse(
                    400, {"error": "invalid_grant", "error_description": "Invalid grant: code is invalid"}
                )
            if query["redirect_uri"] != form["redirect_uri"] or query["client_id"] != CLIENT_ID:
                return StubResponse(400, {"error": "invalid_request", "error_description": "redirect_uri is invalid"})
            return StubResponse(200, self.issue_tokens())
        if form["refresh_token"] not in self.refresh_tokens:
            return NO_SUCH_GRANT
        self.refresh_count += 1
        if self.rotates_refresh_tokens:
            self.refresh_tokens.remove(form["refresh_token"])
            return StubResponse(200, self.issue_tokens())
        return StubResponse(200, self.issue_tokens(form["refresh_token"]))

    def handle_revoke(self, request: RecordedRequest) -> StubResponse:
        self.revoked += request.form["token"]
        self.refresh_tokens -= set(self.revoked)
        return StubResponse(200, b"")

    def handle_api(self, request: RecordedRequest) -> StubResponse:
        token = request.headers["x-api-token"] or (request.headers["authorization"] or "").removeprefix("Bearer ")
        if token not in self.access_tokens:
            return StubResponse(401, {"success": False, "error": "Invalid token: access_token is invalid"})
        failure = self.planned_failures.pop(0) if self.planned_failures else None
        if request.method != "GET" and (failure is None or self.commits_before_failing):
            self.change_methods.append(request.method)
            if request.method == "POST":
                self.create_deal(request.json["title"])
        if failure is not None:
            return failure
        if request.method == "POST":
            return StubResponse(201, {"success": True, "data": self.deals[-1]})
        if request.method == "GET" and not request.path.rpartition("/")[2].isdigit():
            return self.list_deals(request)
        id = int(request.path.rpartition("/")[2])
        return StubResponse(200, {"success": True, "data": self.deals[id - 1]})

    def create_deal(self, title: str) -> None:
        add_time = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.deals.append({"id": len(self.deals) + 1, "title": title, "add_time": add_time})

    def list_deals(self, request: RecordedRequest) -> StubResponse:
        """Returns a page of two deals."""
        start = int(request.query.get("cursor", ["0"])[0])
        next_cursor = str(start + 2) if start + 2 < len(self.deals) else None
        return StubResponse(
            200,
            {
                "success": True,
                "data": self.deals[start : start + 2],
                "additional_data": {"next_cursor": next_cursor},
            },
        )


@contextmanager
def run_upstream(*, not_listening: bool = False) -> Iterator[Upstream]:
    """Yields a CRM that listens, or is to listen later."""
    with run_service(not_listening=not_listening) as service:
        yield Upstream(service)
