"""Links between users and the apps for video calls that they have installed; an app chooses the id of each."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.crm.errors import Conflict, Forbidden, NotFound
from dealwright.crm.kernel import changes
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.tables import user_provider_links

_columns = user_provider_links.c
_UNKNOWN_OWNER = "Missing user id or company id"


def link(crm: UnitOfWork, user_provider_id: str, *, user_id: int, company_id: int, client_id: str) -> None:
    """Links a user to an app, unless that is done.

    Raises `Forbidden` for a user or a company that is not the actor's to link, and for another app than the one that calls;
    raises `Conflict` for an id that another link has.
    """
    user = crm.company_data.users.get(user_id)
    if company_id != crm.company.id or user is None or not user.is_enabled:
        raise Forbidden(_UNKNOWN_OWNER)
    if user_id != crm.actor.id and not crm.actor.is_admin("account_settings"):
        raise Forbidden("Only an admin can link other users")
    if crm.app is not None and client_id != crm.app.client_id:
        raise Forbidden("An app can link users to itself only")
    id = user_provider_id.lower()
    known = crm.db.row(sa.select(_columns.user_id, _columns.client_id).where(_columns.user_provider_id == id))
    if known is None:
        values = {"user_provider_id": id, "user_id": user_id, "client_id": client_id, "add_time": crm.now}
        crm.db.insert_later(user_provider_links, values)
        changes.log_in_run(crm, "account", user_id)
    elif tuple(known) != (user_id, client_id):
        raise Conflict("Another link has this user_provider_id")


def unlink(crm: UnitOfWork, user_provider_id: str) -> None:
    """Removes a link. Raises `NotFound`, also for one of another app, and `Forbidden` for another user's."""
    these = _columns.user_provider_id == user_provider_id.lower()
    if crm.app is not None:
        these &= _columns.client_id == crm.app.client_id
    user_id = crm.db.value(sa.select(_columns.user_id).where(these))
    if user_id is None:
        raise NotFound("User provider link not found")
    if user_id != crm.actor.id and not crm.actor.is_admin("account_settings"):
        raise Forbidden("Only an admin can unlink other users")
    crm.db.execute(sa.delete(user_provider_links).where(these))
    changes.log_in_run(crm, "account", user_id)


def list_of_actor(crm: UnitOfWork) -> list[tuple[str, str]]:
    """Returns the ids of the actor's links and the client ids of their apps, the oldest first."""
    found = sa.select(_columns.user_provider_id, _columns.client_id).where(_columns.user_id == crm.actor.id)
    return [
        (id, client_id) for id, client_id in crm.db.rows(found.order_by(_columns.add_time, _columns.user_provider_id))
    ]


def delete_for_app(crm: UnitOfWork, client_id: str, user_id: int) -> None:
    """Removes the links of a user to an app, which the user has uninstalled."""
    crm.db.execute(sa.delete(user_provider_links).where(_columns.client_id == client_id, _columns.user_id == user_id))
