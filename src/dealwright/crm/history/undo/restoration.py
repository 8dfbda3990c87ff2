"""Takes one effect back: gives a record the values that it had, brings it back, or deletes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dealwright._json import Json
from dealwright.crm.contacts import pictures
from dealwright.crm.correspondence import note_comments
from dealwright.crm.deals import deal_value, deals, participants
from dealwright.crm.deals.model import DEAL
from dealwright.crm.errors import NotFound
from dealwright.crm.fields import custom
from dealwright.crm.history.undo import links, members
from dealwright.crm.history.undo.conflicts import DERIVED, conflict, same
from dealwright.crm.history.undo.effects import Effect
from dealwright.crm.history.undo.kinds import COMMENT, KINDS, Kind
from dealwright.crm.kernel import followers, records
from dealwright.crm.kernel.record_types import Action, FieldChange
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values import contact_values
from dealwright.crm.values.formats import Values, loads


def in_order(effects: Iterable[Effect]) -> list[Effect]:
    """Returns effects in the order in which they are taken back: first the parts of deals, from which their value follows."""
    return sorted(effects, key=lambda effect: effect.object == COMMENT or not KINDS[effect.object].is_removed)


def restore(crm: UnitOfWork, effect: Effect) -> None:
    """Takes an effect back. Raises `Conflict`, `Forbidden` and `NotFound`."""
    if effect.object == COMMENT:
        _restore_comments(crm, effect)
        return
    kind = KINDS[effect.object]
    if kind.is_removed:
        _restore_row(crm, kind, effect)
        return
    record = _find(crm, kind, effect)
    if effect.was_created:
        if not _is_gone(record):
            _delete(crm, kind, record)
        return
    if effect.actions:
        _change(crm, kind, effect, record)
    for (relation, other_id), found in effect.relations.items():
        if found.before == found.after:
            continue
        if relation == "follower":
            if found.before:
                followers.restore(crm, kind.record_type.object, record.id, other_id, found.row)
            else:
                followers.take_back(crm, kind.record_type.object, record.id, other_id)
        elif found.before:
            links.check_there(crm, "person", [other_id], "deal", record.id, "participants")
            participants.restore(crm, records.refresh(crm, DEAL, record.id), other_id, found.row)
        else:
            participants.take_back(crm, records.refresh(crm, DEAL, record.id), other_id)


def _restore_comments(crm: UnitOfWork, effect: Effect) -> None:
    for uuid, content in effect.before.items():
        _check_unchanged(effect, uuid, note_comments.find_content(crm, effect.record_id, uuid))
        if content != effect.after[uuid]:
            note_comments.write_back(crm, effect.record_id, uuid, None if content is None else str(content))


def _find(crm: UnitOfWork, kind: Kind, effect: Effect) -> Any:
    record = records.find(crm, kind.record_type, effect.record_id)
    if record is None:
        if not records.in_bulk(crm, kind.record_type, [effect.record_id]):
            raise conflict(effect.object, effect.record_id, "", "was removed for good")
        raise NotFound(f"{kind.record_type.noun} not found")
    return record


def _is_gone(record: Any) -> bool:
    gone: bool = record.is_deleted if hasattr(record, "is_deleted") else not record.is_active
    return gone


def _delete(crm: UnitOfWork, kind: Kind, record: Any) -> None:
    """Deletes a record that was added."""
    type = kind.record_type
    values: Values = {"is_deleted": True} if hasattr(record, "is_deleted") else {"is_active": False}
    kind.permit(crm, record, values)
    if "delete_time" in type.table.c:
        values["delete_time"] = crm.now
    records.update(crm, type, record, values, action="delete")
    if type.object == "picture":
        for size in pictures.SIZES:
            crm.files.delete(pictures.storage_key(record.content_key, size))
    elif type.object == "productImage":
        crm.files.delete(record.content_key)


def _change(crm: UnitOfWork, kind: Kind, effect: Effect, record: Any) -> None:
    """Gives a record the values that it had."""
    type, values = kind.record_type, _former_values(crm, kind, effect, record)
    action: Action = "update"
    for name, gone in (("is_deleted", True), ("is_active", False)):
        if name in values and {"delete", "restore"} & {*effect.actions}:
            action = "delete" if values[name] is gone else "restore"
    kind.permit(crm, record, values)
    links.check_values(crm, type, record, values)
    logged: list[FieldChange] = []
    for name, old in effect.before.items():
        if (member := members.find(effect.object, name)) is not None:
            _check_unchanged(effect, name, member.read(crm, record))
            links.check_member(crm, effect.object, record.id, name, old)
            logged += member.write(crm, record, old)
    if type is DEAL and effect.stage_ids and effect.stage_ids[0] != record.stage_id:
        deals.return_to_stage(crm, record, [int(str(id)) for id in effect.stage_ids])
    records.update(crm, type, record, values, action=action, extra_changes=logged)


def _former_values(crm: UnitOfWork, kind: Kind, effect: Effect, record: Any) -> Values:
    """Returns the columns that change, with what they were. Raises `Conflict` when one is not as the run has left it."""
    type = kind.record_type
    derived = DERIVED.get(effect.object, frozenset())
    has_own_value = type is DEAL and derived & effect.before.keys() and not deal_value.lines_of(crm, record.id)
    values: Values = {}
    custom_fields: dict[str, Json] = {}
    current = loads(record.custom_fields) if "custom_fields" in type.table.c else {}
    for name, old in effect.before.items():
        if name in type.table.c:
            if name in derived:
                if has_own_value:
                    values[name] = old
                continue
            now = getattr(record, name)
            _check_unchanged(effect, name, loads(now) if name in type.json_columns else now)
            values[name] = old
        elif len(name) == custom.KEY_LENGTH:
            _check_unchanged(effect, name, current.get(name))
            custom_fields[name] = old
    if custom_fields:
        values["custom_fields"] = custom_fields
    if "is_deleted" in values and "delete_time" in type.table.c:
        values["delete_time"] = crm.now if values["is_deleted"] else None
    if "name" in values and "first_char" in type.table.c:
        values["first_char"] = contact_values.first_char(str(values["name"]))
    return values


def _check_unchanged(effect: Effect, name: str, now: Json) -> None:
    if not same(name, now, effect.after.get(name)):
        raise conflict(effect.object, effect.record_id, name, "has changed since")


def _restore_row(crm: UnitOfWork, kind: Kind, effect: Effect) -> None:
    """Takes back the effect on a part of a deal, which has no deleted state."""
    type = kind.record_type
    existed = effect.actions[0] not in ("create", "restore")
    exists = effect.actions[-1] != "delete"
    if existed and not exists:
        values: Values = {name: value for name, value in effect.before.items() if name in type.table.c}
        deal = records.get(crm, DEAL, int(str(values["deal_id"])), deleted=True)
        if deal.is_deleted:
            raise conflict("deal", deal.id, "", "was deleted since")
        links.check_row(crm, type, effect.record_id, values)
        records.insert(crm, type, {"id": effect.record_id, **values}, action="restore")
        return
    if not exists:
        return
    record = _find(crm, kind, effect)
    if existed:
        _change(crm, kind, effect, record)
    else:
        kind.permit(crm, record, {})
        records.remove(crm, type, record)
