"""Who sits at the browser: its session cookie, and the token that every form brings along.

There is a cookie from the first page on. Its value is a secret of the browser, from which the forms' token is derived: a
form that another site made cannot know it. Logging in gives a new value.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from http.cookies import CookieError, SimpleCookie

from dealwright.crm import logins
from dealwright.crm.oauth.grants import Owner
from dealwright.crm.unit import Bearer, Companies
from dealwright.server.oauth.replies import Header
from dealwright.server.requests import Request


class Visit:
    """One request of a browser. ``users`` are those who logged in: the same person in several companies."""

    def __init__(self, companies: Companies, visitor: Bearer | None, request: Request) -> None:
        self._companies = companies
        self._secure = request.scheme == "https"
        self._name = "__Host-dealwright" if self._secure else "dealwright"
        self._given = _cookie(request, self._name)
        self.secret = self._given or secrets.token_urlsafe(32)
        self.is_visitor = visitor is not None
        self.users: list[Owner] = []
        if visitor is not None:
            self.users = [Owner(visitor.company.id, visitor.user_id)]
        elif self._given:
            self.users = logins.session_users(companies.platform, self._given, companies.clock())

    @property
    def form_token(self) -> str:
        """What the forms of this browser bring along."""
        return hmac.new(self.secret.encode(), b"form", hashlib.sha256).hexdigest()

    def sent(self, form_token: str) -> bool:
        """Whether a form with this token comes from a page that this browser was shown."""
        return self._given is not None and hmac.compare_digest(self.form_token.encode(), form_token.encode())

    def begin(self, users: list[Owner]) -> None:
        """Somebody has logged in."""
        self.end()
        self.secret, self.users = logins.open_session(self._companies.platform, users, self._companies.clock()), users

    def end(self) -> None:
        """Nobody is logged in any more."""
        if self._given:
            logins.close_session(self._companies.platform, self._given)
        self.secret, self.users = secrets.token_urlsafe(32), []

    @property
    def cookies(self) -> tuple[Header, ...]:
        """What the browser is to keep from now on."""
        if self.secret == self._given:
            return ()
        secure = "; Secure" if self._secure else ""
        return ((b"set-cookie", f"{self._name}={self.secret}; Path=/; HttpOnly; SameSite=Lax{secure}".encode()),)


def _cookie(request: Request, name: str) -> str | None:
    try:
        found = SimpleCookie(request.header(b"cookie") or "").get(name)
    except CookieError:
        return None
    return found.value if found and found.value else None
