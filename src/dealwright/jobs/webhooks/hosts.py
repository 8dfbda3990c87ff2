"""The host that events name as their origin."""

from __future__ import annotations

from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server import urls

# Not a real domain: a link must not lead to a foreign server that happens to have the name of a company here.
DOMAIN = "dealwright.invalid"


def host(crm: UnitOfWork) -> str:
    """Returns the host of the server's public URL; without one a host that is made from the company's domain: ``acme.…``."""
    return urls.public_host() or f"{crm.company.domain}.{DOMAIN}"
