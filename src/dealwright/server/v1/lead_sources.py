"""Where leads come from."""

from __future__ import annotations

from dealwright.contract.v1 import lead_sources as contract
from dealwright.contract.v1.envelopes import List
from dealwright.crm import leads
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


@implements(contract.get_lead_sources)
def get_lead_sources(crm: Crm) -> List[contract.LeadSource]:
    return envelopes.whole([{"name": name} for name in leads.SOURCES])
