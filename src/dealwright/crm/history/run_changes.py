"""What a run has changed, for people: each record with its name, and each member with its values before and after as texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.fields import custom, system
from dealwright.crm.fields.types.field_type import to_text
from dealwright.crm.history.undo import effects, undone
from dealwright.crm.history.undo.conflicts import same
from dealwright.crm.history.undo.effects import Effect
from dealwright.crm.history.undo.kinds import COMMENT, KINDS
from dealwright.crm.integration.runs import Run
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork

ChangeAction = Literal["created", "changed", "deleted", "restored", "merged"]

MAX_RECORDS = 200
"""How many records are told of a run; of the others only the number is."""

_NAMES = ("title", "subject", "name", "content", "file_name")
_MAX_TEXT = 500
_HIDDEN = frozenset({"custom_fields", "local_won_date", "local_lost_date", "local_close_date", "first_won_time"})


class MemberChange(NamedTuple):
    """A member that was changed: its key, its name for people, and its values; texts of these have names instead of ids.

    The currencies are those of amounts of money, before and after.
    """

    key: str
    name: str
    before: Json
    after: Json
    before_text: str | None
    after_text: str | None
    before_currency: str | None = None
    after_currency: str | None = None


class RecordChanges(NamedTuple):
    """A record that a run has changed. ``id`` is the one of the API; the name is None for one that the actor does not see."""

    object: str
    id: str
    name: str | None
    noun: str
    action: ChangeAction
    members: list[MemberChange]


class RunChanges(NamedTuple):
    """What a run has changed, and whether that was taken back: the run that did it, or None."""

    records: list[RecordChanges]
    total: int
    undone_by: str | None
    undoes: str | None


def of_run(crm: UnitOfWork, run: Run) -> RunChanges:
    """Returns what a run has changed, in the order in which it did so."""
    found = sorted(effects.of_run(crm, run.id, run.user_id), key=lambda effect: effect.first_id)
    undo = undone.load(crm, [run.id]).undo_in_effect(run.id)
    told = tell(crm, found)
    return RunChanges(told, len(found), undo.undo_run_id if undo else None, undone.undoes(crm, run.id))


def tell(crm: UnitOfWork, found: list[Effect]) -> list[RecordChanges]:
    """Returns effects for people, `MAX_RECORDS` of them at most."""
    told = found[:MAX_RECORDS]
    names = _Names(crm)
    for effect in told:
        names.want_members(effect)
    return [_record_changes(crm, effect, names) for effect in told]


def target_of(key: str) -> str:
    """Returns the type of the record that a member is the id of, if it is one: that of ``next_activity_id`` is an activity."""
    return _TARGETS.get(key) or key.removesuffix("_ids").removesuffix("_id").rpartition("_")[2]


def count_by_run(crm: UnitOfWork, found: Iterable[Run]) -> Mapping[str, int]:
    """Returns how many entries of the change log runs have, for those that have any."""
    return effects.count_by_run(crm, [run.id for run in found])


def _record_changes(crm: UnitOfWork, effect: Effect, names: _Names) -> RecordChanges:
    kind = KINDS.get(effect.object)
    noun = kind.record_type.noun if kind else ("Note" if effect.object == COMMENT else effect.object)
    object = "note" if effect.object == COMMENT else effect.object
    record = names.record(object, effect.record_id)
    id = (
        str(getattr(record, "uuid", effect.record_id))
        if object in ("lead", "leadLabel", "goal", "callLog")
        else str(effect.record_id)
    )
    members = [] if effect.was_created and _action(effect) == "deleted" else _members(crm, effect, names)
    return RecordChanges(effect.object, id, names.of(object, effect.record_id), noun, _action(effect), members)


def _action(effect: Effect) -> ChangeAction:
    actions = set(effect.actions)
    if "merge" in actions:
        return "merged"
    if effect.actions and effect.actions[-1] == "delete" and effect.object != COMMENT:
        return "deleted"
    if "create" in actions and effect.object != COMMENT:
        return "created"
    return "restored" if "restore" in actions else "changed"


def _members(crm: UnitOfWork, effect: Effect, names: _Names) -> list[MemberChange]:
    found = []
    for key, before in effect.before.items():
        after = effect.after.get(key)
        if (
            key in _HIDDEN
            or same(key, before, after)
            or (key in ("is_deleted", "is_active") and effect.actions[-1] != "update")
        ):
            continue
        texts = (names.text(effect.object, key, before), names.text(effect.object, key, after))
        currencies = names.currencies(effect) if key in _MONEY.get(effect.object, ()) else ()
        found.append(MemberChange(key, names.of_member(effect.object, key), before, after, *texts, *currencies))
    for (relation, other_id), one in effect.relations.items():
        if one.before != one.after:
            name = names.of("user" if relation == "follower" else "person", other_id)
            values: tuple[Json, Json] = (other_id if one.before else None, other_id if one.after else None)
            texts = (name if one.before else None, name if one.after else None)
            found.append(MemberChange(relation, relation.capitalize(), *values, *texts))
    return found


class _Names:
    """Names of records and texts of values, each read once, and none of records that the actor does not see."""

    def __init__(self, crm: UnitOfWork) -> None:
        self._crm = crm
        self._records: dict[str, dict[int, Any]] = {}
        self._wanted: dict[str, set[int]] = {}

    def want_members(self, effect: Effect) -> None:
        """Has what an effect names read with the next ones that are."""
        self._want("note" if effect.object == COMMENT else effect.object, effect.record_id)
        for key in effect.before:
            target = self._target(effect.object, key)
            if target is not None:
                for value in (effect.before[key], effect.after.get(key)):
                    for id in _ids(value):
                        self._want(target, id)
        for relation, other_id in effect.relations:
            self._want("user" if relation == "follower" else "person", other_id)

    def record(self, object: str, id: int) -> Any:
        """Returns a record that the actor sees; None for any other."""
        if id in self._wanted.get(object, ()):
            self._read(object)
        return self._records.get(object, {}).get(id)

    def of(self, object: str, id: int) -> str | None:
        """Returns the name of a record; None for one that the actor does not see, or that has none."""
        if object == "user":
            user = self._crm.company_data.users.get(id)
            return user.name if user else None
        record = self.record(object, id)
        name = next((text for one in _NAMES if (text := getattr(record, one, None))), None)
        return None if name is None else str(name)[:_MAX_TEXT]

    def currencies(self, effect: Effect) -> tuple[str | None, str | None]:
        """Returns the currencies of a record's amounts before and after; those of the parts of a deal are the deal's."""
        record = self.record(effect.object, effect.record_id)
        if effect.object in _PARTS:
            deal_id = effect.after.get("deal_id") or effect.before.get("deal_id") or getattr(record, "deal_id", None)
            if isinstance(deal_id, int):
                self._want("deal", deal_id)
                record = self.record("deal", deal_id)
        now = getattr(record, "currency", None)
        after: Any = effect.after.get("currency", now)
        before: Any = effect.before.get("currency", after)
        return before, after

    def of_member(self, object: str, key: str) -> str:
        """Returns the name of a member for people."""
        owner: Any = "deal" if object == "lead" else object
        field = self._crm.company_data.custom_fields(owner).get(key)
        if field is not None:
            return field.name
        if owner in system.SYSTEM_FIELDS:
            fields = self._crm.company_data.fields(owner)
            known = fields.get(system.to_v1_key(owner, key))
            if known is not None:
                return known.name
        return key.removesuffix("_id").removesuffix("_ids").replace("_", " ").capitalize()

    def text(self, object: str, key: str, value: Json) -> str | None:
        """Returns a value as text, with names instead of ids."""
        if value is None or value in ([], {}, ""):
            return None
        if isinstance(value, bool):
            return "Yes" if value else "No"
        if (target := self._target(object, key)) is not None:
            return ", ".join(self.of(target, id) or f"#{id}" for id in _ids(value))[:_MAX_TEXT] or None
        if key == "label_ids":
            return self._labels(object, value)
        if len(key) == custom.KEY_LENGTH:
            kind: Any = object
            texts = custom.format_texts_v1(self._crm, kind, key, value)
            return (texts.get(key) or to_text(value) or "")[:_MAX_TEXT]
        if isinstance(value, list | dict):
            return _plain(value)[:_MAX_TEXT]
        return (to_text(value) or "")[:_MAX_TEXT]

    def _labels(self, object: str, value: Json) -> str:
        labels: dict[Any, str] = {}
        if object == "lead":
            table = KINDS["leadLabel"].record_type.table.c
            labels = dict(self._crm.db.rows(sa.select(table.uuid, table.name)))
        elif object in ("deal", "person", "organization", "project"):
            kind: Any = object
            field = self._crm.company_data.fields(kind).get(system.to_v1_key(kind, "label_ids"))
            options = self._crm.company_data.options(field.id) if field else {}
            labels = {id: option.label for id, option in options.items()}
        return ", ".join(labels.get(one, str(one)) for one in value) if isinstance(value, list) else str(value)

    def _target(self, object: str, key: str) -> str | None:
        if len(key) == custom.KEY_LENGTH:
            owner: Any = "deal" if object == "lead" else object
            field = self._crm.company_data.custom_fields(owner).get(key) if object in KINDS else None
            return {"people": "person", "org": "organization", "user": "user"}.get(field.field_type) if field else None
        return _TARGETS.get(key)

    def _want(self, object: str, id: int) -> None:
        if object in KINDS and id not in self._records.get(object, {}):
            self._wanted.setdefault(object, set()).add(id)

    def _read(self, object: str) -> None:
        kind: RecordType[Any] = KINDS[object].record_type
        wanted = sorted(self._wanted.pop(object, ()))
        criterion = access.visible(self._crm, kind)
        for start in range(0, len(wanted), 500):
            these = [kind.table.c.id.in_(wanted[start : start + 500])]
            found = records.select(self._crm, kind, *these, *([] if criterion is None else [criterion]))
            self._records.setdefault(object, {}).update({record.id: record for record in found})


def _ids(value: Json) -> list[int]:
    """Returns the ids in a value: one, a list of them, or of participants."""
    if isinstance(value, bool):
        return []
    if isinstance(value, int):
        return [value]
    if isinstance(value, list):
        return [id for one in value for id in _ids(one.get("person_id") if isinstance(one, dict) else one)]
    return []


def _plain(value: Json) -> str:
    if isinstance(value, dict):
        if "value" in value:
            return str(value["value"])
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items() if one not in (None, ""))
    if isinstance(value, list):
        return ", ".join(_plain(one) for one in value)
    return str(value)


_PARTS: Mapping[str, tuple[str, ...]] = {
    "dealProduct": ("item_price", "sum"),
    "dealInstallment": ("amount",),
}
_MONEY: Mapping[str, tuple[str, ...]] = {"deal": ("value", "acv", "arr", "mrr"), "lead": ("value",), **_PARTS}
"""The members that are amounts of money, by the types of their records. Custom fields have their currency in the value."""

_TARGETS: Mapping[str, str] = {
    **dict.fromkeys(
        ("owner_id", "user_id", "creator_user_id", "creator_id", "assignee_ids", "users", "manager_id"), "user"
    ),
    **dict.fromkeys(("person_id", "person_ids", "participants"), "person"),
    **dict.fromkeys(("org_id", "org_ids", "organization_id", "rel_owner_org_id", "rel_linked_org_id"), "organization"),
    **dict.fromkeys(("deal_id", "deal_ids", "source_deal_id"), "deal"),
    "product_id": "product",
    "product_variation_id": "productVariation",
    "activity_id": "activity",
    "project_id": "project",
    "parent_task_id": "task",
    "stage_id": "stage",
    "pipeline_id": "pipeline",
    "board_id": "projectBoard",
    "phase_id": "projectPhase",
    "project_phase_id": "projectPhase",
    "role_id": "role",
    "parent_role_id": "role",
    "note_id": "note",
}
"""The types of the records that members name by their ids."""
