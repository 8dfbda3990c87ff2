"""How a request shows who is calling: with the API token of a user, or with an access token of OAuth 2.0."""

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
    """Where the API is, and what lets a request in there."""

    url: str
    auth: Header


def api_token(token: str) -> Header:
    """The token of a user, in the header that the API takes it in."""
    return Header("x-api-token", token)


def bearer(token: str) -> Header:
    """An access token of OAuth 2.0."""
    return Header("authorization", f"Bearer {token}")
