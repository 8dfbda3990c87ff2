"""Second factors: users switch theirs on and off, and a company may ask for one."""

from __future__ import annotations

import logging

from dealwright.contract.app.team import second_factor as contract
from dealwright.crm.errors import Conflict
from dealwright.crm.kernel import access
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins, second_factors, sessions
from dealwright.server.app.team import session
from dealwright.server.app.team.admin import find_user
from dealwright.server.app.team.password import confirm
from dealwright.server.binding import implements_in_session
from dealwright.server.browser_session import BrowserSession

log = logging.getLogger(__name__)


def _show(browser: BrowserSession, owner: UserRef) -> contract.SecondFactor:
    found = second_factors.state(browser.companies.platform, owner)
    return {
        "is_on": found.is_on,
        "is_required": found.is_required,
        "recovery_codes_left": found.recovery_codes_left,
    }


@implements_in_session(contract.get_second_factor)
def get_second_factor(browser: BrowserSession) -> contract.SecondFactor:
    return _show(browser, browser.require_chosen())


@implements_in_session(contract.post_second_factor)
def post_second_factor(browser: BrowserSession, data: contract.PasswordToConfirm) -> contract.NewSecondFactor:
    companies, owner = browser.companies, browser.require_chosen()
    if not logins.has_password(companies.platform, owner):
        raise Conflict("Set a password first")
    confirm(browser, data.password)
    with browser.open(owner) as crm:
        email, name = crm.actor.email, crm.company_data.company.name
    new = second_factors.begin(companies.platform, owner, email, name, companies.clock())
    return {"secret": new.secret, "uri": new.uri}


@implements_in_session(contract.post_second_factor_confirmation)
def post_second_factor_confirmation(browser: BrowserSession, data: contract.CodeToConfirm) -> contract.RecoveryCodes:
    companies, owner = browser.companies, browser.require_chosen()
    try:
        codes = second_factors.switch_on(
            companies.platform, owner, data.code, browser.request.client, companies.clock()
        )
    except logins.TooManyFailures as wait:
        raise session.too_many_failures(wait) from None
    sessions.end_all(companies.platform, owner, but=browser.session_id)
    log.info("A second factor is on", extra={"company_id": owner.company_id, "user": owner.user_id})
    return {"recovery_codes": codes}


@implements_in_session(contract.post_second_factor_recovery_codes)
def post_second_factor_recovery_codes(
    browser: BrowserSession, data: contract.PasswordToConfirm
) -> contract.RecoveryCodes:
    confirm(browser, data.password)
    owner = browser.require_chosen()
    codes = second_factors.renew_recovery_codes(browser.companies.platform, owner)
    log.info("Recovery codes were renewed", extra={"company_id": owner.company_id, "user": owner.user_id})
    return {"recovery_codes": codes}


@implements_in_session(contract.post_second_factor_removal)
def post_second_factor_removal(browser: BrowserSession, data: contract.PasswordToConfirm) -> contract.SecondFactor:
    owner, platform = browser.require_chosen(), browser.companies.platform
    confirm(browser, data.password)
    if second_factors.is_required(platform, owner.company_id):
        raise Conflict("Your company asks for a second factor")
    second_factors.switch_off(platform, owner)
    log.info("A second factor is off", extra={"company_id": owner.company_id, "user": owner.user_id})
    return _show(browser, owner)


@implements_in_session(contract.delete_users_by_id_second_factor)
def delete_users_by_id_second_factor(browser: BrowserSession, id: int) -> contract.SecondFactor:
    owner, _ = find_user(browser, id)
    platform = browser.companies.platform
    if second_factors.switch_off(platform, owner):
        sessions.end_all(platform, owner)
        log.info("An admin has removed a second factor", extra={"company_id": owner.company_id, "user": owner.user_id})
    return _show(browser, owner)


@implements_in_session(contract.get_sign_in_rules)
def get_sign_in_rules(browser: BrowserSession) -> contract.SignInRules:
    company_id = browser.require_chosen().company_id
    return {"second_factor_required": second_factors.is_required(browser.companies.platform, company_id)}


@implements_in_session(contract.patch_sign_in_rules)
def patch_sign_in_rules(browser: BrowserSession, data: contract.SignInRuleChanges) -> contract.SignInRules:
    owner, platform = browser.require_chosen(), browser.companies.platform
    with browser.open(owner) as crm:
        access.require_admin(crm, "account_settings")
    if data.second_factor_required and not second_factors.state(platform, owner).is_on:
        raise Conflict("Set up a second factor for yourself first")
    second_factors.require(platform, owner.company_id, data.second_factor_required)
    log.info(
        "A second factor is %s",
        "required" if data.second_factor_required else "no longer required",
        extra={"company_id": owner.company_id, "user": owner.user_id},
    )
    return {"second_factor_required": data.second_factor_required}
