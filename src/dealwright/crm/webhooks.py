"""Webhooks: addresses that are told about events, as far as one user may see what they are about."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm import access, webhook_addresses
from dealwright.crm.errors import Forbidden, Invalid, LimitReached, NotFound
from dealwright.crm.settings import Webhook
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
from dealwright.storage import tables

MOST_PER_USER = 40
"""How many webhooks a user may have; an app as many for each user again."""

ANY = "*"
ACTIONS: Mapping[str, Mapping[str, str]] = {
    "1.0": {"create": "added", "change": "updated", "delete": "deleted", "merge": "merged"},
    "2.0": {"create": "create", "change": "change", "delete": "delete", "merge": "change"},
}
"""What each version calls what happens to records."""

_UNKNOWN: Mapping[str, str] = {"1.0": "lead", "2.0": "activityType"}
"""The one kind of records that a version knows nothing of."""

SECRET_PREFIX = "whsec_"
"""What a secret of Standard Webhooks begins with."""


class State(NamedTuple):
    """How the deliveries of a webhook went."""

    last_delivery_time: str | None = None
    last_http_status: int | None = None


def listed(crm: Crm) -> list[tuple[Webhook, State]]:
    """The webhooks that the actor may know of: all for admins of the account, else its own; an app's own for an app.

    Those that were given up are among them until somebody deletes them.
    """
    columns = tables.webhook_states.c
    statement = sa.select(columns.webhook_id, columns.last_delivery_time, columns.last_http_status)
    states = {row[0]: State(*row[1:]) for row in crm.db.rows(statement)}
    return [(hook, states.get(hook.id, State())) for hook in crm.settings.webhooks.values() if _is_known(crm, hook)]


def create(crm: Crm, values: Values, *, own_host: str) -> Webhook:
    """Adds a webhook, for events that the actor may see or, if an admin of the account says so, that another user may.

    ``own_host`` is where the API was called. Raises `Invalid`, `Forbidden`, and `LimitReached` when there are enough.
    """
    version = values.get("version") or "2.0"
    assert isinstance(version, str)
    _check_events(version, str(values["event_action"]), str(values["event_object"]))
    url = str(values["subscription_url"])
    if reason := webhook_addresses.refusal(url, crm.webhook_reach, own_host):
        raise Invalid(reason, "subscription_url")
    user_id = values.get("user_id") or crm.actor.id
    if user_id != crm.actor.id:
        access.require_global_admin(crm)
        access.assignable_user(crm, user_id, "user_id")
    app = _app(crm)
    same = (crm.actor.id, app)
    if sum((hook.owner_id, hook.app) == same for hook in crm.settings.active_webhooks) >= MOST_PER_USER:
        raise LimitReached(f"A user cannot have more than {MOST_PER_USER} webhooks", "user_id")
    id = crm.db.insert(
        tables.webhooks,
        {
            "owner_id": crm.actor.id,
            "user_id": user_id,
            "admin_id": crm.actor.id,
            "event_action": values["event_action"],
            "event_object": values["event_object"],
            "subscription_url": url,
            "version": version,
            "name": values.get("name"),
            "type": "application" if app else "general",
            "app": app,
            "http_auth_user": values.get("http_auth_user"),
            "http_auth_password": values.get("http_auth_password"),
            "is_active": True,
            "add_time": crm.now3,
        },
    )
    crm.db.insert(tables.webhook_states, {"webhook_id": id})
    crm.settings_changed()
    return crm.settings.webhooks[id]


def sign(crm: Crm, id: int, *, on: bool = True) -> Webhook:
    """Has the deliveries of a webhook signed, with a secret of its own, or no more; for those who look after the database.

    Raises `NotFound`.
    """
    hook = crm.settings.webhooks.get(id)
    if hook is None:
        raise NotFound("Webhook not found")
    if on != (hook.secret is not None):
        statement = sa.update(tables.webhooks).where(tables.webhooks.c.id == id)
        crm.db.execute(statement.values(secret=_new_secret() if on else None))
        crm.settings_changed()
    return crm.settings.webhooks[id]


def delete(crm: Crm, id: int) -> None:
    """Deletes a webhook; what was not delivered yet never will be.

    Raises `NotFound`, and `Forbidden` for one of somebody else, unless the actor is an admin of the account, or of an app.
    """
    hook = crm.settings.webhooks.get(id)
    if hook is None:
        raise NotFound("Webhook not found")
    if not _is_known(crm, hook):
        raise Forbidden()
    crm.db.execute(sa.delete(tables.webhooks).where(tables.webhooks.c.id == id))
    crm.db.execute(sa.delete(tables.webhook_states).where(tables.webhook_states.c.webhook_id == id))
    crm.settings_changed()


def knows(version: str, object: str) -> bool:
    """Whether a version has events about a kind of records."""
    return object != _UNKNOWN[version]


def asks_for(hook: Webhook, action: str) -> bool:
    """Whether a webhook is told when something happens to a record."""
    return hook.event_action in (ACTIONS[hook.version][action], ANY)


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def _is_known(crm: Crm, hook: Webhook) -> bool:
    if hook.app != _app(crm):
        return False
    return hook.owner_id == crm.actor.id or crm.actor.is_admin("global")


def _app(crm: Crm) -> str | None:
    """The client id of the app that acts for the actor; None when nobody does."""
    return crm.app.client_id if crm.app else None


def _check_events(version: str, action: str, object: str) -> None:
    known = (*dict.fromkeys(ACTIONS[version].values()), ANY)
    if action not in known:
        raise Invalid(f"version {version} knows {', '.join(known)}", "event_action")
    if not knows(version, object):
        raise Invalid(f"version {version} does not know it", "event_object")
