"""API tokens of users."""

from __future__ import annotations

import logging

from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration import api_tokens as contract
from dealwright.crm.errors import NotFound
from dealwright.crm.integration import api_tokens
from dealwright.crm.kernel import access
from dealwright.server.app.team.admin import find_own_or_others, names_in_sight
from dealwright.server.binding import implements_in_session
from dealwright.server.browser_session import BrowserSession
from dealwright.server.times import iso_time

log = logging.getLogger(__name__)


@implements_in_session(contract.get_api_tokens)
def get_api_tokens(browser: BrowserSession) -> Items[contract.ApiToken]:
    own = browser.require_chosen()
    names, only = names_in_sight(browser)
    shown: list[contract.ApiToken] = [
        {
            "user": {"id": one.user_id, "name": names[one.user_id]},
            "is_you": one.user_id == own.user_id,
            "add_time": iso_time(one.add_time),
        }
        for one in api_tokens.list_all(browser.companies.platform, own.company_id, user_id=only)
        if one.user_id in names
    ]
    return {"items": shown, "next_cursor": None}


@implements_in_session(contract.post_api_tokens)
def post_api_tokens(browser: BrowserSession) -> contract.NewApiToken:
    owner, companies = browser.require_chosen(), browser.companies
    with browser.open(owner) as crm:
        access.require_permission(crm, "can_use_api")
    token = api_tokens.issue(companies.platform, owner, companies.clock())
    log.info("A user has made an API token", extra={"company_id": owner.company_id, "user": owner.user_id})
    return {"token": token}


@implements_in_session(contract.delete_users_by_id_api_token)
def delete_users_by_id_api_token(browser: BrowserSession, id: int) -> contract.RevokedApiToken:
    owner = find_own_or_others(browser, id)
    if not api_tokens.revoke(browser.companies.platform, owner):
        raise NotFound("The user has no API token")
    log.info("An API token was revoked", extra={"company_id": owner.company_id, "user": owner.user_id})
    return {"user_id": id}
