"""The sessions of users in all their browsers."""

from __future__ import annotations

from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.team import sessions as contract
from dealwright.crm.errors import NotFound
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import sessions
from dealwright.server.app.team.admin import find_user
from dealwright.server.binding import implements_in_session
from dealwright.server.browser_session import BrowserSession


def _list(browser: BrowserSession, owner: UserRef) -> Items[contract.ListedSession]:
    found = sessions.list_all(browser.companies.platform, owner, browser.companies.clock())
    items: list[contract.ListedSession] = [
        {
            "id": one.id,
            "add_time": one.add_time,
            "expires_at": one.expires_at,
            "address": one.address,
            "user_agent": one.user_agent,
            "is_current": one.id == browser.session_id,
        }
        for one in found
    ]
    return {"items": items, "next_cursor": None}


@implements_in_session(contract.get_sessions)
def get_sessions(browser: BrowserSession) -> Items[contract.ListedSession]:
    return _list(browser, browser.require_chosen())


@implements_in_session(contract.delete_sessions_by_id)
def delete_sessions_by_id(browser: BrowserSession, id: int) -> contract.EndedSession:
    if not sessions.end_one(browser.companies.platform, browser.require_chosen(), id):
        raise NotFound("There is no such session")
    return {"id": id}


@implements_in_session(contract.get_users_by_id_sessions)
def get_users_by_id_sessions(browser: BrowserSession, id: int) -> Items[contract.ListedSession]:
    owner, _ = find_user(browser, id)
    return _list(browser, owner)


@implements_in_session(contract.delete_users_by_id_sessions)
def delete_users_by_id_sessions(browser: BrowserSession, id: int) -> contract.EndedSessions:
    owner, _ = find_user(browser, id)
    sessions.end_all(browser.companies.platform, owner)
    return {"user_id": id}
