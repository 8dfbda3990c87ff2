"""The host that events name as their origin."""

from __future__ import annotations

from dealwright.crm.kernel.unit_of_work import UnitOfWork

# Not a real domain: a link must not lead to a foreign server that happens to have the name of a company here.
DOMAIN = "dealwright.invalid"


def host(crm: UnitOfWork) -> str:
    """Returns the host of a company, made from its domain: ``acme.…``."""
    return f"{crm.company.domain}.{DOMAIN}"
