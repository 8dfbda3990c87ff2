"""The accounts elsewhere that the caller has connected."""

from __future__ import annotations

from typing import TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.v1.envelopes import Item


class UserConnections(TypedDict):
    """The ids of the connected accounts; null for none."""

    google: str | None


@endpoint("GET /v1/userConnections", group="UserConnections", scopes={"base"}, cost=20)
def get_user_connections() -> Item[UserConnections]:
    """Get the caller's accounts elsewhere."""
