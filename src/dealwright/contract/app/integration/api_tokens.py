"""API tokens: a user has one, or none."""

from __future__ import annotations

from typing import TypedDict

from dealwright.contract.app.envelopes import Items
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId

GROUP = "API tokens"


class TokenUser(TypedDict):
    """A user who has a token."""

    id: int
    name: str


class ApiToken(TypedDict):
    """That a user has a token, and since when; null when that is not known."""

    user: TokenUser
    is_you: bool
    add_time: str | None


class NewApiToken(TypedDict):
    """A token, which is not shown again."""

    token: str


class RevokedApiToken(TypedDict):
    """The user whose token is void."""

    user_id: int


@endpoint("GET /app/api/api-tokens", group=GROUP, cost=0)
def get_api_tokens() -> Items[ApiToken]:
    """List API tokens: one's own, if there is one; admins see those of all users."""


@endpoint("POST /app/api/api-tokens", group=GROUP, cost=0)
def post_api_tokens() -> NewApiToken:
    """Make an API token for oneself.

    The one before is void.
    """


@endpoint("DELETE /app/api/users/{id}/api-token", group=GROUP, cost=0)
def delete_users_by_id_api_token(id: RecordId) -> RevokedApiToken:
    """Revoke one's own API token; admins do so for all users."""
