"""Calls that were made or received, and their recordings."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import LargestPage, Query, Upload, endpoint
from dealwright.contract.parameters import Start
from dealwright.contract.v1.envelopes import Done, Item, Page
from dealwright.contract.values import Digits, HtmlText, Id, IsoTime, NonEmptyShortText, ShortText, Uuid

SCOPES = frozenset({"phone-integration"})

Outcome = Literal["connected", "no_answer", "left_message", "left_voicemail", "wrong_number", "busy"]
PhoneNumber = Annotated[str, Meta(min_length=1, max_length=255)]

CallLogId = Annotated[
    NonEmptyShortText, Meta(description="The id of the call log, as the answer to its creation said.")
]
CallLogLimit = Annotated[
    int,
    Meta(ge=1, description="How many items to return at most; 50 unless given, never over 50."),
    LargestPage(50),
]


class CallLog(TypedDict):
    """A call. ``duration`` is in seconds; ``activity_id`` is the activity that stands for the call."""

    id: str
    activity_id: int | None
    person_id: int | None
    org_id: NotRequired[int | None]
    deal_id: NotRequired[int | None]
    lead_id: NotRequired[str | None]
    subject: NotRequired[str | None]
    duration: str
    outcome: Outcome
    from_phone_number: NotRequired[str | None]
    to_phone_number: str
    has_recording: bool
    start_time: str
    end_time: str
    user_id: int
    company_id: int
    note: str | None


class NewCallLog(V1Body, kw_only=True):
    """A call to log. ``activity_id`` names an activity to turn into it, whose links then hold instead of those given."""

    outcome: Outcome
    to_phone_number: PhoneNumber
    start_time: IsoTime
    end_time: IsoTime
    user_id: Id | UnsetType = UNSET
    activity_id: Id | UnsetType | None = UNSET
    subject: ShortText | UnsetType | None = UNSET
    duration: Digits | UnsetType | None = UNSET
    from_phone_number: PhoneNumber | UnsetType | None = UNSET
    person_id: Id | UnsetType | None = UNSET
    org_id: Id | UnsetType | None = UNSET
    deal_id: Id | UnsetType | None = UNSET
    lead_id: Uuid | UnsetType | None = UNSET
    note: HtmlText | UnsetType | None = UNSET


class Recording(V1Body, kw_only=True):
    """The sound of a call."""

    file: Upload


class CallLogPaging(Query):
    """Which page of call logs to return."""

    start: Start = 0
    limit: CallLogLimit | None = None


@endpoint("POST /v1/callLogs", group="CallLogs", scopes=SCOPES, cost=10)
def post_call_logs(data: NewCallLog) -> Item[CallLog]:
    """Log a call, and add a done activity for it or turn an activity into it.

    A call goes with a deal or with a lead, not with both. `start_time` and `end_time` are in UTC.
    """


@endpoint("GET /v1/callLogs", group="CallLogs", scopes=SCOPES, cost=20)
def get_call_logs(page: CallLogPaging) -> Page[CallLog]:
    """List the caller's call logs."""


@endpoint("DELETE /v1/callLogs/{id}", group="CallLogs", scopes=SCOPES, cost=6)
def delete_call_logs_by_id(id: CallLogId) -> Done:
    """Delete a call log and its recording; its activity stays."""


@endpoint("GET /v1/callLogs/{id}", group="CallLogs", scopes=SCOPES, cost=2)
def get_call_logs_by_id(id: CallLogId) -> Item[CallLog]:
    """Get one call log."""


@endpoint("POST /v1/callLogs/{id}/recordings", group="CallLogs", scopes=SCOPES, cost=10, body="multipart")
def post_call_logs_by_id_recordings(id: CallLogId, data: Recording) -> Done:
    """Add the recording of a call; a call has one at most."""
