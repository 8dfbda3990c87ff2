"""OAuth 2.0 as its providers speak it: the page of consent, and the requests for tokens.

Pipedrive and our own server take the same requests. The proof of RFC 7636 (PKCE) goes along always: who does not know it
ignores it.
"""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import urlencode, urlsplit

import httpx2
import msgspec

from dealwright.connectors import answers, transport
from dealwright.connectors.connections import PIPEDRIVE, address_of
from dealwright.connectors.errors import Failure, UnusableConnection
from dealwright.connectors.grants import App, Grant


class Refused(Exception):
    """The provider has said no, and asking again brings nothing else."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.message} (HTTP {failure.status})")
        self.failure = failure


class Unheard(Exception):
    """There is no answer of the provider, or none that decides anything; another time there may be."""

    def __init__(self, reason: str, failure: Failure | None = None, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.failure = failure
        self.retry_after = retry_after


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider answers to a request for tokens."""

    access_token: str
    refresh_token: str | None = None
    expires_in: float | None = None
    scope: str | None = None
    api_domain: str | None = None

    def __repr__(self) -> str:
        return f"Tokens(of {self.api_domain})"


def authorize_url(app: App, state: str, verifier: str) -> str:
    """The address of the page that asks the user for consent."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    if app.scope:
        query["scope"] = app.scope
    return f"{app.provider}/oauth/authorize?{urlencode(query)}"


def exchange(app: App, code: str, verifier: str, *, now: float, seconds: float) -> tuple[str, Grant]:
    """Where the API is, and the grant that a code stands for. Raises `Refused` and `Unheard`."""
    tokens = _ask(
        app,
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": app.redirect_uri,
            "code_verifier": verifier,
        },
        seconds,
    )
    url = _api(app, tokens) or (PIPEDRIVE if app.is_of_pipedrive else app.provider)
    grant = Grant(
        app=app,
        home=url,
        granted_at=now,
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        scope=tokens.scope or app.scope,
        renewed_at=now,
        expires_at=None if tokens.expires_in is None else now + tokens.expires_in,
    )
    return url, grant


def refresh(grant: Grant, url: str, *, now: float, seconds: float) -> tuple[str, Grant]:
    """Where the API is now, and the grant with a new access token. Raises `Refused` and `Unheard`."""
    assert grant.refresh_token is not None
    tokens = _ask(grant.app, {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}, seconds)
    renewed = msgspec.structs.replace(
        grant,
        access_token=tokens.access_token,
        # Pipedrive's stays the same; others give a new one, and the old one is void.
        refresh_token=tokens.refresh_token or grant.refresh_token,
        scope=tokens.scope or grant.scope,
        renewed_at=now,
        expires_at=None if tokens.expires_in is None else now + tokens.expires_in,
    )
    return _api(grant.app, tokens) or url, renewed


def revoke(grant: Grant, *, seconds: float) -> None:
    """Gives the whole grant back. Raises `Refused` and `Unheard`."""
    token, hint = (
        (grant.refresh_token, "refresh_token") if grant.refresh_token else (grant.access_token, "access_token")
    )
    response = _post(grant.app, "/oauth/revoke", {"token": token, "token_type_hint": hint}, seconds)
    if not response.is_success:
        raise _no(response)


def _ask(app: App, form: dict[str, str], seconds: float) -> Tokens:
    response = _post(app, "/oauth/token", form, seconds)
    if not response.is_success:
        raise _no(response)
    try:
        # Some write seconds as text.
        tokens = msgspec.json.decode(response.content, type=Tokens, strict=False)
    except msgspec.DecodeError as error:
        raise Unheard(f"what it answers is no tokens: {error}") from None
    if not tokens.access_token.isascii() or not tokens.access_token.isprintable() or " " in tokens.access_token:
        raise Unheard("what it answers has no usable access token")
    return tokens


def _post(app: App, path: str, form: dict[str, str], seconds: float) -> httpx2.Response:
    try:
        with transport.client(seconds) as http:
            return http.post(app.provider + path, data=form, auth=(app.client_id, app.client_secret))
    except httpx2.TimeoutException as error:
        raise Unheard(f"{app.provider} gave no answer in time") from error
    except httpx2.HTTPError as error:
        raise Unheard(f"{app.provider} cannot be reached: {error or repr(error)}") from error


def _no(response: httpx2.Response) -> Refused | Unheard:
    """What an answer that is no success means. Only a 400 or 401 in JSON is the provider's own no."""
    failure = _failure(response)
    if response.status_code in (400, 401) and isinstance(failure.body, dict):
        return Refused(failure)
    return Unheard(
        f"{failure.message} (HTTP {failure.status})", failure, answers.seconds(response.headers.get("retry-after"))
    )


def _failure(response: httpx2.Response) -> Failure:
    return answers.failure_of(response.status_code, response.headers, response.content)


def _api(app: App, tokens: Tokens) -> str | None:
    """Where the provider says that the API is. One that is asked in secret does not lead into the open."""
    if tokens.api_domain is None:
        return None
    try:
        address = address_of(tokens.api_domain)
    except UnusableConnection as error:
        raise Unheard(f"what it answers has no usable api_domain: {error}") from None
    if urlsplit(address).scheme not in ("https", urlsplit(app.provider).scheme):
        raise Unheard(f"what it answers has an api_domain without encryption: {address}")
    return address
