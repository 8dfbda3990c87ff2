"""The session of a browser: its cookie, and the CSRF token of its forms.

There is a cookie from the first page on. Its value is a secret of the browser, from which the CSRF token is derived: a
form that another site made cannot know it. Logging in gives a new value.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from dealwright.crm.companies import Companies
from dealwright.crm.kernel.unit_of_work import Principal, UserRef
from dealwright.crm.team import logins
from dealwright.server import urls
from dealwright.server.oauth.responses import Header
from dealwright.server.requests import Request


class BrowserSession:
    """One request of a browser. ``users`` are those logged in and active: the same person in several companies."""

    def __init__(self, companies: Companies, auto_login: Principal | None, request: Request) -> None:
        self._companies = companies
        self._secure = urls.base_url().startswith("https:")
        self._cookie_name = "__Host-dealwright" if self._secure else "dealwright"
        self._cookie_value = _read_cookie(request, self._cookie_name)
        self.secret = self._cookie_value or secrets.token_urlsafe(32)
        self.is_auto_login = auto_login is not None
        self.users: list[UserRef] = []
        if auto_login is not None:
            self.users = [UserRef(auto_login.company.id, auto_login.user_id)]
        elif self._cookie_value:
            users = logins.session_users(companies.platform, self._cookie_value, companies.clock())
            self.users = [owner for owner in users if companies.is_active(owner)]

    @property
    def csrf_token(self) -> str:
        """The CSRF token of this session, which all of its forms contain."""
        return hmac.new(self.secret.encode(), b"form", hashlib.sha256).hexdigest()

    def check_csrf_token(self, token: str) -> bool:
        """Whether the token is the session's CSRF token."""
        return self._cookie_value is not None and hmac.compare_digest(self.csrf_token.encode(), token.encode())

    def log_in(self, users: list[UserRef]) -> None:
        """Starts a session for these users, with a new secret."""
        self.log_out()
        self.secret, self.users = logins.open_session(self._companies.platform, users, self._companies.clock()), users

    def log_out(self) -> None:
        """Ends the session; the browser gets a new secret."""
        if self._cookie_value:
            logins.close_session(self._companies.platform, self._cookie_value)
        self.secret, self.users = secrets.token_urlsafe(32), []

    @property
    def cookie_headers(self) -> tuple[Header, ...]:
        """The headers that set the cookie; empty when it has not changed."""
        if self.secret == self._cookie_value:
            return ()
        secure = "; Secure" if self._secure else ""
        return ((b"set-cookie", f"{self._cookie_name}={self.secret}; Path=/; HttpOnly; SameSite=Lax{secure}".encode()),)


def _read_cookie(request: Request, name: str) -> str | None:
    """Returns the value of a cookie, as it stands in the header; the last one when there are several of that name.

    The secrets that this server sets have no characters that are quoted.
    """
    found: str | None = None
    for pair in (request.header(b"cookie") or "").split(";"):
        key, _, value = pair.partition("=")
        if key.strip() == name:
            found = value.strip() or None
    return found
