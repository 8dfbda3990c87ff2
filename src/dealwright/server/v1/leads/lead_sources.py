"""Sources of leads."""

from __future__ import annotations

from dealwright.contract.v1.envelopes import List
from dealwright.contract.v1.leads import lead_sources as contract
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads import leads
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


@implements(contract.get_lead_sources)
def get_lead_sources(crm: UnitOfWork) -> List[contract.LeadSource]:
    return envelopes.collection([{"name": name} for name in leads.SOURCES])
