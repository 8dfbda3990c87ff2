"""The protocol, implemented by oauthlib: its questions about apps, codes and tokens are answered from the platform.

Errors for which Pipedrive has texts are raised here with these; `token` brings them into the answer's form.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from oauthlib.common import Request as OAuthRequest
from oauthlib.oauth2 import (
    AuthorizationCodeGrant,
    AuthorizationEndpoint,
    BearerToken,
    RefreshTokenGrant,
    RequestValidator,
    RevocationEndpoint,
    TokenEndpoint,
)
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256
from oauthlib.oauth2.rfc6749.grant_types.base import GrantTypeBase

from dealwright.crm.companies import Companies
from dealwright.crm.integration.oauth import apps, grants
from dealwright.crm.integration.oauth.apps import App
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.uninstall import uninstall_app
from dealwright.crm.values.formats import format_time

log = logging.getLogger(__name__)

EXPIRES_IN = int(grants.ACCESS_LIFETIME.total_seconds()) - 1
CODE_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")

CODE_INVALID = "Invalid grant: authorization_code is invalid"
CODE_EXPIRED = "Invalid grant: authorization_code has expired"
REFRESH_TOKEN_INVALID = "Invalid grant: refresh_token is invalid"
API_TOKEN_INVALID = "Invalid grant: api_token is invalid"
VERIFIER_INVALID = "Invalid grant: code_verifier is invalid"
NO_CREDENTIALS = "Invalid client: cannot retrieve client credentials"
CLIENT_INVALID = "Invalid client: client is invalid"
NO_REDIRECT_URI = "Invalid request: redirect_uri is not a valid URI"
REDIRECT_URI_INVALID = "Invalid request: redirect_uri is invalid"


class InvalidTargetError(errors.OAuth2Error):
    """What tokens are asked for is nothing that this provider gives tokens for (RFC 8707)."""

    error = "invalid_target"


class Provider(AuthorizationEndpoint, TokenEndpoint, RevocationEndpoint):
    """The endpoints of the protocol, with the supported grant types."""

    def __init__(self, companies: Companies) -> None:
        validator = Validator(companies)
        code = CodeGrant(validator)
        bearer = BearerToken(
            validator,
            token_generator=lambda _: grants.new_access_token(),
            refresh_token_generator=lambda request: grants.new_refresh_token(request.owner),
            expires_in=EXPIRES_IN,
        )
        AuthorizationEndpoint.__init__(
            self, default_response_type="code", default_token_type=bearer, response_types={"code": code}
        )
        TokenEndpoint.__init__(
            self,
            default_grant_type="authorization_code",
            default_token_type=bearer,
            grant_types={
                "authorization_code": code,
                "refresh_token": RefreshTokenGrant(validator),
                "exchange_api_token": ApiTokenGrant(validator),
            },
        )
        RevocationEndpoint.__init__(self, validator)


class CodeGrant(AuthorizationCodeGrant):
    """Codes in Pipedrive's form, which contain the company and the user."""

    def create_authorization_code(self, request: OAuthRequest) -> dict[str, str]:
        """Returns the code, and the state that the app sent."""
        state = {"state": request.state} if request.state else {}
        return {"code": grants.new_code(request.owner), **state}

    def validate_code_challenge(self, challenge: str, challenge_method: str, verifier: str) -> bool:
        """Compares the verifier with the challenge of the authorization. Raises `InvalidGrantError`."""
        if not code_challenge_method_s256(verifier, challenge):
            raise errors.InvalidGrantError(description=VERIFIER_INVALID)
        return True


class ApiTokenGrant(GrantTypeBase):
    """Tokens for a user's API token: for apps that moved from such tokens to OAuth."""

    def create_token_response(self, request: OAuthRequest, token_handler: Any) -> tuple[dict[str, str], str, int]:
        """Returns headers, body and status for the token endpoint."""
        self.validate_client_authentication(request)
        self.request_validator.validate_api_token(request)
        token = token_handler.create_token(request, refresh_token=True)
        self.request_validator.save_token(token, request)
        return {}, json.dumps(token), 200


