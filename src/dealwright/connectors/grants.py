"""What a connection by OAuth 2.0 consists of: the app that acts, and what the user has granted it."""

from __future__ import annotations

import msgspec

PIPEDRIVE = "https://oauth.pipedrive.com"
REDIRECT_URI = "http://127.0.0.1:9876/callback"

# A token is renewed so long before it expires, or in the last tenth of a shorter life.
LEEWAY = 60.0


class App(msgspec.Struct, frozen=True, kw_only=True):
    """An app as its provider knows it; ``provider`` is the address below which ``/oauth/…`` lies.

    ``scope`` is what is asked for. Pipedrive does not read it: what an app may do stands in its registration.
    """

    provider: str
    client_id: str
    client_secret: str
    redirect_uri: str = REDIRECT_URI
    scope: str | None = None

    def __repr__(self) -> str:
        return f"App({self.client_id!r} of {self.provider})"

    @property
    def is_of_pipedrive(self) -> bool:
        """Whether the provider is Pipedrive itself."""
        return self.provider == PIPEDRIVE


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a user's consent has given, and what has become of it since; moments are seconds since 1970.

    ``home`` is where the API was when consent was given: what this machine remembers of the connection goes by it, also
    when the API moves. Without ``expires_at`` a token is used until it is refused.
    """

    app: App
    home: str
    granted_at: float
    access_token: str
    refresh_token: str | None = None
    scope: str | None = None
    renewed_at: float
    expires_at: float | None = None

    def __repr__(self) -> str:
        return f"Grant({self.app!r})"

    def is_due(self, now: float) -> bool:
        """Whether the access token has expired or is about to."""
        if self.expires_at is None:
            return False
        return now >= self.expires_at - min(LEEWAY, (self.expires_at - self.renewed_at) / 10)
