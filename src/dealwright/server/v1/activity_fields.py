"""The fields of activities."""

from __future__ import annotations

from dealwright.contract.v1 import activity_fields as contract
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.fields import Field
from dealwright.crm.fields import definitions
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import fields


@implements(contract.get_activity_fields)
def get_activity_fields(crm: Crm) -> Page[Field]:
    return fields.page(crm, definitions.listed(crm, "activity"))
