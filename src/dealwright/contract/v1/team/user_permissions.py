"""What a user may do."""

from __future__ import annotations

from typing import TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v1.envelopes import Item
from dealwright.contract.v1.team.users import READ


class Permissions(TypedDict):
    """The permissions of a user: a thing is allowed when any one permission set of the user's allows it."""

    can_add_custom_fields: bool
    can_add_products: bool
    can_add_prospects_as_leads: bool
    can_bulk_edit_items: bool
    can_change_visibility_of_items: bool
    can_convert_deals_to_leads: bool
    can_create_own_workflow: bool
    can_delete_activities: bool
    can_delete_custom_fields: bool
    can_delete_deals: bool
    can_edit_custom_fields: bool
    can_edit_deals_closed_date: bool
    can_edit_products: bool
    can_edit_shared_filters: bool
    can_export_data_from_lists: bool
    can_follow_other_users: bool
    can_merge_deals: bool
    can_merge_organizations: bool
    can_merge_people: bool
    can_modify_labels: bool
    can_see_company_wide_statistics: bool
    can_see_deals_list_summary: bool
    can_see_hidden_items_names: bool
    can_see_other_users: bool
    can_see_other_users_statistics: bool
    can_see_security_dashboard: bool
    can_share_filters: bool
    can_share_insights: bool
    can_use_api: bool
    can_use_email_tracking: bool
    can_use_import: bool


@endpoint("GET /v1/users/{id}/permissions", group="Users", scopes=READ, cost=10)
def get_users_by_id_permissions(id: RecordId) -> Item[Permissions]:
    """Tell what a user may do."""
