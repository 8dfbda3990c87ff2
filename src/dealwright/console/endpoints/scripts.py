"""Scripts and their versions."""

from __future__ import annotations

from dealwright.console.endpoints.shown_runs import show_user, time_text
from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration import scripts as contract
from dealwright.crm.integration import scripts
from dealwright.crm.integration.scripts import Script, Version
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements


@implements(contract.get_scripts)
def get_scripts(crm: UnitOfWork, query: contract.ScriptFilter) -> Items[contract.Script]:
    page = scripts.list_scripts(crm, query.text, query)
    return {"items": [_show(crm, one) for one in page.items], "next_cursor": page.next_cursor}


@implements(contract.post_scripts)
def post_scripts(crm: UnitOfWork, data: contract.NewScript) -> contract.ScriptDetails:
    return _show_details(crm, scripts.create(crm, data.name, data.code, is_shared=data.is_shared))


@implements(contract.get_scripts_by_id)
def get_scripts_by_id(crm: UnitOfWork, id: int) -> contract.ScriptDetails:
    return _show_details(crm, scripts.get(crm, id))


@implements(contract.patch_scripts_by_id)
def patch_scripts_by_id(crm: UnitOfWork, id: int, data: contract.ScriptChanges) -> contract.Script:
    name = data.name if isinstance(data.name, str) else None
    is_shared = data.is_shared if isinstance(data.is_shared, bool) else None
    return _show(crm, scripts.change(crm, id, name=name, is_shared=is_shared))


@implements(contract.delete_scripts_by_id)
def delete_scripts_by_id(crm: UnitOfWork, id: int) -> contract.Script:
    return _show(crm, scripts.delete(crm, id))


@implements(contract.get_scripts_by_id_versions)
def get_scripts_by_id_versions(
    crm: UnitOfWork, id: int, query: contract.VersionPaging
) -> Items[contract.ScriptVersion]:
    found, has_more = scripts.list_versions(crm, id, query.before, query.limit)
    items = [_show_version(crm, one) for one in found]
    return {"items": items, "next_cursor": str(found[-1].version) if has_more else None}


@implements(contract.post_scripts_by_id_versions)
def post_scripts_by_id_versions(crm: UnitOfWork, id: int, data: contract.NewVersion) -> contract.ScriptDetails:
    return _show_details(crm, scripts.save(crm, id, data.code, data.after))


@implements(contract.get_scripts_by_id_versions_by_version)
def get_scripts_by_id_versions_by_version(crm: UnitOfWork, id: int, version: int) -> contract.ScriptCode:
    found = scripts.get_version(crm, id, version)
    return {**_show_version(crm, found), "code": found.code}


def _show(crm: UnitOfWork, script: Script) -> contract.Script:
    return {
        "id": script.id,
        "name": script.name,
        "owner": show_user(crm, script.user_id),
        "is_shared": script.is_shared,
        "can_change": script.user_id == crm.actor.id,
        "version": script.version,
        "add_time": time_text(script.add_time),
        "update_time": time_text(script.update_time),
    }


def _show_details(crm: UnitOfWork, script: Script) -> contract.ScriptDetails:
    return {**_show(crm, script), "code": scripts.get_version(crm, script.id).code}


def _show_version(crm: UnitOfWork, version: Version) -> contract.ScriptVersion:
    return {"version": version.version, "user": show_user(crm, version.user_id), "time": time_text(version.time)}
