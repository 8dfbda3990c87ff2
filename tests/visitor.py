"""Somebody with a browser: keeps cookies, reads pages, sends their forms. No scripts, no real browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import msgspec

from tests.api import Api


class Form(msgspec.Struct):
    """A form of a page: where it goes and what is filled in already."""

    action: str
    fields: dict[str, str]


class Page(NamedTuple):
    """What a browser got."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def location(self) -> str:
        """Where it is sent on to."""
        assert self.status == 303, f"{self.status}: {self.text}"
        return self.headers["location"]

    @property
    def back(self) -> dict[str, str]:
        """What the app is told in the address to which the browser goes back."""
        return dict(parse_qsl(urlsplit(self.location).query, keep_blank_values=True))

    def form(self, action: str) -> Form:
        """The form that leads to a path."""
        reader = _Forms()
        reader.feed(self.text)
        return next(form for form in reader.forms if form.action == action)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            assert given["method"] == "post"
            self.forms.append(Form(given["action"], {}))
        elif tag == "input":
            self.forms[-1].fields[given["name"]] = given.get("value", "")


Call = Callable[[str, str, bytes, Mapping[str, str]], Page]


class Visitor:
    """Visits the pages of one server."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.cookies: dict[str, str] = {}

    def get(self, path: str, **query: str) -> Page:
        return self.send("GET", f"{path}?{urlencode(query)}" if query else path)

    def submit(self, form: Form, **fields: str) -> Page:
        """Sends a form with some fields filled in or changed."""
        return self.send("POST", form.action, urlencode(form.fields | fields).encode())

    def send(self, method: str, path: str, body: bytes = b"") -> Page:
        headers = {"cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body:
            headers["content-type"] = "application/x-www-form-urlencoded"
        page = self._call(method, path, body, headers)
        if set_cookie := page.headers.get("set-cookie"):
            name, _, value = set_cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return page


def in_process(api: Api) -> Visitor:
    """A visitor of the application in this process."""

    def call(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Page:
        path, _, query = path.partition("?")
        kind = headers.get("content-type", "text/plain")
        answer = api.send(method, path, body, kind, headers=headers, raw_query=query.encode())
        text = answer.body.decode() if isinstance(answer.body, bytes) else str(answer.body or "")
        return Page(answer.status, answer.headers, text)

    return Visitor(call)


def over_http(url: str) -> Visitor:
    """A visitor of a server in another process."""

    def call(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Page:
        with httpx2.Client(base_url=url) as client:
            response = client.request(method, path, content=body, headers=dict(headers))
        return Page(response.status_code, response.headers, response.text)

    return Visitor(call)
