"""Notifications: what the user should know, and has perhaps not read yet."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from dealwright.contract.bodies import AppBody
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.values import Digits, Id

GROUP = "Notifications"

NotificationKind = Literal["job_ended", "handed_over", "mentioned", "connection_lost", "webhook_off"]
NotificationOutcome = Literal["completed", "failed", "rejected", "expired", "failing", "banned", "removed"]
NotificationJob = Literal["conversion", "invitation"]


class NotificationActor(TypedDict):
    """Who has done it."""

    id: int
    name: str


class NotifiedRecord(TypedDict):
    """What a notification is about, by its name of now; the name is empty for what has none."""

    object: str
    id: str
    name: str


class Notification(TypedDict):
    """Something to know.

    ``object`` is the kind of what it is about: a kind of records, `connection` or `webhook`. ``records`` names the first few of
    ``count``; it is empty for a job about what is gone or out of sight. ``about`` is the record that a note is on, and ``text`` its
    words, or why something went wrong. ``outcome`` is that of a job, and how a connection or a webhook is since. ``run_id`` is the run
    that did it, if the user may see it.
    """

    id: int
    kind: NotificationKind
    time: str
    is_read: bool
    actor: NotificationActor | None
    object: str
    records: list[NotifiedRecord]
    count: int
    about: NotifiedRecord | None
    text: str | None
    job: NotificationJob | None
    outcome: NotificationOutcome | None
    run_id: str | None


class NotificationPage(TypedDict):
    """A page of notifications. ``unread`` is how many there are that were not read, of the newest hundred."""

    items: list[Notification]
    next_cursor: str | None
    unread: int


class Unread(TypedDict):
    """How many notifications were not read yet, of the newest hundred."""

    unread: int


class NotificationPaging(Query, kw_only=True):
    """Which page."""

    cursor: Annotated[Digits, Meta(description="The page that follows another one.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=100, description="How many.")] = 20


class ReadUpTo(AppBody, kw_only=True):
    """The newest notification that was seen, by its id."""

    up_to: Id


@endpoint("GET /app/api/notifications", group=GROUP, cost=0)
def get_notifications(query: NotificationPaging) -> NotificationPage:
    """Get a page of one's notifications, the newest first.

    They are kept for 90 days. What they are about and the user does not see any more is left out, and not counted.
    """


@endpoint("POST /app/api/notifications/read", group=GROUP, cost=0)
def post_notifications_read(data: ReadUpTo) -> Unread:
    """Mark all notifications up to one as read: those that have come since are not."""


@endpoint("POST /app/api/notifications/{id}/read", group=GROUP, cost=0)
def post_notifications_by_id_read(id: RecordId) -> Unread:
    """Mark a notification as read."""
