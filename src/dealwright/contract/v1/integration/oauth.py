"""Consent and tokens of OAuth 2.0 apps."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import WireName, endpoint
from dealwright.contract.values import Credential, ShortText, Url

ClientCredentials = Annotated[
    Credential,
    WireName("Authorization", "header"),
    Meta(description="`Basic` and the Base64 form of the app's `client_id:client_secret`."),
]


class Tokens(TypedDict):
    """A pair of tokens. ``expires_in`` is in seconds, ``scope`` comma-separated, ``api_domain`` where to call."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str
    scope: str
    api_domain: str


class TokenRequest(V1Body, kw_only=True):
    """What is given for the tokens.

    ``authorization_code`` takes ``code`` and ``redirect_uri``, ``refresh_token`` the token of that name, and
    ``exchange_api_token`` an ``api_token``. The app's own credentials may stand here instead of in the header.
    """

    grant_type: Literal["authorization_code", "refresh_token", "exchange_api_token"] | UnsetType = UNSET
    code: Credential | UnsetType = UNSET
    redirect_uri: Url | UnsetType = UNSET
    refresh_token: Credential | UnsetType = UNSET
    api_token: Credential | UnsetType = UNSET
    client_id: ShortText | UnsetType = UNSET
    client_secret: Credential | UnsetType = UNSET


class RevocationRequest(V1Body, kw_only=True):
    """The token to make void. The hint says which of the two kinds it is; a wrong one does no harm."""

    token: Credential
    token_type_hint: ShortText | UnsetType = UNSET
    client_id: ShortText | UnsetType = UNSET
    client_secret: Credential | UnsetType = UNSET


class Revoked(TypedDict):
    """What is said of every token, whether there was one or not."""

    success: bool


@endpoint("GET /oauth/authorize", group="Oauth", cost=0, public=True, media_type="text/html")
def get_oauth_authorize(
    client_id: Annotated[ShortText, Meta(description="The id of the app.")],
    redirect_uri: Annotated[Url, Meta(description="The app's callback, exactly as it is registered.")],
    state: Annotated[Credential, Meta(description="Any text; the callback gets it back unchanged.")] | None = None,
) -> str:
    """Ask the user in a page whether an app may act for them.

    The callback is then called with `code`, good for five minutes, or with `error=user_denied`.
    """


@endpoint("POST /oauth/token", group="Oauth", cost=0, public=True, body="form")
def post_oauth_token(authorization: ClientCredentials, data: TokenRequest) -> Tokens:
    """Get tokens for the code that the user's consent gave."""


@endpoint("POST /oauth/token/", group="Oauth", cost=0, public=True, body="form")
def post_oauth_token_refresh(authorization: ClientCredentials, data: TokenRequest) -> Tokens:
    """Get a new access token for a refresh token."""


@endpoint("POST /oauth/revoke", group="Oauth", cost=0, public=True, body="form", documented=False)
def post_oauth_revoke(authorization: ClientCredentials, data: RevocationRequest) -> Revoked:
    """Make a token void.

    Without its refresh token an app is uninstalled: everything that the user granted to it is taken back.
    """
