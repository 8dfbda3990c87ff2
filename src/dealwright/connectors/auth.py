"""How a request shows who is calling.

An authentication is a flow of requests and responses, so that one which must first fetch or refresh a token stands
beside the API token without a change elsewhere.
"""

from __future__ import annotations

from collections.abc import Generator

import httpx2


class ApiToken(httpx2.Auth):
    """The token of a user, in the header that the API takes it in."""

    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        request.headers["x-api-token"] = self._token
        yield request
