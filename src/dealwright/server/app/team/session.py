"""The session of a browser."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import UNSET

from dealwright._version import __version__
from dealwright.contract.app.team import session as contract
from dealwright.crm.errors import Gone, Invalid
from dealwright.crm.kernel import access
from dealwright.crm.kernel.unit_of_work import UnitOfWork, UserRef
from dealwright.crm.team import logins, permission_sets, sign_in_links
from dealwright.server import sign_in
from dealwright.server.app.team.admin import ADMIN_APP
from dealwright.server.binding import implements_in_session
from dealwright.server.browser_session import BrowserSession
from dealwright.server.errors import HttpError

log = logging.getLogger(__name__)


def show(browser: BrowserSession) -> contract.Session:
    """Returns a session as the web app sees it."""
    user: contract.SignedInUser | None = None
    company: contract.ChosenCompany | None = None
    companies: list[contract.CompanyChoice] = []
    for owner in browser.signed_in:
        with browser.open(owner) as crm:
            companies.append({"id": owner.company_id, "name": crm.company_data.company.name})
            if owner == browser.chosen:
                user, company = _show_user(crm), _show_company(crm, owner)
    return {
        "user": user,
        "company": company,
        "companies": companies,
        "csrf_token": browser.csrf_token,
        "version": __version__,
        "sandbox": browser.is_sandbox,
        "sign_in": {
            "second_factor": bool(browser.awaiting_code),
            "second_factor_missing": browser.chosen is not None and browser.lacks_second_factor(browser.chosen),
        },
    }


def _show_user(crm: UnitOfWork) -> contract.SignedInUser:
    user = crm.actor
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "is_admin": user.is_admin(),
        "is_account_admin": user.is_admin(ADMIN_APP),
        "permissions": [name for name in permission_sets.PERMISSIONS if access.has_permission(crm, name)],
        "locale": user.locale,
        "timezone": user.timezone_name,
        "default_currency": user.default_currency,
        "picture": user.icon_url,
    }


def _show_company(crm: UnitOfWork, owner: UserRef) -> contract.ChosenCompany:
    company = crm.company_data.company
    return {"id": owner.company_id, "name": company.name, "domain": company.domain}


@implements_in_session(contract.get_session)
def get_session(browser: BrowserSession) -> contract.Session:
    signed_in = browser.signed_in
    if signed_in and browser.chosen not in signed_in:
        # The user of the chosen company has been deactivated since.
        browser.choose_company(signed_in[0].company_id)
    return show(browser)


@implements_in_session(contract.post_session)
def post_session(browser: BrowserSession, data: contract.Credentials) -> contract.Session:
    email, password, code = (None if value is UNSET else value for value in (data.email, data.password, data.code))
    with refusals(browser):
        if code and not email and browser.awaiting_code:
            sign_in.with_code(browser, code)
        else:
            sign_in.with_password(browser, email or "", password or "", code or None)
    return show(browser)


@implements_in_session(contract.patch_session)
def patch_session(browser: BrowserSession, data: contract.CompanyToChoose) -> contract.Session:
    if data.company_id not in [owner.company_id for owner in browser.signed_in]:
        raise Invalid("is none of the companies that you are signed in to", "company_id")
    browser.choose_company(data.company_id)
    return show(browser)


@implements_in_session(contract.delete_session)
def delete_session(browser: BrowserSession, everywhere: bool = False) -> contract.Session:
    browser.log_out(everywhere=everywhere)
    return show(browser)


@implements_in_session(contract.post_session_link)
def post_session_link(browser: BrowserSession, data: contract.LinkToUse) -> contract.Session:
    companies = browser.companies
    owner = sign_in_links.use(companies.platform, data.token, "sign_in", companies.clock())
    if owner is None or not companies.is_active(owner):
        raise Gone("This link has been used, or has expired")
    log.info("A link was used", extra={"company_id": owner.company_id, "user": owner.user_id})
    with refusals(browser):
        sign_in.as_user(browser, owner)
    return show(browser)


@contextmanager
def refusals(browser: BrowserSession) -> Iterator[None]:
    """Raises what the web app is told when somebody is not signed in."""
    try:
        yield
    except sign_in.WrongCredentials:
        raise HttpError(401, "E-mail address or password is wrong") from None
    except sign_in.CodeNeeded:
        message = "Enter the code of your second factor"
        raise HttpError(401, message, browser.cookie_headers, code="second_factor") from None
    except sign_in.WrongCode:
        raise Invalid("is wrong, or has been used", "code") from None
    except logins.TooManyFailures as wait:
        raise too_many_failures(wait) from None


def too_many_failures(wait: logins.TooManyFailures) -> HttpError:
    """Returns the error for a wait after too many failures."""
    minutes = -(-wait.seconds // 60)
    message = f"Too many attempts. Please try again in {minutes} minute{'s' * (minutes > 1)}"
    return HttpError(429, message, ((b"retry-after", str(wait.seconds).encode()),))
