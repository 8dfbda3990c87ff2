"""Uninstalls an app for a user, and notifies the app."""

from __future__ import annotations

import logging

import httpx2

from dealwright.crm.companies import Companies
from dealwright.crm.integration.oauth import apps
from dealwright.crm.integration.oauth.apps import App
from dealwright.crm.kernel import outbound_policy
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.uninstall import uninstall_app
from dealwright.crm.values.formats import format_time

log = logging.getLogger(__name__)

HTTP_TIMEOUT_SECONDS = 5.0


def uninstall(companies: Companies, app: App, owner: UserRef) -> bool | None:
    """Uninstalls an app for a user; returns whether the app could be notified, or None when it was not installed."""
    if not uninstall_app(companies, app, owner):
        return None
    return _notify_app(companies, app, owner)


def _notify_app(companies: Companies, app: App, owner: UserRef) -> bool:
    """Calls the app's uninstall URL, once and with a short time-out; the app is uninstalled in any case."""
    secret = apps.find_secret(companies.platform, app)
    if secret is None or not app.uninstall_url.startswith(("https://", "http://")):
        return False
    if app.company_id is not None and _is_out_of_reach(companies, app):
        log.info("%s was not told that it is uninstalled: this server does not call its address", app.client_id)
        return False
    payload = {
        "client_id": app.client_id,
        "company_id": owner.company_id,
        "user_id": owner.user_id,
        "timestamp": format_time(companies.clock()),
    }
    try:
        with httpx2.Client(
            timeout=HTTP_TIMEOUT_SECONDS, follow_redirects=False, auth=(app.client_id, secret)
        ) as client:
            return client.request("DELETE", app.uninstall_url, json=payload).is_success
    except httpx2.HTTPError as error:
        log.info("%s was not told that it is uninstalled: %s", app.client_id, error)
        return False


def _is_out_of_reach(companies: Companies, app: App) -> bool:
    """Whether an app leads to where only this server gets: its company has told the address, not the operator."""
    return outbound_policy.rejection_reason(app.uninstall_url, companies.webhook_reach) is not None
