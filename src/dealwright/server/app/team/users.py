"""Users, and how they sign in."""

from __future__ import annotations

from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.team import users as contract
from dealwright.crm.team import sign_in_states, users
from dealwright.crm.team.sign_in_states import SignInState
from dealwright.server.app.team.admin import open_as_admin
from dealwright.server.binding import implements_in_session
from dealwright.server.browser_session import BrowserSession


@implements_in_session(contract.get_users)
def get_users(browser: BrowserSession) -> Items[contract.UserAccount]:
    companies, own = browser.companies, browser.require_chosen()
    states = sign_in_states.of_company(companies.platform, own.company_id, companies.clock())
    shown: list[contract.UserAccount] = []
    with open_as_admin(browser) as crm:
        for user in users.list_all(crm):
            state = states.get(user.id, SignInState())
            shown.append(
                {
                    "id": user.id,
                    "name": user.name,
                    "email": user.email,
                    "is_active": user.is_enabled,
                    "is_admin": user.is_admin("account_settings"),
                    "is_you": user.id == own.user_id,
                    "has_joined": user.activated,
                    "has_password": state.has_password,
                    "has_second_factor": state.has_second_factor,
                    "sessions": state.sessions,
                }
            )
    return {"items": shown, "next_cursor": None}
