"""Conversions of leads into deals and of deals into leads."""

from __future__ import annotations

from msgspec import UNSET

from dealwright.contract.v2.envelopes import Item
from dealwright.contract.v2.leads import conversions as contract
from dealwright.contract.v2.leads.conversions import ConversionStatus, ConversionTarget
from dealwright.crm.history import conversion
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v2 import envelopes


def _show(found: conversion.Conversion) -> Item[ConversionStatus]:
    shown: ConversionStatus = {"conversion_id": found.uuid, "status": found.status}
    if found.result is not None:
        if found.object == "lead":
            shown["deal_id"] = int(found.result)
        else:
            shown["lead_id"] = found.result
    return envelopes.item_without_more(shown)


@implements(contract.post_deals_by_id_convert_lead)
def post_deals_by_id_convert_lead(crm: UnitOfWork, id: int) -> Item[contract.Conversion]:
    return envelopes.item_without_more({"conversion_id": conversion.start_with_deal(crm, id)})


@implements(contract.get_deals_by_id_convert_status_by_conversion_id)
def get_deals_by_id_convert_status_by_conversion_id(
    crm: UnitOfWork, id: int, conversion_id: str
) -> Item[ConversionStatus]:
    return _show(conversion.get_of_deal(crm, id, conversion_id))


@implements(contract.post_leads_by_id_convert_deal)
def post_leads_by_id_convert_deal(
    crm: UnitOfWork, id: str, data: ConversionTarget | None = None
) -> Item[contract.Conversion]:
    target = data or ConversionTarget()
    started = conversion.start_with_lead(
        crm,
        id,
        stage_id=None if target.stage_id is UNSET else target.stage_id,
        pipeline_id=None if target.pipeline_id is UNSET else target.pipeline_id,
    )
    return envelopes.item_without_more({"conversion_id": started})


@implements(contract.get_leads_by_id_convert_status_by_conversion_id)
def get_leads_by_id_convert_status_by_conversion_id(
    crm: UnitOfWork, id: str, conversion_id: str
) -> Item[ConversionStatus]:
    return _show(conversion.get_of_lead(crm, id, conversion_id))
