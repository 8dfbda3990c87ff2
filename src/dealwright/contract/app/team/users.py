"""Users, and how they sign in. What adds and deactivates them is in v1."""

from __future__ import annotations

from typing import TypedDict

from dealwright.contract.app.envelopes import Items
from dealwright.contract.endpoint import endpoint


class UserAccount(TypedDict):
    """A user, whether there is a password and a second factor, and how many sessions are open.

    ``has_joined`` says whether the user has accepted an invitation or has set the company up.
    """

    id: int
    name: str
    email: str
    is_active: bool
    is_admin: bool
    is_you: bool
    has_joined: bool
    has_password: bool
    has_second_factor: bool
    sessions: int


@endpoint("GET /app/api/users", group="Users", cost=0)
def get_users() -> Items[UserAccount]:
    """List all users with how they sign in, as an admin."""
