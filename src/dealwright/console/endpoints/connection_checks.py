"""Testing a connection: the service is asked whom it stands for."""

from __future__ import annotations

import time
from typing import Any

from dealwright.console import calls
from dealwright.console.calls import Wanted
from dealwright.console.endpoints.shown_connections import show
from dealwright.console.service import Console
from dealwright.contract.app.integration import connections as contract
from dealwright.crm.integration import connection_use, connections
from dealwright.crm.kernel.unit_of_work import Principal, UnitOfWork

TEST_ACTION = ("v1", "get_users_me")


def check(console: Console, principal: Principal, id: int) -> contract.TestResult:
    """Asks the service whom a connection stands for, whatever the connection may run."""
    started = time.monotonic()
    version, action = TEST_ACTION
    ran = calls.run(console, principal, Wanted(id, version, action, {}), is_test=True)
    milliseconds = round((time.monotonic() - started) * 1000)
    ok = ran.run.status == "ok"
    account = _account(ran.answer.body) if ok and ran.answer is not None else None

    def finish(crm: UnitOfWork) -> contract.Connection:
        if account is not None:
            connection_use.set_state(crm, id, "connected", account=account)
        elif connections.get(crm, id).state in ("untested", "connected"):
            connection_use.set_state(crm, id, "failing", _message(ran.run.error))
        return show(crm, connections.get(crm, id))

    shown = console.companies.run(principal.company, principal.user_id, finish, write=True)
    if account is None:
        message = _message(ran.run.error)
    else:
        company = account["company_name"] or account["company_domain"] or "a company without a name"
        message = f"{account['user_name'] or 'Somebody'} at {company}"
    return {"connection": shown, "ok": ok, "message": message, "duration_ms": milliseconds}


def _account(body: Any) -> dict[str, Any] | None:
    """Returns whom the answer of the test names; None when it names nobody."""
    user = body.get("data") if isinstance(body, dict) else None
    if not isinstance(user, dict):
        return None
    names = {
        "user_id": "id",
        "user_name": "name",
        "user_email": "email",
        "company_id": "company_id",
        "company_name": "company_name",
        "company_domain": "company_domain",
    }
    kinds: dict[str, type] = {"user_id": int, "company_id": int}
    found = {}
    for name, member in names.items():
        value = user.get(member)
        found[name] = value if isinstance(value, kinds.get(name, str)) else None
    return found


def _message(error: Any) -> str:
    return str(error["message"]) if isinstance(error, dict) else "No answer names anybody"
