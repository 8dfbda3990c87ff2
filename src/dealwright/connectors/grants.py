"""The data of a connection by OAuth 2.0: the app, and the grant that a user has given it."""

from __future__ import annotations

import msgspec

PIPEDRIVE_OAUTH_URL = "https://oauth.pipedrive.com"
REDIRECT_URI = "http://127.0.0.1:9876/callback"

# A token is renewed this long before it expires, or in the last tenth of its life if that is less.
REFRESH_LEEWAY_SECONDS = 60.0


class App(msgspec.Struct, frozen=True, kw_only=True):
    """An app as its provider has registered it; ``provider`` is the address below which ``/oauth/…`` lies.

    ``scope`` is the scope to ask for. Pipedrive ignores it: an app's scopes stand in its registration.
    With ``allow_plain_http`` secrets and tokens may go to another machine without encryption.
    """

    provider: str
    client_id: str
    client_secret: str
    redirect_uri: str = REDIRECT_URI
    scope: str | None = None
    allow_plain_http: bool = False

    def __repr__(self) -> str:
        return f"App({self.client_id!r} of {self.provider})"

    @property
    def is_pipedrive(self) -> bool:
        """Whether the provider is Pipedrive itself."""
        return self.provider == PIPEDRIVE_OAUTH_URL


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens that a user's consent has given, as they are now; times are seconds since 1970.

    ``home`` is the address of the API when consent was given: what this machine remembers of the connection is stored
    under it, also when the API moves. Without ``expires_at`` a token is used until it is refused. ``refused_at`` is when the provider
    would not renew it.
    """

    app: App
    home: str
    granted_at: float
    access_token: str
    refresh_token: str | None = None
    scope: str | None = None
    renewed_at: float
    expires_at: float | None = None
    refused_at: float | None = None

    def __repr__(self) -> str:
        return f"Grant({self.app!r})"

    def needs_refresh(self, now: float) -> bool:
        """Whether the access token has expired or is about to."""
        if self.expires_at is None:
            return False
        return now >= self.expires_at - min(REFRESH_LEEWAY_SECONDS, (self.expires_at - self.renewed_at) / 10)
