"""Permission sets: what users may do in each app. A user has one set for each app that the user may use."""

from __future__ import annotations

import uuid
from typing import Literal, NamedTuple

import sqlalchemy as sa

from dealwright.crm.values.formats import dumps
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
    # Prospecting and conversions are not in this CRM.
    "can_add_prospects_as_leads",
    "can_convert_deals_to_leads",
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

_INITIAL_SETS: tuple[tuple[str, str, SetType, tuple[str, ...]], ...] = (
    ("Deals admin", "sales", "admin", PERMISSIONS),
    ("Deals regular user", "sales", "regular", REGULAR_PERMISSIONS),
    ("Global admin", "global", "admin", PERMISSIONS),
    ("Global regular user", "global", "regular", ()),
    ("Account settings", "account_settings", "admin", PERMISSIONS),
)


class PermissionSet(NamedTuple):
    """A permission set: the app that it is for, and whether it is for admins."""

    id: str
    app: str
    type: SetType


def create_initial_sets(db: Transaction) -> None:
    """Adds the permission sets that every new company has."""
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
            for name, app, type, contents in _INITIAL_SETS
        ],
    )


def find(db: Transaction, id: str) -> PermissionSet | None:
    """Returns the set with an id; None when there is none."""
    columns = permission_sets.c
    row = db.row(sa.select(columns.id, columns.app, columns.type).where(columns.id == id))
    return PermissionSet(*row) if row else None


def find_default(db: Transaction, app: str, type: SetType) -> PermissionSet | None:
    """Returns the default set of admins or of regular users of an app; None for apps that have none."""
    columns = permission_sets.c
    row = db.row(
        sa.select(columns.id, columns.app, columns.type)
        .where(columns.app == app, columns.type == type)
        .order_by(columns.id)
        .limit(1)
    )
    return PermissionSet(*row) if row else None
