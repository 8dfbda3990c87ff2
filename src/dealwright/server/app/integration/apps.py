"""OAuth apps: those that the company has registered, and those that users give access to."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import UNSET

from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration import apps as contract
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.integration.oauth import apps, installations, scopes
from dealwright.crm.integration.oauth.apps import App, AppChanges, InvalidApp, NewApp
from dealwright.crm.uninstall import remove_app
from dealwright.server.app.team.admin import find_own_or_others, names_in_sight, require_admin
from dealwright.server.binding import implements_in_session
from dealwright.server.browser_session import BrowserSession
from dealwright.server.oauth import uninstall
from dealwright.server.times import iso_time

log = logging.getLogger(__name__)


def _show(browser: BrowserSession, app: App, users: int) -> contract.App:
    return {
        "id": app.id,
        "client_id": app.client_id,
        "name": app.name,
        "redirect_uris": list(app.redirect_uris),
        "scopes": list(app.scopes),
        "uninstall_url": app.uninstall_url,
        "add_time": iso_time(app.add_time),
        "users": users,
    }


def _show_one(browser: BrowserSession, app: App) -> contract.App:
    companies = browser.companies
    return _show(browser, app, len(installations.for_app(companies.platform, app, companies.clock())))


def _find(browser: BrowserSession, id: int) -> App:
    """Returns an app of the company. Raises `Forbidden` for who is no admin, and `NotFound`."""
    return apps.get_of_company(browser.companies.platform, require_admin(browser).company_id, id)


def _log(browser: BrowserSession, what: str, app: App) -> None:
    own = browser.require_chosen()
    log.info(what, extra={"company_id": own.company_id, "user": own.user_id, "app": app.client_id})


@contextmanager
def _refusals() -> Iterator[None]:
    """Raises `Invalid` for what is wrong with an app."""
    try:
        yield
    except InvalidApp as error:
        raise Invalid(str(error), error.member) from None


@implements_in_session(contract.get_apps)
def get_apps(browser: BrowserSession) -> Items[contract.App]:
    company_id, companies = require_admin(browser).company_id, browser.companies
    counts = installations.count_users(companies.platform, company_id, companies.clock())
    found = apps.list_of_company(companies.platform, company_id)
    return {"items": [_show(browser, app, counts.get(app.id, 0)) for app in found], "next_cursor": None}


@implements_in_session(contract.get_apps_scopes)
def get_apps_scopes(browser: BrowserSession) -> Items[contract.Scope]:
    found: list[contract.Scope] = [
        {"name": name, "description": description} for name, description in scopes.DESCRIPTIONS.items()
    ]
    return {"items": found, "next_cursor": None}


@implements_in_session(contract.post_apps)
def post_apps(browser: BrowserSession, data: contract.AppToRegister) -> contract.AppWithSecret:
    companies, owner = browser.companies, require_admin(browser)
    new = NewApp(
        data.name,
        data.redirect_uris,
        () if data.scopes is UNSET else data.scopes,
        None if data.uninstall_url is UNSET else data.uninstall_url,
        company_id=owner.company_id,
    )
    with _refusals():
        app, secret = apps.register(companies.platform, new, companies.clock())
    _log(browser, "An app was registered", app)
    return {**_show(browser, app, 0), "client_secret": secret}


@implements_in_session(contract.patch_apps_by_id)
def patch_apps_by_id(browser: BrowserSession, id: int, data: contract.AppChanges) -> contract.App:
    app = _find(browser, id)
    changes = AppChanges(
        None if data.name is UNSET else data.name,
        None if data.redirect_uris is UNSET else data.redirect_uris,
        None if data.scopes is UNSET else data.scopes,
        None if data.uninstall_url is UNSET else data.uninstall_url or "",
    )
    with _refusals():
        changed = apps.update(browser.companies.platform, app, changes)
    _log(browser, "An app was changed", changed)
    return _show_one(browser, changed)


@implements_in_session(contract.post_apps_by_id_secret)
def post_apps_by_id_secret(browser: BrowserSession, id: int) -> contract.AppWithSecret:
    app = _find(browser, id)
    secret = apps.rotate_secret(browser.companies.platform, app)
    _log(browser, "An app got a new secret", app)
    return {**_show_one(browser, app), "client_secret": secret}


@implements_in_session(contract.delete_apps_by_id, waits=True)
def delete_apps_by_id(browser: BrowserSession, id: int) -> contract.App:
    app = _find(browser, id)
    shown = _show_one(browser, app)
    remove_app(browser.companies, app)
    _log(browser, "An app was deleted", app)
    return shown


@implements_in_session(contract.get_connected_apps)
def get_connected_apps(browser: BrowserSession) -> Items[contract.ConnectedApp]:
    own, companies = browser.require_chosen(), browser.companies
    names, only = names_in_sight(browser)
    found = installations.in_company(companies.platform, own.company_id, companies.clock(), user_id=only)
    shown: list[contract.ConnectedApp] = [
        {
            "app_id": one.app_id,
            "client_id": one.client_id,
            "name": one.name,
            "user": {"id": one.user_id, "name": names[one.user_id]},
            "is_you": one.user_id == own.user_id,
            "scopes": list(one.scopes),
            "add_time": iso_time(one.add_time),
            "expires_at": iso_time(one.expires_at),
        }
        for one in found
        if one.user_id in names
    ]
    return {"items": shown, "next_cursor": None}


@implements_in_session(contract.delete_users_by_id_connected_apps_by_app_id, waits=True)
def delete_users_by_id_connected_apps_by_app_id(
    browser: BrowserSession, id: int, app_id: int
) -> contract.RevokedAccess:
    owner = find_own_or_others(browser, id)
    app = apps.by_id(browser.companies.platform, app_id)
    was_told = None if app is None else uninstall.uninstall(browser.companies, app, owner)
    if app is None or was_told is None:
        raise NotFound("The user gives this app no access")
    _log(browser, "An app has lost its access", app)
    return {"app_id": app_id, "user_id": id, "was_told": was_told}
