"""A browser with the web app, for the tests: keeps the cookie, and sends the CSRF token with what it writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins
from tests.api import Api, Response

EMAIL, PASSWORD = "ada@example.com", "a good pass phrase"


class AppBrowser:
    """A browser for the application in this process; ``headers`` are sent with everything."""

    def __init__(self, api: Api, *, scheme: str = "http", **headers: str) -> None:
        self.api = api
        self.scheme = scheme
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.cookies: dict[str, str] = {}
        self.csrf_token = ""

    def get(self, path: str, **query: object) -> Response:
        return self.send("GET", path, query=query)

    def post(self, path: str, body: object = None) -> Response:
        return self.send("POST", path, body)

    def patch(self, path: str, body: object = None) -> Response:
        return self.send("PATCH", path, body)

    def put(self, path: str, body: object = None) -> Response:
        return self.send("PUT", path, body)

    def delete(self, path: str, body: object = None, **query: object) -> Response:
        return self.send("DELETE", path, body, query=query)

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str | None] | None = None,
    ) -> Response:
        """Sends a request; ``headers`` replace those of the browser, and None leaves one out."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent: dict[str, str | None] = {"cookie": cookie or None, "x-csrf-token": self.csrf_token or None}
        sent |= self.headers | dict(headers or {})
        answer = self.api.send(
            method,
            path,
            b"" if body is None else orjson.dumps(body),
            query=query,
            headers={name: value for name, value in sent.items() if value is not None},
            scheme=self.scheme,
        )
        if set_cookie := answer.headers.get("set-cookie"):
            name, _, value = set_cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if isinstance(answer.body, dict) and "csrf_token" in answer.body:
            self.csrf_token = answer.body["csrf_token"]
        return answer

    def session(self) -> Any:
        """Returns the session, as a page asks for it when it is opened."""
        answer = self.get("/app/api/session")
        assert answer.status == 200, answer.body
        return answer.body

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD, **more: object) -> Response:
        """Opens the page and signs in; returns the answer."""
        self.session()
        return self.post("/app/api/session", {"email": email, "password": password, **more})


def set_password(api: Api, user_id: int = 1, email: str = EMAIL, password: str = PASSWORD) -> None:
    """Gives a user of the company a password."""
    logins.set_password(api.companies.platform, UserRef(api.principal.company.id, user_id), email, password)


def signed_in(api: Api, user_id: int = 1, email: str = EMAIL) -> AppBrowser:
    """Returns a browser in which a user has signed in."""
    set_password(api, user_id, email)
    browser = AppBrowser(api)
    assert browser.sign_in(email).status == 200
    return browser