class Validator(RequestValidator):
    """Answers oauthlib's questions. Results are kept as attributes of oauthlib's request: `client`, `owner`, …"""

    def __init__(self, companies: Companies) -> None:
        self._companies = companies
        self._platform = companies.platform

    # Apps

    def validate_client_id(self, client_id: str, request: OAuthRequest, *_: Any, **__: Any) -> bool:
        request.client = apps.find(self._platform, client_id)
        return request.client is not None

    def authenticate_client(self, request: OAuthRequest, *_: Any, **__: Any) -> bool:
        credentials = _parse_basic_auth(request.headers.get("Authorization")) or (
            request.client_id,
            request.client_secret,
        )
        client_id, secret = credentials
        if client_id and not secret and request.grant_type != "exchange_api_token":
            # An app that keeps no secret shows who it is by the verifier of its code, and by its refresh token.
            public = apps.find(self._platform, client_id)
            if public is not None and public.is_public:
                request.client, request.client_id = public, public.client_id
                return True
        if not client_id or not secret:
            raise errors.InvalidClientError(description=NO_CREDENTIALS, request=request)
        app = apps.find(self._platform, client_id)
        if app is None or not app.has_secret(secret):
            raise errors.InvalidClientError(description=CLIENT_INVALID, request=request)
        request.client, request.client_id = app, app.client_id
        return True

    def client_authentication_required(self, request: OAuthRequest, *_: Any, **__: Any) -> bool:
        return True

    def validate_response_type(
        self, client_id: str, response_type: str, client: App, request: OAuthRequest, **_: Any
    ) -> bool:
        return response_type == "code"

    def validate_grant_type(
        self, client_id: str, grant_type: str, client: App, request: OAuthRequest, **_: Any
    ) -> bool:
        return True

    # Redirect URIs: exactly one of those registered, and none by default.

    def validate_redirect_uri(
        self, client_id: str, redirect_uri: str, request: OAuthRequest, *_: Any, **__: Any
    ) -> bool:
        app: App = request.client
        if redirect_uri in app.redirect_uris:
            return True
        # A program that listens on its user's machine finds its port when it starts (RFC 8252, 7.3).
        portless = _without_loopback_port(redirect_uri) if app.is_public else None
        return portless is not None and portless in map(_without_loopback_port, app.redirect_uris)

    def get_default_redirect_uri(self, client_id: str, request: OAuthRequest, *_: Any, **__: Any) -> str:
        raise errors.InvalidRequestError(description=NO_REDIRECT_URI, request=request)

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: App, request: OAuthRequest, **_: Any
    ) -> bool:
        if not _is_uri(redirect_uri):
            raise errors.InvalidRequestError(description=NO_REDIRECT_URI, request=request)
        if redirect_uri != request.issued.redirect_uri:
            raise errors.InvalidRequestError(description=REDIRECT_URI_INVALID, request=request)
        return True

    # Scopes are always those of the app.

    def get_default_scopes(self, client_id: str, request: OAuthRequest, *_: Any, **__: Any) -> list[str]:
        return list(request.client.scopes)

    def validate_scopes(self, client_id: str, scopes: list[str], client: App, request: OAuthRequest, **_: Any) -> bool:
        return True

    # Codes

    def is_pkce_required(self, client_id: str, request: OAuthRequest) -> bool:
        app: App = request.client
        return app.is_public

    def save_authorization_code(
        self, client_id: str, code: dict[str, str], request: OAuthRequest, *_: Any, **__: Any
    ) -> None:
        grants.issue_code(
            self._platform,
            request.client,
            request.owner,
            code["code"],
            request.redirect_uri,
            request.code_challenge,
            self._companies.clock(),
            request.resource,
        )

    def validate_code(self, client_id: str, code: str, client: App, request: OAuthRequest, **_: Any) -> bool:
        issued = grants.find_code(self._platform, code)
        if issued is None or issued.app_id != client.id:
            raise errors.InvalidGrantError(description=CODE_INVALID, request=request)
        if issued.grant_id is not None:
            self._revoke_reused_code(code)
            raise errors.InvalidGrantError(description=CODE_INVALID, request=request)
        if issued.expires_at <= format_time(self._companies.clock()):
            raise errors.InvalidGrantError(description=CODE_EXPIRED, request=request)
        # An attacker who strips the challenge from the authorization must not get in with the verifier of another one.
        if (issued.code_challenge is None) != (request.code_verifier is None):
            raise errors.InvalidGrantError(description=VERIFIER_INVALID, request=request)
        _check_resource(request, issued.resource)
        self._act_for(request, issued.owner, CODE_INVALID)
        request.issued = issued
        request.scopes = issued.scopes.split(",")
        return True

    def _revoke_reused_code(self, code: str) -> None:
        """Revokes the grant of a code that is used again: one of its two users has stolen it."""
        issued = grants.find_code(self._platform, code)
        if issued is not None and issued.grant_id is not None:
            grants.revoke_grant(self._platform, issued.grant_id)
            extra = {"company_id": issued.owner.company_id, "user": issued.owner.user_id}
            log.warning("The code of a grant was used a second time: the grant is revoked", extra=extra)

    def get_code_challenge(self, code: str, request: OAuthRequest) -> str | None:
        challenge: str | None = request.issued.code_challenge
        return challenge

    def get_code_challenge_method(self, code: str, request: OAuthRequest) -> str:
        return "S256"

    def invalidate_authorization_code(
        self, client_id: str, code: str, request: OAuthRequest, *_: Any, **__: Any
    ) -> None:
        """Does nothing: `save_token` has done it, in the same transaction."""

    # Tokens

    def validate_refresh_token(
        self, refresh_token: str, client: App, request: OAuthRequest, *_: Any, **__: Any
    ) -> bool:
        grant = grants.find_grant(self._platform, refresh_token, self._companies.clock())
        if grant is None and (stolen := grants.revoke_replayed(self._platform, refresh_token)) is not None:
            extra = {"company_id": stolen.owner.company_id, "user": stolen.owner.user_id}
            log.warning("A refresh token was used that had been replaced: the grant is revoked", extra=extra)
        if grant is None or grant.app_id != client.id:
            raise errors.InvalidGrantError(description=REFRESH_TOKEN_INVALID, request=request)
        self._act_for(request, grant.owner, REFRESH_TOKEN_INVALID)
        request.grant = grant
        return True

    def get_original_scopes(self, refresh_token: str, request: OAuthRequest, *_: Any, **__: Any) -> list[str]:
        scopes: list[str] = request.grant.scopes.split(",")
        # Narrower scopes are not supported: the token always has all of them.
        request.scope = None
        return scopes

    def rotate_refresh_token(self, request: OAuthRequest) -> bool:
        # Nothing but the token itself says whose it is.
        app: App = request.client
        return app.is_public

    def validate_api_token(self, request: OAuthRequest) -> None:
        """Finds the user of an API token. Raises `InvalidGrantError`."""
        found = self._platform.find_token_owner(getattr(request, "api_token", None) or "")
        if found is None or not self._companies.may_use_api(found):
            raise errors.InvalidGrantError(description=API_TOKEN_INVALID, request=request)
        self._act_for(request, found, API_TOKEN_INVALID)
        request.scopes = list(request.client.scopes)

    def _act_for(self, request: OAuthRequest, owner: UserRef, error: str) -> None:
        """Sets the user whom the tokens will stand for. Raises `InvalidGrantError` for one who may not act.

        Every grant type comes by here: `save_token` has no user otherwise.
        """
        if not self._companies.is_active(owner):
            raise errors.InvalidGrantError(description=error, request=request)
        request.owner = request.user = owner

    def save_token(self, token: dict[str, Any], request: OAuthRequest, *_: Any, **__: Any) -> None:
        """Stores new tokens. Raises `InvalidGrantError` when the code has just been used, or the grant revoked."""
        now, access_token = self._companies.clock(), token["access_token"]
        try:
            if request.grant_type == "refresh_token":
                replaced = (request.refresh_token, token["refresh_token"]) if request.client.is_public else None
                grants.refresh_grant(self._platform, request.grant, access_token, now, replaced=replaced)
            elif request.grant_type == "authorization_code":
                refresh_token = token["refresh_token"]
                grants.exchange_code(self._platform, request.code, request.client, access_token, refresh_token, now)
            else:
                refresh_token = token["refresh_token"]
                grants.create_grant(self._platform, request.client, request.owner, access_token, refresh_token, now)
        except grants.InvalidGrant:
            if request.grant_type == "refresh_token":
                raise errors.InvalidGrantError(description=REFRESH_TOKEN_INVALID, request=request) from None
            self._revoke_reused_code(request.code)
            raise errors.InvalidGrantError(description=CODE_INVALID, request=request) from None
        _log("An app has new tokens", request, grant_type=request.grant_type)

    def revoke_token(self, token: str, token_type_hint: str, request: OAuthRequest, *_: Any, **__: Any) -> None:
        # Pipedrive's own client URL-encodes an access token twice.
        if any(grants.revoke_access_token(self._platform, request.client, one) for one in (token, unquote(token))):
            _log("An app has revoked an access token", request)
            return
        grant = grants.find_grant(self._platform, token, self._companies.clock())
        if grant is not None and grant.app_id == request.client.id:
            uninstall_app(self._companies, request.client, grant.owner)
            _log("An app has given up its access", request, company_id=grant.owner.company_id, user=grant.owner.user_id)


def _check_resource(request: OAuthRequest, issued_for: str | None) -> None:
    """Raises `InvalidTargetError` when a code was not given for what the tokens are asked for."""
    asked = getattr(request, "resource", None)
    if asked and asked.rstrip("/") != issued_for:
        raise InvalidTargetError(description="The code was not given for this resource", request=request)


def _without_loopback_port(uri: str) -> str | None:
    """Returns a redirect URI of the user's own machine without its port; None for any other."""
    parts = urlsplit(uri)
    if parts.scheme != "http" or parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        return None
    return f"{parts.hostname}{parts.path}?{parts.query}"


def _log(message: str, request: OAuthRequest, **extra: object) -> None:
    owner = getattr(request, "owner", None)
    whose = {"company_id": owner.company_id, "user": owner.user_id} if owner else {}
    log.info(message, extra={"app": request.client.client_id, **whose, **extra})


def _parse_basic_auth(authorization: str | None) -> tuple[str, str] | None:
    """Returns client id and secret from a header; None when it has none."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote(client_id), unquote(secret)


def _is_uri(text: str) -> bool:
    try:
        return bool(urlsplit(text).scheme)
    except ValueError:
        return False
