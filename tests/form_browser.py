"""A simple browser without scripts: keeps cookies, reads pages and sends their forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import msgspec

from tests.api import Api


class Form(msgspec.Struct):
    """A form of a page: its target and the values of its fields."""

    action: str
    fields: dict[str, str]


class Page(NamedTuple):
    """An answer to a browser."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def location(self) -> str:
        """The target of the redirect."""
        assert self.status == 303, f"{self.status}: {self.text}"
        return self.headers["location"]

    @property
    def callback_params(self) -> dict[str, str]:
        """The parameters of the callback URL to which the browser is redirected."""
        return dict(parse_qsl(urlsplit(self.location).query, keep_blank_values=True))

    def form(self, action: str) -> Form:
        """Returns the form that is sent to a path."""
        reader = _FormParser()
        reader.feed(self.text)
        return next(form for form in reader.forms if form.action == action)


class _FormParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            assert attributes["method"] == "post"
            self.forms.append(Form(attributes["action"], {}))
        elif tag == "input":
            self.forms[-1].fields[attributes["name"]] = attributes.get("value", "")


Transport = Callable[[str, str, bytes, Mapping[str, str]], Page]


class FormBrowser:
    """A browser for the pages of one server."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
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
        page = self._transport(method, path, body, headers)
        if set_cookie := page.headers.get("set-cookie"):
            name, _, value = set_cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return page


def in_process(api: Api) -> FormBrowser:
    """Returns a browser for the application in this process."""

    def call(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Page:
        path, _, query = path.partition("?")
        kind = headers.get("content-type", "text/plain")
        answer = api.send(method, path, body, kind, headers=headers, raw_query=query.encode())
        text = answer.body.decode() if isinstance(answer.body, bytes) else str(answer.body or "")
        return Page(answer.status, answer.headers, text)

    return FormBrowser(call)


def over_http(url: str) -> FormBrowser:
    """Returns a browser for a server in another process."""

    def call(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Page:
        with httpx2.Client(base_url=url) as client:
            response = client.request(method, path, content=body, headers=dict(headers))
        return Page(response.status_code, response.headers, response.text)

    return FormBrowser(call)
