"""Signing in, for OAuth's pages and the web app alike: with a password or a link, and the code of a second factor if there is one."""

from __future__ import annotations

from collections.abc import Sequence

from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins, second_factors
from dealwright.server.browser_session import BrowserSession


class WrongCredentials(Exception):
    """E-mail address and password fit no user who may sign in."""


class CodeNeeded(Exception):
    """All else was right: the code of a second factor is missing. The session of the browser awaits it."""


class WrongCode(Exception):
    """The code is wrong, or has been used."""


def with_password(browser: BrowserSession, email: str, password: str, code: str | None = None) -> None:
    """Signs in with a password, and a code if it is there already.

    Raises `WrongCredentials`, `CodeNeeded`, `WrongCode` and `logins.TooManyFailures`.
    """
    companies = browser.companies
    users = logins.log_in(companies.platform, email, password, browser.request.client, companies.clock())
    users = [owner for owner in users if companies.is_active(owner)]
    if not users:
        raise WrongCredentials
    _enter(browser, users, code)


def as_user(browser: BrowserSession, owner: UserRef) -> None:
    """Signs in a user who has shown to be it without a password. Raises `CodeNeeded`."""
    _enter(browser, [owner], None)


def with_code(browser: BrowserSession, code: str) -> None:
    """Signs in the users whose session awaits a code. Raises `WrongCredentials` when none does; as `with_password` does."""
    users = browser.awaiting_code
    if not users:
        raise WrongCredentials
    _enter(browser, users, code)


def _enter(browser: BrowserSession, users: Sequence[UserRef], code: str | None) -> None:
    companies = browser.companies
    with_factor = second_factors.owners(companies.platform, users)
    if with_factor:
        if code is None:
            browser.await_code(users)
            raise CodeNeeded
        now, address = companies.clock(), browser.request.client
        verified = second_factors.check_code(companies.platform, with_factor, code, address, now)
        if not verified:
            raise WrongCode
        # The same person in several companies has a factor for each, or for some.
        users = [owner for owner in users if owner in verified or owner not in with_factor]
    browser.log_in(users)
