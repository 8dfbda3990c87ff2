"""Takes back what a user granted to an app, and tells the app."""

from __future__ import annotations

import logging

import httpx2

from dealwright.crm.oauth import apps, installations
from dealwright.crm.oauth.apps import App
from dealwright.crm.oauth.grants import Owner
from dealwright.crm.unit import Companies
from dealwright.crm.values import moment

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 5.0


def uninstall(companies: Companies, app: App, owner: Owner) -> bool | None:
    """Uninstalls an app for a user; whether the app took note. None when the user had not let it in."""
    if not installations.uninstall(companies.platform, app, owner):
        return None
    return _tell(companies, app, owner)


def _tell(companies: Companies, app: App, owner: Owner) -> bool:
    """Calls the app back, once and briefly: it is gone whatever it says."""
    secret = apps.secret_of(companies.platform, app)
    if secret is None or not app.uninstall_url.startswith(("https://", "http://")):
        return False
    said = {
        "client_id": app.client_id,
        "company_id": owner.company_id,
        "user_id": owner.user_id,
        "timestamp": moment(companies.clock()),
    }
    try:
        with httpx2.Client(timeout=PATIENCE_SECONDS, follow_redirects=False, auth=(app.client_id, secret)) as client:
            return client.request("DELETE", app.uninstall_url, json=said).is_success
    except httpx2.HTTPError as error:
        log.info("%s was not told that it is uninstalled: %s", app.client_id, error)
        return False
