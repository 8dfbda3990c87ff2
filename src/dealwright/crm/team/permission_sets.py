"""Permission sets: what users may do in each app. A user has one set for each app that the user may use."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import Forbidden, Invalid, NotFound
from dealwright.crm.kernel import access, changes, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team.model import USER, PermissionSet, User
from dealwright.crm.values.formats import dumps, loads
from dealwright.storage.engines import Transaction
from dealwright.storage.tables import permission_sets

PERMISSIONS = (
    "can_add_custom_fields",
    "can_add_products",
    "can_add_prospects_as_leads",
    "can_bulk_edit_items",
    "can_change_visibility_of_items",
    "can_convert_deals_to_leads",
    "can_create_own_workflow",
    "can_delete_activities",
    "can_delete_custom_fields",
    "can_delete_deals",
    "can_edit_custom_fields",
    "can_edit_deals_closed_date",
    "can_edit_products",
    "can_edit_shared_filters",
    "can_export_data_from_lists",
    "can_follow_other_users",
    "can_merge_deals",
    "can_merge_organizations",
    "can_merge_people",
    "can_modify_labels",
    "can_see_company_wide_statistics",
    "can_see_deals_list_summary",
    "can_see_hidden_items_names",
    "can_see_other_users",
    "can_see_other_users_statistics",
    "can_see_security_dashboard",
    "can_share_filters",
    "can_share_insights",
    "can_use_api",
    "can_use_email_tracking",
    "can_use_import",
)

WITHOUT_EFFECT = (
    # Prospecting is not in this CRM.
    "can_add_prospects_as_leads",
    # Nor are workflows, exports, imports, tracking of e-mail, the security dashboard and Insights.
    "can_create_own_workflow",
    "can_export_data_from_lists",
    "can_use_import",
    "can_use_email_tracking",
    "can_see_security_dashboard",
    "can_share_insights",
    "can_see_company_wide_statistics",
    # The API lists who follows a user, but nobody can follow one.
    "can_follow_other_users",
)
"""The permissions that are stored and shown, but speak of what this CRM does not have. All others are enforced."""

REGULAR_PERMISSIONS = (
    "can_add_products",
    "can_bulk_edit_items",
    "can_change_visibility_of_items",
    "can_delete_activities",
    "can_edit_products",
    "can_edit_shared_filters",
    "can_export_data_from_lists",
    "can_see_deals_list_summary",
    "can_see_other_users",
    "can_share_filters",
    "can_use_api",
    "can_use_email_tracking",
)
"""The permissions of regular users in sales, unless their set is changed."""

SetType = Literal["admin", "manager", "regular", "custom"]


class NewSet(NamedTuple):
    """A permission set to add."""

    name: str
    description: str
    app: str
    type: SetType
    permissions: tuple[str, ...]


_INITIAL_SETS = (
    NewSet(
        "Deals admin",
        "May do everything with deals, leads and products, and sets up pipelines and fields.",
        *("sales", "admin", PERMISSIONS),
    ),
    NewSet(
        "Deals regular user",
        "May work with the deals, leads and products that they see. New users get this one.",
        *("sales", "regular", REGULAR_PERMISSIONS),
    ),
    NewSet(
        "Global admin",
        "May do everything in all apps, also with contacts and activities of others.",
        *("global", "admin", PERMISSIONS),
    ),
    NewSet(
        "Global regular user",
        "May work with the contacts and activities that they see. New users get this one.",
        *("global", "regular", ()),
    ),
    NewSet(
        "Account settings",
        "May invite and deactivate users, and set up roles, teams and permissions.",
        *("account_settings", "admin", PERMISSIONS),
    ),
)

MAX_NAME_LENGTH = 255

_APPS = ("sales", "global", "projects", "campaigns", "account_settings")
_TYPES: tuple[SetType, ...] = ("admin", "manager", "regular", "custom")


class SetKind(NamedTuple):
    """What decides how a permission set is used: the app that it is for, and whether it is for admins."""

    id: str
    app: str
    type: SetType


def create_initial_sets(db: Transaction) -> None:
    """Adds the permission sets that every new company has."""
    for new in _INITIAL_SETS:
        add(db, new)


def add(db: Transaction, new: NewSet) -> str:
    """Adds a permission set; returns its id."""
    id = str(uuid.uuid4())
    values = {"name": new.name, "description": new.description, "app": new.app, "type": new.type}
    db.insert_later(permission_sets, {"id": id, **values, "contents": dumps(new.permissions)})
    return id


def list_all(crm: UnitOfWork, app: str | None = None) -> list[PermissionSet]:
    """Returns the permission sets of an app or of all, those of admins first.

    Raises `Forbidden` unless the actor is an admin of the account settings.
    """
    access.require_admin(crm, "account_settings")
    found = [one for one in crm.company_data.permission_sets.values() if app in (None, one.app)]
    return sorted(found, key=lambda one: (_place(_APPS, one.app), _place(_TYPES, one.type), one.name, one.id))


def get(crm: UnitOfWork, id: str) -> PermissionSet:
    """Returns a permission set. Raises `NotFound`, and `Forbidden` unless the actor is an admin of the account settings."""
    access.require_admin(crm, "account_settings")
    found = crm.company_data.permission_sets.get(id.lower())
    if found is None:
        raise NotFound("Permission set not found")
    return found


def create(crm: UnitOfWork, name: str, app: str, permissions: Collection[str], description: str = "") -> PermissionSet:
    """Adds a custom permission set. Raises `Invalid`, and `Forbidden` unless the actor is an admin of the account settings."""
    crm.require_exclusive_lock()
    access.require_admin(crm, "account_settings")
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        raise Invalid(f"A name has 1 to {MAX_NAME_LENGTH} characters", "name")
    if app not in _APPS:
        raise Invalid(f"There is no app {app}; there are {', '.join(_APPS)}", "app")
    id = add(crm.db, NewSet(name, description, app, "custom", _in_order(permissions)))
    crm.invalidate_company_data()
    return get(crm, id)


def change(crm: UnitOfWork, id: str, *, permit: Collection[str] = (), forbid: Collection[str] = ()) -> PermissionSet:
    """Adds permissions to a set and removes others.

    Raises `NotFound`, `Invalid` for a permission that there is not, and `Forbidden` for a set of admins, who may do
    everything, and unless the actor is an admin of the account settings.
    """
    crm.require_exclusive_lock()
    found = get(crm, id)
    if found.type == "admin":
        raise Forbidden("Admins may do everything: their permission sets do not change")
    contents = _in_order({*loads(found.contents), *permit} - {*_in_order(forbid)})
    these = permission_sets.c.id == found.id
    crm.db.execute(sa.update(permission_sets).where(these).values(contents=dumps(contents)))
    changes.log_in_run(crm, "account", crm.actor.id)
    crm.invalidate_company_data()
    return get(crm, id)


def give(crm: UnitOfWork, id: str, user_id: int) -> None:
    """Gives a user a permission set, in place of the one that the user has for its app.

    Raises `NotFound`, `Forbidden` unless the actor is an admin of the account settings, and `Invalid` for actors who
    would cease to be that.
    """
    crm.require_exclusive_lock()
    found = get(crm, id)
    user = crm.company_data.users.get(user_id)
    if user is None or user.is_deleted:
        raise NotFound("User not found or not accessible.")
    others = [entry for entry in loads(user.access) if entry["app"] != found.app]
    entry: Json = {"app": found.app, "admin": found.type == "admin", "permission_set_id": found.id}
    records.update(crm, USER, user, {"access": [*others, entry]})
    crm.invalidate_company_data()
    if not crm.actor.is_admin("account_settings"):
        raise Invalid("You cannot cease to be an admin of the account settings", "user")


def users_by_set(crm: UnitOfWork) -> dict[str, list[int]]:
    """Returns the ids of the users with each permission set that anybody has, by its id."""

    def find_users() -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for user in crm.company_data.users.values():
            entries = [] if user.is_deleted else loads(user.access)
            for id in {entry["permission_set_id"] for entry in entries} - {None}:
                found.setdefault(id, []).append(user.id)
        return found

    return crm.company_data.get_or_compute("users_by_permission_set", find_users)


def permissions_of(crm: UnitOfWork, user: User) -> dict[str, bool]:
    """Returns what a user may do, over all permission sets of the user."""
    return {name: access.user_has_permission(crm, user, name) for name in PERMISSIONS}


def _in_order(permissions: Collection[str]) -> tuple[str, ...]:
    """Returns permissions in their usual order. Raises `Invalid` for one that there is not."""
    if unknown := sorted({*permissions} - {*PERMISSIONS}):
        raise Invalid(f"There is no permission {unknown[0]}", "permissions")
    return tuple(name for name in PERMISSIONS if name in permissions)


def _place(order: Sequence[str], name: str) -> int:
    return order.index(name) if name in order else len(order)


def find(db: Transaction, id: str) -> SetKind | None:
    """Returns the set with an id; None when there is none."""
    columns = permission_sets.c
    row = db.row(sa.select(columns.id, columns.app, columns.type).where(columns.id == id))
    return SetKind(*row) if row else None


def find_default(db: Transaction, app: str, type: SetType) -> SetKind | None:
    """Returns the default set of admins or of regular users of an app; None for apps that have none."""
    columns = permission_sets.c
    row = db.row(
        sa.select(columns.id, columns.app, columns.type)
        .where(columns.app == app, columns.type == type)
        .order_by(columns.id)
        .limit(1)
    )
    return SetKind(*row) if row else None
