"""The sessions of users in all their browsers."""

from __future__ import annotations

from typing import TypedDict

from dealwright.contract.app.envelopes import Items
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId

GROUP = "Sessions"


class ListedSession(TypedDict):
    """A session: since when and until when, from which network address, and what the browser calls itself."""

    id: int
    add_time: str
    expires_at: str
    address: str
    user_agent: str | None
    is_current: bool


class EndedSession(TypedDict):
    """The session that has ended."""

    id: int


class EndedSessions(TypedDict):
    """The user whose sessions have ended."""

    user_id: int


@endpoint("GET /app/api/sessions", group=GROUP, cost=0)
def get_sessions() -> Items[ListedSession]:
    """List one's own sessions, the newest first."""


@endpoint("DELETE /app/api/sessions/{id}", group=GROUP, cost=0)
def delete_sessions_by_id(id: RecordId) -> EndedSession:
    """End one of one's own sessions."""


@endpoint("GET /app/api/users/{id}/sessions", group=GROUP, cost=0)
def get_users_by_id_sessions(id: RecordId) -> Items[ListedSession]:
    """List the sessions of a user, as an admin."""


@endpoint("DELETE /app/api/users/{id}/sessions", group=GROUP, cost=0)
def delete_users_by_id_sessions(id: RecordId) -> EndedSessions:
    """End all sessions of a user, as an admin."""
