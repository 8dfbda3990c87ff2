"""The client side of OAuth 2.0: the page of consent, and the requests for tokens.

Pipedrive and our own server take the same requests. The proof of RFC 7636 (PKCE) is always sent: providers that do not
know it ignore it.
"""

from __future__ import annotations

import base64
import hashlib
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import httpx2
import msgspec

from dealwright.connectors import answers, transport
from dealwright.connectors.connections import PIPEDRIVE_API_URL, check_encryption, normalize_url
from dealwright.connectors.driver import Blocking, finish
from dealwright.connectors.errors import Failure, UnusableConnection
from dealwright.connectors.grants import App, Grant

_DRIVER = Blocking()


class ProviderRefused(Exception):
    """The provider has refused the request, and would refuse it again."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(f"{failure.message} (HTTP {failure.status})")
        self.failure = failure


class ProviderUnavailable(Exception):
    """The provider gave no answer, or none that decides anything; a later request may succeed."""

    def __init__(self, reason: str, failure: Failure | None = None, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.failure = failure
        self.retry_after = retry_after


class TokenResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of a provider to a request for tokens."""

    access_token: str
    refresh_token: str | None = None
    expires_in: float | None = None
    scope: str | None = None
    api_domain: str | None = None

    def __repr__(self) -> str:
        return f"TokenResponse(of {self.api_domain})"


class _Answer(NamedTuple):
    """An answer of the provider, and its content."""

    response: httpx2.Response
    content: bytes


def authorize_url(app: App, state: str, verifier: str) -> str:
    """Returns the address of the page that asks the user for consent."""
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


def exchange_code(app: App, code: str, verifier: str, *, now: float, seconds: float) -> tuple[str, Grant]:
    """Returns the URL of the API and the grant for a code. Raises `ProviderRefused` and `ProviderUnavailable`."""
    tokens = _request_tokens(
        app,
        {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": app.redirect_uri,
            "code_verifier": verifier,
        },
        seconds,
    )
    url = _api_url(app, tokens) or (PIPEDRIVE_API_URL if app.is_pipedrive else app.provider)
    grant = Grant(
        app=app,
        home=url,
        granted_at=now,
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        scope=tokens.scope or app.scope,
        renewed_at=now,
        refused_at=None,
        expires_at=None if tokens.expires_in is None else now + tokens.expires_in,
    )
    return url, grant


def refresh(grant: Grant, url: str, *, now: float, seconds: float) -> tuple[str, Grant]:
    """Returns the URL of the API, which may have changed, and the grant with a new access token.

    Raises `ProviderRefused` and `ProviderUnavailable`.
    """
    assert grant.refresh_token is not None
    tokens = _request_tokens(grant.app, {"grant_type": "refresh_token", "refresh_token": grant.refresh_token}, seconds)
    renewed = msgspec.structs.replace(
        grant,
        access_token=tokens.access_token,
        # Pipedrive's stays the same; other providers give a new one, and the old one is void.
        refresh_token=tokens.refresh_token or grant.refresh_token,
        scope=tokens.scope or grant.scope,
        renewed_at=now,
        expires_at=None if tokens.expires_in is None else now + tokens.expires_in,
    )
    return _api_url(grant.app, tokens) or url, renewed


def revoke(grant: Grant, *, seconds: float) -> None:
    """Revokes the whole grant. Raises `ProviderRefused` and `ProviderUnavailable`."""
    token, hint = (
        (grant.refresh_token, "refresh_token") if grant.refresh_token else (grant.access_token, "access_token")
    )
    answer = _post(grant.app, "/oauth/revoke", {"token": token, "token_type_hint": hint}, seconds)
    if not answer.response.is_success:
        raise _error_for(answer)


def _request_tokens(app: App, form: dict[str, str], seconds: float) -> TokenResponse:
    answer = _post(app, "/oauth/token", form, seconds)
    if not answer.response.is_success:
        raise _error_for(answer)
    try:
        # Some providers write seconds as text.
        tokens = msgspec.json.decode(answer.content, type=TokenResponse, strict=False)
    except msgspec.DecodeError as error:
        raise ProviderUnavailable(f"what it answers is no tokens: {error}") from None
    if not tokens.access_token.isascii() or not tokens.access_token.isprintable() or " " in tokens.access_token:
        raise ProviderUnavailable("what it answers has no usable access token")
    return tokens


def _post(app: App, path: str, form: dict[str, str], seconds: float) -> _Answer:
    check_encryption(app.provider, allow_plain_http=app.allow_plain_http)
    try:
        with transport.create_client(seconds) as http:
            request = http.build_request("POST", app.provider + path, data=form)
            response = http.send(request, auth=(app.client_id, app.client_secret), stream=True)
            reading = transport.read_content(response, transport.MAX_ERROR_BYTES, _DRIVER.pieces, _DRIVER.close)
            return _Answer(response, finish(reading))
    except transport.AnswerTooLarge:
        raise ProviderUnavailable(f"what {app.provider} answers is no tokens: it is too large") from None
    except httpx2.TimeoutException as error:
        raise ProviderUnavailable(f"{app.provider} gave no answer in time") from error
    except httpx2.HTTPError as error:
        raise ProviderUnavailable(f"{app.provider} cannot be reached: {error or repr(error)}") from error


def _error_for(answer: _Answer) -> ProviderRefused | ProviderUnavailable:
    """Returns the error for an answer that is no success.

    Only a 400 or 401 in JSON is a refusal by the provider itself.
    """
    failure = _failure(answer)
    if failure.status in (400, 401) and isinstance(failure.body, dict):
        return ProviderRefused(failure)
    return ProviderUnavailable(
        f"{failure.message} (HTTP {failure.status})",
        failure,
        answers.parse_seconds(answer.response.headers.get("retry-after")),
    )


def _failure(answer: _Answer) -> Failure:
    return answers.parse_failure(answer.response.status_code, answer.response.headers, answer.content)


def _api_url(app: App, tokens: TokenResponse) -> str | None:
    """Returns the URL of the API that the provider names, or None.

    Raises `ProviderUnavailable` for an unusable one, and for one without encryption when the provider itself has it.
    """
    if tokens.api_domain is None:
        return None
    try:
        address = normalize_url(tokens.api_domain)
    except UnusableConnection as error:
        raise ProviderUnavailable(f"what it answers has no usable api_domain: {error}") from None
    if urlsplit(address).scheme not in ("https", urlsplit(app.provider).scheme):
        raise ProviderUnavailable(f"what it answers has an api_domain without encryption: {address}")
    return address
