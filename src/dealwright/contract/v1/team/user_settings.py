"""The caller's settings."""

from __future__ import annotations

from typing import TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.v1.envelopes import Item


class UserSettings(TypedDict):
    """Settings by name; there may be more."""

    marketplace_team: bool
    list_limit: int
    beta_app: bool
    prevent_salesphone_callto_override: bool
    file_upload_destination: str
    callto_link_syntax: str
    autofill_deal_expected_close_date: bool
    person_duplicate_condition: str


@endpoint("GET /v1/userSettings", group="UserSettings", scopes={"base"}, cost=2)
def get_user_settings() -> Item[UserSettings]:
    """Get the caller's settings."""
