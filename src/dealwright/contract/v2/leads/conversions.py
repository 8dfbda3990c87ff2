"""Conversions of deals into leads and of leads into deals, which run on in the background."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId, RecordUuid
from dealwright.contract.v2.envelopes import Item
from dealwright.contract.values import Id, Uuid

ConversionId = Annotated[Uuid, Meta(description="The id of the conversion, a UUID.")]


class Conversion(TypedDict):
    """A conversion that was begun."""

    conversion_id: str


class ConversionStatus(TypedDict):
    """How far a conversion is; the lead or the deal that it made is there once it is completed."""

    conversion_id: str
    status: Literal["not_started", "running", "completed", "failed", "rejected"]
    lead_id: NotRequired[str]
    deal_id: NotRequired[int]


class ConversionTarget(V2Body, kw_only=True):
    """Where to put the deal; a stage beats a pipeline."""

    stage_id: Id | UnsetType = UNSET
    pipeline_id: Id | UnsetType = UNSET


@endpoint("POST /api/v2/deals/{id}/convert/lead", group="Deals", scopes={"deals:full"}, cost=40)
def post_deals_by_id_convert_lead(id: RecordId) -> Item[Conversion]:
    """Begin to make a lead of a deal.

    Once it is completed the deal is deleted; its notes, files, mail and activities are the lead's.
    """


@endpoint(
    "GET /api/v2/deals/{id}/convert/status/{conversion_id}", group="Deals", scopes={"deals:full", "deals:read"}, cost=1
)
def get_deals_by_id_convert_status_by_conversion_id(
    id: RecordId, conversion_id: ConversionId
) -> Item[ConversionStatus]:
    """Tell how far the conversion of a deal is."""


@endpoint("POST /api/v2/leads/{id}/convert/deal", group="Leads", scopes={"leads:full"}, cost=40)
def post_leads_by_id_convert_deal(id: RecordUuid, data: ConversionTarget | None = None) -> Item[Conversion]:
    """Begin to make a deal of a lead.

    Once it is completed the lead is deleted; its notes, files, mail and activities are the deal's.
    """


@endpoint(
    "GET /api/v2/leads/{id}/convert/status/{conversion_id}", group="Leads", scopes={"leads:full", "leads:read"}, cost=1
)
def get_leads_by_id_convert_status_by_conversion_id(
    id: RecordUuid, conversion_id: ConversionId
) -> Item[ConversionStatus]:
    """Tell how far the conversion of a lead is."""
