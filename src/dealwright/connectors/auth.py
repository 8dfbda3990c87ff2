"""The credentials of a request: the API token of a user, or an access token of OAuth 2.0."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import NamedTuple

import httpx2


@dataclass(frozen=True)
class Header(httpx2.Auth):
    """A secret in a header."""

    name: str
    value: str = field(repr=False)

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        request.headers[self.name] = self.value
        yield request


class Access(NamedTuple):
    """The URL of the API, and the header that authenticates a request there."""

    url: str
    auth: Header


def api_token_header(token: str) -> Header:
    """Returns the header for the API token of a user."""
    return Header("x-api-token", token)


def bearer_header(token: str) -> Header:
    """Returns the header for an access token of OAuth 2.0."""
    return Header("authorization", f"Bearer {token}")
