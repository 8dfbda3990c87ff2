"""The host that events say they come from."""

from __future__ import annotations

from dealwright.crm.unit import Crm

# No real domain: nobody is to be sent to somebody else's server because it bears the name of a company here.
DOMAIN = "dealwright.invalid"


def host(crm: Crm) -> str:
    """Where a company is, by its domain: ``acme.…``."""
    return f"{crm.company.domain}.{DOMAIN}"
