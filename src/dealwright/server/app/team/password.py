"""Passwords: set with a link, or changed by who knows the one before."""

from __future__ import annotations

import logging

from msgspec import UNSET

from dealwright.contract.app.team import password as contract
from dealwright.contract.app.team.session import Session
from dealwright.crm.errors import Gone, Invalid
from dealwright.crm.team import logins, sign_in_links, users
from dealwright.server import sign_in
from dealwright.server.app.team import session
from dealwright.server.binding import implements_in_session
from dealwright.server.browser_session import BrowserSession

log = logging.getLogger(__name__)


@implements_in_session(contract.post_password)
def post_password(browser: BrowserSession, data: contract.PasswordByLink) -> Session:
    companies = browser.companies
    owner = sign_in_links.use(companies.platform, data.token, "password", companies.clock())
    company = companies.platform.find_company(owner.company_id) if owner else None
    if owner is None or company is None or not companies.is_active(owner):
        raise Gone("This link has been used, or has expired")
    user = companies.run(company, owner.user_id, users.activate, write=True)
    logins.set_password(companies.platform, owner, user.email, data.password)
    log.info("A user has set a password with a link", extra={"company_id": owner.company_id, "user": owner.user_id})
    with session.refusals(browser):
        sign_in.as_user(browser, owner)
    return session.show(browser)


@implements_in_session(contract.put_password)
def put_password(browser: BrowserSession, data: contract.PasswordChange) -> Session:
    companies, owner, signed_in = browser.companies, browser.require_chosen(), browser.signed_in
    current = "" if data.current_password is UNSET else data.current_password
    if logins.has_password(companies.platform, owner):
        confirm(browser, current, "current_password")
    with browser.open(owner) as crm:
        email = crm.actor.email
    logins.set_password(companies.platform, owner, email, data.password)
    log.info("A user has changed a password", extra={"company_id": owner.company_id, "user": owner.user_id})
    browser.log_in(signed_in, owner.company_id)
    return session.show(browser)


def confirm(browser: BrowserSession, password: str, field: str = "password") -> None:
    """Raises `Invalid` unless a password is that of the user who is signed in, and `HttpError` after too many attempts."""
    companies, owner = browser.companies, browser.require_chosen()
    try:
        is_right = logins.check_password(companies.platform, owner, password, browser.request.client, companies.clock())
    except logins.TooManyFailures as wait:
        raise session.too_many_failures(wait) from None
    if not is_right:
        raise Invalid("is wrong", field)
