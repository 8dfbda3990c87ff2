"""The fields of leads: some of those of deals, under the names that leads give them, and all custom ones."""

from __future__ import annotations

from dealwright.contract.v1 import fields as contract_fields
from dealwright.contract.v1 import lead_fields as contract
from dealwright.contract.v1.envelopes import Page
from dealwright.crm.fields import definitions
from dealwright.crm.fields.system.leads import NAMES
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import fields


def show(crm: Crm, field: Field) -> contract_fields.Field:
    """A field of deals as one of leads."""
    return {**fields.show(crm, field), "key": NAMES.get(field.key, field.key)}


@implements(contract.get_lead_fields)
def get_lead_fields(crm: Crm, start: int = 0, limit: int | None = None) -> Page[contract_fields.Field]:
    shared = [field for field in definitions.listed(crm, "deal") if field.is_custom or field.key in NAMES]
    return fields.page(crm, shared, start, limit, show)
