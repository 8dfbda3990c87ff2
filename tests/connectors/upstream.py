"""A small CRM behind OAuth 2.0, over HTTP: it has deals and tokens of its own, and trouble where a test makes some."""

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
from tests.connectors.service import Asked, Reply, Service, running

CLIENT_ID, CLIENT_SECRET = "harbour-app", "harbour-secret"
SECRET_WORDS = ("access-", "refresh-", CLIENT_SECRET)
NO_SUCH_GRANT = Reply(400, {"error": "invalid_grant", "error_description": "Invalid grant: refresh_token is invalid"})


class Upstream:
    """``rotates`` gives a new refresh token each time, and the old one is void. ``refreshes`` counts.

    ``trouble`` are replies of the API that come first, ``token_trouble`` those of the address for tokens. A change that
    meets with trouble is not made, unless the service ``commits`` it first; ``changes`` are the methods of those made.
    """

    def __init__(self, service: Service) -> None:
        self.service = service
        self.lock = threading.Lock()
        self.rotates = False
        self.lifetime: float | None = 3600
        self.api_domain: str | None = service.url
        self.codes: dict[str, dict[str, str]] = {}
        self.access: set[str] = set()
        self.refresh: set[str] = set()
        self.refreshes = 0
        self.revoked: list[str] = []
        self.trouble: list[Reply] = []
        self.token_trouble: list[Reply] = []
        self.commits = False
        self.changes: list[str] = []
        self.deals: list[dict[str, Any]] = []
        self.issued = 0
        service.responder = self.respond

    @property
    def url(self) -> str:
        return self.service.url

    @property
    def served(self) -> list[Asked]:
        """What the API was asked."""
        return [asked for asked in self.service.asked if not asked.path.startswith("/oauth/")]

    def connected(self, name: str = "crm", *, expires_in: float | None = 3600, now: float = 0) -> Connection:
        """A stored connection, as it is after a user's consent at that moment."""
        tokens = self.issue()
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
        connections.add(connections.granted(name, self.url, f"consent {self.issued}", grant), replace=True)
        stored = connections.stored(name)
        assert stored is not None
        return stored

    def issue(self, refresh: str | None = None) -> dict[str, Any]:
        """New tokens."""
        self.issued += 1
        refresh = refresh or f"refresh-{self.issued}"
        access = f"access-{self.issued}"
        self.access.add(access)
        self.refresh.add(refresh)
        tokens = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": self.lifetime,
            "refresh_token": refresh,
            "scope": "base,deals:full",
            "api_domain": self.api_domain,
        }
        return {name: value for name, value in tokens.items() if value is not None}

    def consent(self, page: str) -> str:
        """Says yes on the page of consent; where the browser goes then."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(page).query).items()}
        code = f"code-{len(self.codes)}"
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def respond(self, asked: Asked) -> Reply:
        with self.lock:
            if asked.path == "/oauth/token":
                return self.token_trouble.pop(0) if self.token_trouble else self.token(asked)
            if asked.path == "/oauth/revoke":
                return self.token_trouble.pop(0) if self.token_trouble else self.revoke(asked)
            return self.api(asked)

    def token(self, asked: Asked) -> Reply:
        credentials = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if asked.headers["authorization"] != f"Basic {credentials}":
            return Reply(400, {"error": "invalid_client", "error_description": "Invalid client: client is invalid"})
        form = {name: values[0] for name, values in asked.form.items()}
        if form["grant_type"] == "authorization_code":
            query = self.codes.pop(form["code"], None)
            proof = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode()
            if (
                query is None
                or query["code_challenge"] != proof.rstrip("=")
                or query["code_challenge_method"] != "S256"
            ):
                return Reply(400, {"error": "invalid_grant", "error_description": "Invalid grant: code is invalid"})
            if query["redirect_uri"] != form["redirect_uri"] or query["client_id"] != CLIENT_ID:
                return Reply(400, {"error": "invalid_request", "error_description": "redirect_uri is invalid"})
            return Reply(200, self.issue())
        if form["refresh_token"] not in self.refresh:
            return NO_SUCH_GRANT
        self.refreshes += 1
        if self.rotates:
            self.refresh.remove(form["refresh_token"])
            return Reply(200, self.issue())
        return Reply(200, self.issue(form["refresh_token"]))

    def revoke(self, asked: Asked) -> Reply:
        self.revoked += asked.form["token"]
        self.refresh -= set(self.revoked)
        return Reply(200, b"")

    def api(self, asked: Asked) -> Reply:
        shown = asked.headers["x-api-token"] or (asked.headers["authorization"] or "").removeprefix("Bearer ")
        if shown not in self.access:
            return Reply(401, {"success": False, "error": "Invalid token: access_token is invalid"})
        trouble = self.trouble.pop(0) if self.trouble else None
        if asked.method != "GET" and (trouble is None or self.commits):
            self.changes.append(asked.method)
            if asked.method == "POST":
                self.make(asked.json["title"])
        if trouble is not None:
            return trouble
        if asked.method == "POST":
            return Reply(201, {"success": True, "data": self.deals[-1]})
        if asked.method == "GET" and not asked.path.rpartition("/")[2].isdigit():
            return self.page(asked)
        id = int(asked.path.rpartition("/")[2])
        return Reply(200, {"success": True, "data": self.deals[id - 1]})

    def make(self, title: str) -> None:
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.deals.append({"id": len(self.deals) + 1, "title": title, "add_time": moment})

    def page(self, asked: Asked) -> Reply:
        """Deals, two a page."""
        start = int(asked.query.get("cursor", ["0"])[0])
        following = str(start + 2) if start + 2 < len(self.deals) else None
        return Reply(
            200,
            {
                "success": True,
                "data": self.deals[start : start + 2],
                "additional_data": {"next_cursor": following},
            },
        )


@contextmanager
def standing(*, deaf: bool = False) -> Iterator[Upstream]:
    """One that stands ready, or is to listen later."""
    with running(deaf=deaf) as service:
        yield Upstream(service)
