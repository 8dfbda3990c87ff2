"""Scripts of the editor: code with a name, all of whose versions are kept. One is its owner's, who may share it with others."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm.errors import Conflict, Forbidden, Invalid, LimitReached, NotFound
from dealwright.crm.kernel import pages
from dealwright.crm.kernel.pages import CursorPage, CursorRequest, Sorting
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import editor_rights
from dealwright.storage.tables import script_schedules, script_versions, scripts

MAX_PER_USER = 500
MAX_VERSIONS = 1000
"""How many versions of a script are kept; the oldest go first."""

_ORDER = Sorting("update_time", "desc")


class Script(NamedTuple):
    """A script; ``version`` is the latest."""

    id: int
    user_id: int
    name: str
    is_shared: bool
    version: int
    add_time: str
    update_time: str


class Version(NamedTuple):
    """A version of a script, and who has saved it."""

    version: int
    user_id: int
    time: str
    code: str


_COLUMNS = [scripts.c[name] for name in Script._fields]
_VERSION_COLUMNS = [script_versions.c[name] for name in Version._fields]


def list_scripts(crm: UnitOfWork, text: str | None, page: CursorRequest) -> CursorPage[Script]:
    """Returns a page of the scripts that the actor sees, with all these words in their names, the one saved last first.

    Raises `Forbidden` and `Invalid`.
    """
    editor_rights.require(crm)
    columns, size = scripts.c, pages.page_size(page.limit)
    criteria = [_seen(crm)]
    criteria += [sa.func.lower(columns.name).contains(word.lower(), autoescape=True) for word in (text or "").split()]
    if page.cursor is not None:
        time, id = pages.decode_time_cursor(page.cursor, _ORDER)
        criteria.append((columns.update_time < time) | ((columns.update_time == time) & (columns.id < id)))
    order = columns.update_time.desc(), columns.id.desc()
    rows = crm.db.rows(sa.select(*_COLUMNS).where(*criteria).order_by(*order).limit(size + 1))
    found = [_to_script(row) for row in rows[:size]]
    last = found[-1] if len(rows) > size else None
    return CursorPage(found, pages.encode_cursor(_ORDER, last.update_time, last.id) if last else None)


def get(crm: UnitOfWork, id: int) -> Script:
    """Returns a script that the actor sees. Raises `NotFound` and `Forbidden`."""
    editor_rights.require(crm)
    row = crm.db.row(sa.select(*_COLUMNS).where(scripts.c.id == id, _seen(crm)))
    if row is None:
        raise NotFound("Script not found")
    return _to_script(row)


def find_names(crm: UnitOfWork, ids: list[int]) -> dict[int, str]:
    """Returns the names of some scripts, whoever sees them."""
    columns = scripts.c
    return dict(crm.db.rows(sa.select(columns.id, columns.name).where(columns.id.in_(sorted(ids))))) if ids else {}


def get_version(crm: UnitOfWork, id: int, version: int | None = None) -> Version:
    """Returns a version of a script that the actor sees, the latest unless another one is named. Raises `NotFound`."""
    script = get(crm, id)
    number = script.version if version is None else version
    columns = script_versions.c
    these = (columns.script_id == id) & (columns.version == number)
    row = crm.db.row(sa.select(*_VERSION_COLUMNS).where(these))
    if row is None:
        raise NotFound("There is no such version of the script")
    return Version(*row)


def list_versions(crm: UnitOfWork, id: int, before: int | None, limit: int) -> tuple[list[Version], bool]:
    """Returns versions of a script, the newest first, and whether there are older ones. Raises `NotFound`."""
    get(crm, id)
    columns = script_versions.c
    criteria = [columns.script_id == id]
    if before is not None:
        criteria.append(columns.version < before)
    rows = crm.db.rows(sa.select(*_VERSION_COLUMNS).where(*criteria).order_by(columns.version.desc()).limit(limit + 1))
    return [Version(*row) for row in rows[:limit]], len(rows) > limit


def create(crm: UnitOfWork, name: str, code: str, *, is_shared: bool = False) -> Script:
    """Saves a script of the actor for the first time. Raises `Invalid`, `Conflict` and `LimitReached`."""
    editor_rights.require(crm)
    name = _checked_name(crm, name, None)
    count = sa.select(sa.func.count()).select_from(scripts)
    if crm.db.value(count.where(scripts.c.user_id == crm.actor.id)) >= MAX_PER_USER:
        raise LimitReached(f"You have {MAX_PER_USER} scripts: delete some before you save another one", "name")
    values = {"user_id": crm.actor.id, "name": name, "is_shared": is_shared, "version": 1}
    id = crm.db.insert(scripts, {**values, "add_time": crm.now_ms, "update_time": crm.now_ms})
    _add_version(crm, id, 1, code)
    return get(crm, id)


def change(crm: UnitOfWork, id: int, *, name: str | None = None, is_shared: bool | None = None) -> Script:
    """Renames a script of the actor, shares it or does so no longer. Raises `NotFound`, `Forbidden`, `Invalid` and `Conflict`."""
    _require_owner(crm, get(crm, id))
    values: dict[str, object] = {}
    if name is not None:
        values["name"] = _checked_name(crm, name, id)
    if is_shared is not None:
        values["is_shared"] = is_shared
    if values:
        crm.db.execute(sa.update(scripts).where(scripts.c.id == id).values(values))
    return get(crm, id)


def save(crm: UnitOfWork, id: int, code: str, after: int) -> Script:
    """Saves the next version of a script of the actor, made from the version ``after``; the same code makes none.

    Raises `NotFound`, `Forbidden`, and `Conflict` when there is a later version already.
    """
    crm.require_exclusive_lock()
    script = get(crm, id)
    _require_owner(crm, script)
    if after != script.version:
        raise Conflict(f"Version {script.version} was saved in the meantime: look at it before you save yours")
    if get_version(crm, id).code == code:
        return script
    number = script.version + 1
    _add_version(crm, id, number, code)
    values = {"version": number, "update_time": crm.now_ms}
    crm.db.execute(sa.update(scripts).where(scripts.c.id == id).values(values))
    columns = script_versions.c
    crm.db.execute(sa.delete(script_versions).where(columns.script_id == id, columns.version <= number - MAX_VERSIONS))
    return get(crm, id)


def delete(crm: UnitOfWork, id: int) -> Script:
    """Deletes a script with its versions and schedules. Raises `NotFound`, and `Forbidden` unless it is the actor's or the actor an admin."""
    script = get(crm, id)
    if script.user_id != crm.actor.id and not crm.actor.is_admin():
        raise Forbidden("Only its owner and admins delete a script")
    for table in (script_versions, script_schedules):
        crm.db.execute(sa.delete(table).where(table.c.script_id == id))
    crm.db.execute(sa.delete(scripts).where(scripts.c.id == id))
    return script


def _seen(crm: UnitOfWork) -> sa.ColumnElement[bool]:
    columns = scripts.c
    return (columns.user_id == crm.actor.id) | (columns.is_shared == sa.true())


def _require_owner(crm: UnitOfWork, script: Script) -> None:
    if script.user_id != crm.actor.id:
        raise Forbidden("Only its owner changes a script: save it under another name")


def _checked_name(crm: UnitOfWork, name: str, id: int | None) -> str:
    name = " ".join(name.split())
    if not name or not name.isprintable():
        raise Invalid("is 1 to 100 visible characters", "name")
    columns = scripts.c
    other = crm.db.value(sa.select(columns.id).where(columns.user_id == crm.actor.id, columns.name == name))
    if other is not None and other != id:
        raise Conflict("You have a script of this name already")
    return name


def _add_version(crm: UnitOfWork, id: int, number: int, code: str) -> None:
    values = {"script_id": id, "version": number, "user_id": crm.actor.id, "code": code, "time": crm.now_ms}
    crm.db.insert(script_versions, values)


def _to_script(row: tuple[object, ...]) -> Script:
    script = Script(*row)  # type: ignore[arg-type]
    return script._replace(is_shared=bool(script.is_shared))
