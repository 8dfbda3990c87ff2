"""Webhooks: URLs that receive events, about records that one user may see."""

from __future__ import annotations

import base64
import logging
import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.errors import Forbidden, Invalid, LimitReached, NotFound, Unavailable
from dealwright.crm.integration.model import Webhook
from dealwright.crm.kernel import access, changes, outbound_policy
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.storage import tables
from dealwright.storage.encryption import UndecryptableSecret

log = logging.getLogger(__name__)

MAX_PER_USER = 40
"""The number of webhooks that a user may have; each app may have as many for each user."""

ANY = "*"
ACTIONS: Mapping[str, Mapping[str, str]] = {
    "1.0": {"create": "added", "change": "updated", "delete": "deleted", "merge": "merged"},
    "2.0": {"create": "create", "change": "change", "delete": "delete", "merge": "change"},
}
"""The names of the actions on records in each version."""

_UNSUPPORTED_OBJECT: Mapping[str, str] = {"1.0": "lead", "2.0": "activityType"}
"""The one record type that a version does not support."""

_OLD_ACTIONS = frozenset(ACTIONS["1.0"].values()) - frozenset(ACTIONS["2.0"].values())

SECRET_PREFIX = "whsec_"
"""The prefix of a secret of Standard Webhooks."""


class Destination(NamedTuple):
    """Where the deliveries of a new webhook go: an address whose host is resolved, and the encrypted password for it."""

    url: str
    sealed_http_auth_password: str | None


class DeliveryStatus(NamedTuple):
    """The time and the HTTP status of the last delivery of a webhook, since when it fails, and until when it is banned."""

    last_delivery_time: str | None = None
    last_http_status: int | None = None
    failing_since: str | None = None
    banned_until: str | None = None


def list_all(crm: UnitOfWork) -> list[tuple[Webhook, DeliveryStatus]]:
    """Returns the webhooks that the actor may see, with the status of their deliveries.

    An app sees those that it created, a user those created without an app: admins of the account all, others their own.
    Deactivated webhooks are included until they are deleted.
    """
    columns = tables.webhook_states.c
    statement = sa.select(columns.webhook_id, *_status_columns())
    statuses = {row[0]: DeliveryStatus(*row[1:]) for row in crm.db.rows(statement)}
    return [
        (hook, statuses.get(hook.id, DeliveryStatus()))
        for hook in crm.company_data.webhooks.values()
        if _is_visible(crm, hook)
    ]


def get(crm: UnitOfWork, id: int) -> Webhook:
    """Returns a webhook that the actor may see (`list_all`). Raises `NotFound`."""
    hook = crm.company_data.webhooks.get(id)
    if hook is None or not _is_visible(crm, hook):
        raise NotFound("Webhook not found")
    return hook


def status(crm: UnitOfWork, hook: Webhook) -> DeliveryStatus:
    """Returns the status of the deliveries of a webhook."""
    row = crm.db.row(sa.select(*_status_columns()).where(tables.webhook_states.c.webhook_id == hook.id))
    return DeliveryStatus() if row is None else DeliveryStatus(*row)


def _status_columns() -> tuple[sa.ColumnElement[Any], ...]:
    columns = tables.webhook_states.c
    return columns.last_delivery_time, columns.last_http_status, columns.failing_since, columns.banned_until


def prepare(preparation: Preparation, values: Values, *, own_hosts: Collection[str]) -> Destination:
    """Returns the destination of a new webhook, its name resolved and its password encrypted, before the unit of work.

    ``own_hosts`` are those at which the API is called. Raises `Invalid`, and whatever `create` refuses before it
    asks a name server.
    """
    with preparation.read() as crm:
        _validated_user_id(crm, values)
        cipher = crm.company.cipher
    url = str(values["subscription_url"])
    reason = outbound_policy.rejection_reason(url, preparation.webhook_reach, own_hosts)
    sendable = outbound_policy.sendable_url(url)
    if reason or sendable is None:
        raise Invalid(reason or "invalid or non-reachable URL", "subscription_url")
    password = values.get("http_auth_password")
    try:
        return Destination(sendable, None if password is None else cipher.encrypt(str(password)))
    except UndecryptableSecret as error:
        raise Unavailable("Passwords cannot be stored at present: the server's key is missing") from error


def create(crm: UnitOfWork, values: Values, destination: Destination) -> Webhook:
    """Adds a webhook, for events that the actor may see or, if an admin of the account asks for it, another user.

    Raises `Invalid`, `Forbidden`, and `LimitReached` when the user has too many.
    """
    crm.require_exclusive_lock()
    user_id = _validated_user_id(crm, values)
    id = crm.db.insert(
        tables.webhooks,
        {
            "owner_id": crm.actor.id,
            "user_id": user_id,
            "admin_id": crm.actor.id,
            "event_action": values["event_action"],
            "event_object": values["event_object"],
            "subscription_url": destination.url,
            "version": _version(values),
            "name": values.get("name"),
            "type": "application" if crm.client_id else "general",
            "app": crm.client_id,
            "http_auth_user": values.get("http_auth_user"),
            "sealed_http_auth_password": destination.sealed_http_auth_password,
            "is_active": True,
            "add_time": crm.now_ms,
        },
    )
    crm.db.insert_later(tables.webhook_states, {"webhook_id": id})
    changes.log_in_run(crm, "webhook", id)
    crm.invalidate_company_data()
    return crm.company_data.webhooks[id]


