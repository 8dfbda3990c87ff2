"""The editor: how well code is fenced in here, and who may use it."""

from __future__ import annotations

import platform

from dealwright.console import scripts as console_scripts
from dealwright.console.endpoints.browsers import console_of
from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration import editor as contract
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import editor_rights
from dealwright.crm.team.model import User
from dealwright.isolation import levels, limits
from dealwright.server.binding import BrowserSession, implements, implements_in_session


@implements_in_session(contract.get_editor, waits=True)
def get_editor(browser: BrowserSession) -> contract.EditorState:
    principal, console = console_of(browser)
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        may_use, can_give = editor_rights.may_use(crm), crm.actor.is_admin("account_settings")
    reason = console_scripts.off_reason(console)
    allowed = limits.from_environment()
    return {
        "is_on": reason is None,
        "off_reason": reason,
        "may_use": may_use,
        "can_give": can_give,
        "is_local": console.is_local,
        "level": levels.best(is_local=console.is_local),
        "levels": [
            {
                "level": one.level,
                "description": levels.DESCRIPTIONS[one.level],
                "is_available": one.reason is None,
                "reason": one.reason,
            }
            for one in levels.states()
        ],
        "limits": {
            "wall_seconds": allowed.wall_seconds,
            "cpu_seconds": allowed.cpu_seconds,
            "memory_bytes": allowed.memory_bytes,
            "output_bytes": allowed.output_bytes,
        },
        "python": platform.python_version(),
    }


@implements(contract.get_editor_users)
def get_editor_users(crm: UnitOfWork) -> Items[contract.EditorUser]:
    found = [_show(user, may_use=may_use) for user, may_use in editor_rights.list_users(crm)]
    return {"items": found, "next_cursor": None}


@implements(contract.patch_editor_users_by_id)
def patch_editor_users_by_id(crm: UnitOfWork, id: int, data: contract.EditorPermission) -> contract.EditorUser:
    user = editor_rights.change(crm, id, may=data.may_use)
    return _show(user, may_use=editor_rights.may_use(crm, user))


def _show(user: User, *, may_use: bool) -> contract.EditorUser:
    return {"id": user.id, "name": user.name, "is_admin": user.is_admin(), "may_use": may_use}
