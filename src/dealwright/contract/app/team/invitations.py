"""Invitations: one-time links with which users set their first password, or another one in place of one that was forgotten."""

from __future__ import annotations

from typing import TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId


class Invitation(TypedDict):
    """A link to hand over. ``mailed`` says whether it is on its way to the user by mail, too."""

    link: str
    expires_at: str
    mailed: bool


@endpoint("POST /app/api/users/{id}/invitation", group="Invitations", cost=0)
def post_users_by_id_invitation(id: RecordId) -> Invitation:
    """Make a link with which a user sets a password, as an admin.

    Links that were made before are void.
    """
