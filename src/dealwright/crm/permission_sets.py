"""Permission sets: what users may do in each app. Everyone holds one set of every app that they may use."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Literal, NamedTuple

import sqlalchemy as sa

from dealwright.crm.values import dumps, loads
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
"""What regular users may do in sales, unless their set is changed."""

SetType = Literal["admin", "manager", "regular", "custom"]

_FOUNDING: tuple[tuple[str, str, SetType, tuple[str, ...]], ...] = (
    ("Deals admin", "sales", "admin", PERMISSIONS),
    ("Deals regular user", "sales", "regular", REGULAR_PERMISSIONS),
    ("Global admin", "global", "admin", PERMISSIONS),
    ("Global regular user", "global", "regular", ()),
    ("Account settings", "account_settings", "admin", PERMISSIONS),
)


class PermissionSet(NamedTuple):
    """Which app a set is for, and whether it is the one of admins."""

    id: str
    app: str
    type: SetType


def found(db: Transaction) -> None:
    """Adds the sets that every company has from the start."""
    db.insert_many(
        permission_sets,
        [
            {
                "id": str(uuid.uuid4()),
                "name": name,
                "description": "",
                "app": app,
                "type": type,
                "contents": dumps(contents),
            }
            for name, app, type, contents in _FOUNDING
        ],
    )


def by_id(db: Transaction, id: str) -> PermissionSet | None:
    """The set with an id."""
    columns = permission_sets.c
    row = db.row(sa.select(columns.id, columns.app, columns.type).where(columns.id == id))
    return PermissionSet(*row) if row else None


def permissions(db: Transaction, ids: Iterable[str]) -> frozenset[str]:
    """What the sets with some ids permit together."""
    contents = db.values(sa.select(permission_sets.c.contents).where(permission_sets.c.id.in_(list(ids))))
    return frozenset(permission for one in contents for permission in loads(one))


def default(db: Transaction, app: str, type: SetType) -> PermissionSet | None:
    """The set that admins, or regular users, of an app hold unless told otherwise; None for apps that have none."""
    columns = permission_sets.c
    row = db.row(
        sa.select(columns.id, columns.app, columns.type)
        .where(columns.app == app, columns.type == type)
        .order_by(columns.id)
        .limit(1)
    )
    return PermissionSet(*row) if row else None
