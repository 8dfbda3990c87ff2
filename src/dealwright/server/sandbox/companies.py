"""Fresh companies in a sandbox."""

from __future__ import annotations

from dealwright.contract.sandbox import companies as contract
from dealwright.contract.sandbox.envelopes import Item
from dealwright.server.binding import Sandbox, implements_in_sandbox


@implements_in_sandbox(contract.post_companies, waits=True)
def post_companies(sandbox: Sandbox) -> Item[contract.Company]:
    domain, token = sandbox.make_company()
    return {"data": {"company_domain": domain, "api_token": token}}
