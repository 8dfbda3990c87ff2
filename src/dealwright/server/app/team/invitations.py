"""One-time links with which users set a password."""

from __future__ import annotations

import logging

from dealwright.contract.app.team import invitations as contract
from dealwright.crm.errors import Conflict
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import sign_in_links, sign_in_mail
from dealwright.crm.values.formats import format_time
from dealwright.server import urls
from dealwright.server.app.team.admin import find_user
from dealwright.server.binding import implements_in_session
from dealwright.server.browser_session import BrowserSession

log = logging.getLogger(__name__)


@implements_in_session(contract.post_users_by_id_invitation)
def post_users_by_id_invitation(browser: BrowserSession, id: int) -> contract.Invitation:
    companies, (owner, user) = browser.companies, find_user(browser, id)
    if not user.is_enabled:
        raise Conflict("The user has been deactivated")
    platform, now = companies.platform, companies.clock()
    sign_in_links.withdraw(platform, owner, "password")
    token = sign_in_links.create(platform, owner, "password", now)
    mailed = sign_in_mail.is_configured()
    if mailed:
        chosen = browser.require_chosen()
        company = platform.find_company(chosen.company_id)
        assert company is not None

        def enqueue(crm: UnitOfWork) -> None:
            sign_in_mail.enqueue_invitation(crm, id, urls.base_url())

        companies.run(company, chosen.user_id, enqueue, write=True)
    log.info("A user was invited", extra={"company_id": owner.company_id, "user": owner.user_id})
    return {
        "link": urls.url(f"{urls.PASSWORD_PAGE}?token={token}"),
        "expires_at": format_time(now + sign_in_links.LIFETIMES["password"]),
        "mailed": mailed,
    }
