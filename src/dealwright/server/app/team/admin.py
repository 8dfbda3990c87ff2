"""What admins do for users, and for the whole company."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dealwright.crm.errors import Forbidden
from dealwright.crm.kernel import access
from dealwright.crm.kernel.unit_of_work import UnitOfWork, UserRef
from dealwright.crm.team import users
from dealwright.crm.team.model import User
from dealwright.server.browser_session import BrowserSession

ADMIN_APP = "account_settings"


@contextmanager
def open_as_admin(browser: BrowserSession) -> Iterator[UnitOfWork]:
    """Yields a unit of work of the user who is signed in. Raises `Forbidden` for who is no admin of the account settings."""
    with browser.open(browser.require_chosen()) as crm:
        access.require_admin(crm, ADMIN_APP)
        yield crm


def require_admin(browser: BrowserSession) -> UserRef:
    """Returns the user who is signed in. Raises `Forbidden` for who is no admin of the account settings."""
    with open_as_admin(browser):
        return browser.require_chosen()


def find_user(browser: BrowserSession, id: int) -> tuple[UserRef, User]:
    """Returns a user of the company. Raises `Forbidden` for who is no admin of the account settings, and `NotFound`."""
    with open_as_admin(browser) as crm:
        return UserRef(browser.require_chosen().company_id, id), users.get(crm, id)


def find_own_or_others(browser: BrowserSession, id: int) -> UserRef:
    """Returns a user of the company: oneself, or as an admin any other. Raises `Forbidden` and `NotFound`."""
    own = browser.require_chosen()
    with browser.open(own) as crm:
        if id != own.user_id and not crm.actor.is_admin(ADMIN_APP):
            raise Forbidden()
        return UserRef(own.company_id, users.get(crm, id).id)


def names_in_sight(browser: BrowserSession) -> tuple[dict[int, str], int | None]:
    """Returns the names of all users by their ids, and the only user whose things the one who is signed in sees; None for admins."""
    own = browser.require_chosen()
    with browser.open(own) as crm:
        names = {user.id: user.name for user in crm.company_data.users.values()}
        return names, None if crm.actor.is_admin(ADMIN_APP) else own.user_id
