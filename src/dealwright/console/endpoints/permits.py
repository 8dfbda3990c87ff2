"""What a connection may run, as somebody has chosen it."""

from __future__ import annotations

from dealwright.connectors.permits import Permits
from dealwright.contract import catalogue
from dealwright.contract.app.integration import connections as contract
from dealwright.contract.errors import nearest
from dealwright.crm.errors import Invalid


def given_permits(given: object) -> Permits:
    """Returns what a connection may run. Raises `Invalid` for an action that there is not."""
    if not isinstance(given, contract.PermitsToSet):
        return Permits()
    if given.kind != "chosen":
        return Permits(kind=given.kind)
    known = catalogue.entries()
    for name in given.actions:
        if name not in known:
            hint = nearest(name, known)
            raise Invalid(f"There is no action {name}{f'; did you mean {hint}?' if hint else ''}", "permits.actions")
    return Permits(kind="chosen", actions=frozenset(given.actions))