def set_signing(crm: UnitOfWork, id: int, *, enabled: bool = True) -> Webhook:
    """Turns signing of a webhook's deliveries on, with a new secret, or off. Raises `NotFound`.

    Makes no access check: it is for operators of the database.
    """
    crm.require_exclusive_lock()
    hook = crm.company_data.webhooks.get(id)
    if hook is None:
        raise NotFound("Webhook not found")
    if enabled != (hook.sealed_secret is not None):
        statement = sa.update(tables.webhooks).where(tables.webhooks.c.id == id)
        crm.db.execute(statement.values(sealed_secret=crm.company.cipher.encrypt(_new_secret()) if enabled else None))
        crm.invalidate_company_data()
    return crm.company_data.webhooks[id]


def delete(crm: UnitOfWork, id: int) -> None:
    """Deletes a webhook; deliveries that are still waiting are never made.

    Raises `NotFound`, and `Forbidden` for a webhook of another app, or of another user unless the actor is an admin of
    the account.
    """
    hook = crm.company_data.webhooks.get(id)
    if hook is None:
        raise NotFound("Webhook not found")
    if not _is_visible(crm, hook):
        raise Forbidden()
    _remove(crm, [id])


def delete_for_app(crm: UnitOfWork, client_id: str, user_id: int) -> None:
    """Deletes the webhooks that an app created for a user."""
    hooks = crm.company_data.webhooks.values()
    if ids := [hook.id for hook in hooks if (hook.app, hook.owner_id) == (client_id, user_id)]:
        _remove(crm, ids)


def _remove(crm: UnitOfWork, ids: Sequence[int]) -> None:
    crm.require_exclusive_lock()
    for id in ids:
        changes.log_in_run(crm, "webhook", id)
    crm.db.execute(sa.delete(tables.webhooks).where(tables.webhooks.c.id.in_(ids)))
    crm.db.execute(sa.delete(tables.webhook_states).where(tables.webhook_states.c.webhook_id.in_(ids)))
    crm.invalidate_company_data()


def supports(version: str, object: str) -> bool:
    """Whether a version has events about a record type."""
    return object != _UNSUPPORTED_OBJECT[version]


def subscribes_to(hook: Webhook, action: str) -> bool:
    """Whether a webhook subscribes to an action on records."""
    return hook.event_action in (ACTIONS[hook.version][action], ANY)


def http_auth_password(crm: UnitOfWork, hook: Webhook) -> str | None:
    """Returns the password that a webhook sends; None for none. Raises `UndecryptableSecret`."""
    sealed = hook.sealed_http_auth_password
    return None if sealed is None else crm.company.cipher.decrypt(sealed)


def readable_http_auth_password(crm: UnitOfWork, hook: Webhook) -> str | None:
    """Returns the password that a webhook sends; None also when it cannot be decrypted, so that webhooks can be managed."""
    try:
        return http_auth_password(crm, hook)
    except UndecryptableSecret as error:
        log.error("webhook %d of %s: %s", hook.id, crm.company.domain, error)
        return None


def signing_secret(crm: UnitOfWork, hook: Webhook) -> str | None:
    """Returns the secret that signs the deliveries of a webhook; None for none. Raises `UndecryptableSecret`."""
    return None if hook.sealed_secret is None else crm.company.cipher.decrypt(hook.sealed_secret)


def _new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def _is_visible(crm: UnitOfWork, hook: Webhook) -> bool:
    if hook.app != crm.client_id:
        return False
    return hook.owner_id == crm.actor.id or crm.actor.is_admin("global")


def _version(values: Values) -> str:
    """Returns the version that is asked for. Clients that ask for none may be older than the second one."""
    if version := values.get("version"):
        return str(version)
    is_old = values["event_action"] in _OLD_ACTIONS or values["event_object"] == _UNSUPPORTED_OBJECT["2.0"]
    return "1.0" if is_old else "2.0"


def _validated_user_id(crm: UnitOfWork, values: Values) -> int:
    """Returns the user whose events a new webhook is about. Raises what `create` raises."""
    _check_events(_version(values), str(values["event_action"]), str(values["event_object"]))
    user_id = values.get("user_id") or crm.actor.id
    assert isinstance(user_id, int)
    if user_id != crm.actor.id:
        access.require_global_admin(crm)
        access.require_assignable_user(crm, user_id, "user_id")
    same = (crm.actor.id, crm.client_id)
    if sum((hook.owner_id, hook.app) == same for hook in crm.company_data.active_webhooks) >= MAX_PER_USER:
        raise LimitReached(f"A user cannot have more than {MAX_PER_USER} webhooks", "user_id")
    return user_id


def _check_events(version: str, action: str, object: str) -> None:
    known = (*dict.fromkeys(ACTIONS[version].values()), ANY)
    if action not in known:
        raise Invalid(f"version {version} knows {', '.join(known)}", "event_action")
    if not supports(version, object):
        raise Invalid(f"version {version} does not know it", "event_object")
