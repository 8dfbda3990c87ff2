"""The session of a browser: its cookie, its CSRF token, and who is signed in; one for OAuth's pages and the web app.

There is a cookie from the first page on. Its value is a secret of the browser, from which the CSRF token is derived: a
form or a script of another site cannot know it. Signing in gives a new value.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from contextlib import AbstractContextManager
from functools import cached_property

from dealwright.crm.companies import Companies
from dealwright.crm.kernel.unit_of_work import Principal, UnitOfWork, UserRef
from dealwright.crm.team import sessions
from dealwright.crm.team.sessions import Browser, Session
from dealwright.server import urls
from dealwright.server.headers import Header
from dealwright.server.requests import Request

CSRF_HEADER = b"x-csrf-token"
_PORT = re.compile(r":([0-9]+)$")


class BrowserSession:
    """One request of a browser.

    ``auto_login`` is the user that OAuth's pages act for where nobody is signed in; only servers of invented data have it.
    """

    def __init__(self, companies: Companies, request: Request, auto_login: Principal | None = None) -> None:
        self.companies = companies
        self.request = request
        self._auto_login = auto_login
        self._secure = urls.base_url().startswith("https:")
        self._cookie_name = cookie_name(urls.base_url())
        self._cookie_value = _read_cookie(request, self._cookie_name)
        self.secret = self._cookie_value or secrets.token_urlsafe(32)

    @property
    def base_url(self) -> str:
        """The address of this server, as the browser knows it."""
        return urls.base_url()

    @property
    def is_sandbox(self) -> bool:
        """Whether the server has nothing but invented data."""
        return self._auto_login is not None

    @cached_property
    def _stored(self) -> Session | None:
        if self._cookie_value is None:
            return None
        return sessions.find(self.companies.platform, self._cookie_value, self.companies.clock())

    @property
    def _session(self) -> Session | None:
        """The session of somebody who is signed in."""
        return None if self._stored is None or self._stored.awaits_code else self._stored

    @property
    def awaiting_code(self) -> list[UserRef]:
        """The users who are not signed in before the code of a second factor has come."""
        if self._stored is None or not self._stored.awaits_code:
            return []
        return [owner for owner in self._stored.users if self.companies.is_active(owner)]

    @property
    def signed_in(self) -> list[UserRef]:
        """The users who are signed in and active: the same person in several companies."""
        return [owner for owner in self._session.users if self.companies.is_active(owner)] if self._session else []

    @property
    def is_auto_login(self) -> bool:
        """Whether OAuth's pages act for a user who has not signed in."""
        return self._auto_login is not None and self._session is None

    @property
    def users(self) -> list[UserRef]:
        """The users for whom OAuth's pages may act."""
        signed_in = [owner for owner in self.signed_in if not self.lacks_second_factor(owner)]
        if self.is_auto_login and self._auto_login is not None:
            return [UserRef(self._auto_login.company.id, self._auto_login.user_id)]
        return signed_in

    @property
    def session_id(self) -> int:
        """The id of the session of somebody who is signed in."""
        assert self._session is not None
        return self._session.id

    @property
    def chosen(self) -> UserRef | None:
        """The user for whom the web app acts; None when nobody is signed in. A unit of work finds out whether it is active."""
        return self._session.chosen if self._session else None

    def require_chosen(self) -> UserRef:
        """Returns the user for whom the web app acts, where nobody else is let in."""
        assert self._session is not None
        return self._session.chosen

    def lacks_second_factor(self, owner: UserRef) -> bool:
        """Whether the company of a user who is signed in asks for a second factor that the user has not set up yet."""
        return self._session is not None and owner in self._session.lacking

    @property
    def principal(self) -> Principal | None:
        """The user for whom the web app acts, as tokens stand for users; None when nobody is signed in."""
        chosen = self.chosen
        company = self.companies.platform.find_company(chosen.company_id) if chosen else None
        return Principal(company, chosen.user_id, source="app") if chosen and company else None

    def open(self, owner: UserRef, *, write: bool = False) -> AbstractContextManager[UnitOfWork]:
        """Opens a unit of work of one of the users who are signed in."""
        company = self.companies.platform.find_company(owner.company_id)
        assert company is not None
        return self.companies.unit_of_work(company, owner.user_id, write=write, source="app")

    @property
    def csrf_token(self) -> str:
        """The CSRF token of this session, for all of its forms and all that the web app writes."""
        return csrf_token(self.secret)

    def check_csrf_token(self, token: str) -> bool:
        """Whether the token is the session's CSRF token."""
        return self._cookie_value is not None and hmac.compare_digest(self.csrf_token.encode(), token.encode())

    def may_write(self) -> bool:
        """Whether the request comes from a page of this server, and brings the CSRF token with it."""
        token = self.request.header(CSRF_HEADER)
        return token is not None and is_same_origin(self.request) and self.check_csrf_token(token)

    def choose_company(self, company_id: int) -> None:
        """Has the web app act in one of the companies from now on."""
        assert self._session is not None
        sessions.choose_company(self.companies.platform, self._session, company_id)
        self._stored = self._session._replace(company_id=company_id)

    def log_in(self, users: Sequence[UserRef], company_id: int | None = None) -> None:
        """Starts a session for these users, with a new secret, perhaps in a company that was chosen before."""
        self.log_out()
        platform, now = self.companies.platform, self.companies.clock()
        self.secret = sessions.start(platform, users, now, self._browser, company_id)
        self._stored = sessions.find(platform, self.secret, now)

    def await_code(self, users: Sequence[UserRef]) -> None:
        """Notes that these users are signed in once the code of a second factor comes. The secret stays until then."""
        platform, now = self.companies.platform, self.companies.clock()
        sessions.await_code(platform, self.secret, users, now, self._browser)
        self._stored = sessions.find(platform, self.secret, now)

    @property
    def _browser(self) -> Browser:
        return Browser(self.request.client, self.request.header(b"user-agent"))

    def log_out(self, *, everywhere: bool = False) -> None:
        """Ends the session, or all sessions of its users; the browser gets a new secret."""
        if self._cookie_value:
            sessions.end(self.companies.platform, self._cookie_value)
        if everywhere and self._session is not None:
            for owner in self._session.users:
                sessions.end_all(self.companies.platform, owner)
        self.secret = secrets.token_urlsafe(32)
        self._stored = None

    @property
    def cookie_headers(self) -> tuple[Header, ...]:
        """The headers that set the cookie; empty when it has not changed."""
        if self.secret == self._cookie_value:
            return ()
        secure = "; Secure" if self._secure else ""
        return ((b"set-cookie", f"{self._cookie_name}={self.secret}; Path=/; HttpOnly; SameSite=Lax{secure}".encode()),)


def cookie_name(base_url: str) -> str:
    """Returns the name of the cookie of a server: browsers send cookies to all ports of a host, so that it has the port."""
    scheme, _, host = base_url.partition("://")
    port = _PORT.search(host)
    return f"{'__Host-' if scheme == 'https' else ''}dealwright{f'-{port[1]}' if port else ''}"


def csrf_token(secret: str) -> str:
    """Returns the CSRF token of the session with a secret."""
    return hmac.new(secret.encode(), b"form", hashlib.sha256).hexdigest()


def is_same_origin(request: Request) -> bool:
    """Whether a request is not known to come from a page of another origin; browsers say from which one it comes."""
    site = request.header(b"sec-fetch-site")
    # "none" is what a person has entered or opened, which is never more than reading.
    if site is not None and site != "same-origin" and not (site == "none" and request.method in ("GET", "HEAD")):
        return False
    origin = request.header(b"origin")
    return origin is None or origin == urls.base_url().lower()


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
