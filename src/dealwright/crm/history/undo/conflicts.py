"""Whether somebody has changed since what is to be taken back, or uses what is to go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.deals import deal_value
from dealwright.crm.errors import Conflict
from dealwright.crm.history.merge import LINK_FIELD_TYPES, TYPES_WITH_CUSTOM_FIELDS
from dealwright.crm.history.undo import effects as undo_effects
from dealwright.crm.history.undo import undone
from dealwright.crm.history.undo.effects import Effect, Entry
from dealwright.crm.history.undo.kinds import CANNOT, COMMENT, KINDS
from dealwright.crm.kernel import sql_functions
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads.model import LEAD
from dealwright.storage import tables
from dealwright.storage.tables import changes

DERIVED: Mapping[str, frozenset[str]] = {
    "deal": frozenset({"value", "acv", "arr", "mrr"}),
    "dealProduct": frozenset({"sum"}),
}
"""Columns that follow from the lines of a deal, by the type of the record, as long as there are any."""

_CHUNK = 500


def conflict(object: str, id: int, member: str, reason: str) -> Conflict:
    """Returns the error for what cannot be taken back; it names the record and the member of it."""
    of = f", {member}" if member else ""
    return Conflict(f"{_noun(object)} {id}{of}: {reason}")


def check_possible(effects: Iterable[Effect]) -> None:
    """Raises `Conflict` when an effect is one of those that cannot be taken back at all."""
    for effect in effects:
        for action in effect.actions if effect.object != COMMENT else ():
            kind = KINDS.get(effect.object)
            reason = CANNOT["merge"] if action == "merge" else kind.cannot.get(action) if kind else None
            if kind is None:
                reason = CANNOT.get(effect.object, "this is not kept in the change log")
            if reason is not None and not (effect.was_created and action == "delete"):
                raise conflict(effect.object, effect.record_id, "", f"cannot be taken back: {reason}")


def check_unchanged_since(crm: UnitOfWork, run_id: str, user_id: int, effects: Sequence[Effect]) -> None:
    """Raises `Conflict` when somebody has changed one of the members since, and this is still in effect."""
    for object, found in undo_effects.by_object(effects).items():
        ids = sorted(found)
        later: list[Entry] = []
        for start in range(0, len(ids), _CHUNK):
            chunk = ids[start : start + _CHUNK]
            columns = changes.c
            others = columns.run_id.is_(None) | (columns.run_id != run_id) | (columns.actor_user_id != user_id)
            first = min(found[id].first_id for id in chunk)
            these = (columns.object == object) & columns.record_id.in_(chunk)
            later += undo_effects.read(crm, these, columns.id > first, others)
        known = undone.load(crm, (entry.run_id for entry in later if entry.run_id))
        for entry in later:
            effect = found[entry.record_id]
            if entry.id > effect.first_id and not _is_cancelled(known, entry):
                _compare(crm, effect, entry)


def _is_cancelled(known: undone.Undone, entry: Entry) -> bool:
    """Whether an entry no longer matters: it was taken back, or has taken back what does not matter either."""
    return entry.run_id is not None and (known.is_undo(entry.run_id) or known.undo_in_effect(entry.run_id) is not None)


def _compare(crm: UnitOfWork, effect: Effect, entry: Entry) -> None:
    user = crm.company_data.users.get(entry.actor_user_id)
    who = user.name if user else "somebody"
    if entry.action in ("delete", "merge") and entry.object != COMMENT:
        raise conflict(effect.object, effect.record_id, "", f"{who} has deleted it since")
    is_new = effect.was_created and effect.object != COMMENT
    shared = entry.members if is_new else entry.members & effect.members
    if shared & DERIVED.get(effect.object, frozenset()) and (
        effect.object != "deal" or deal_value.lines_of(crm, effect.record_id)
    ):
        shared -= DERIVED[effect.object]
    if shared:
        raise conflict(effect.object, effect.record_id, min(shared), f"{who} has changed it since")


def check_unused(crm: UnitOfWork, object: str, ids: Sequence[int]) -> None:
    """Raises `Conflict` when records that were added and are gone again are used by others."""
    for start in range(0, len(ids), _CHUNK):
        chunk = ids[start : start + _CHUNK]
        for column in _USED_BY.get(object, ()):
            named: Sequence[int | str] = _keys(crm, object, column, chunk)
            row = crm.db.row(_users_of(column, named))
            if row is not None:
                raise _in_use(object, dict(zip(named, chunk, strict=True))[row[0]], column.table.name, row[1])
        _check_custom_fields(crm, object, chunk)
        if object == "leadLabel":
            _check_labels(crm, chunk)


def _in_use(object: str, id: int, table: str, user_id: int) -> Conflict:
    return conflict(object, id, "", f"is used by others since: {table.replace('_', ' ')} {user_id}")


def _keys(crm: UnitOfWork, object: str, column: sa.Column[object], ids: Sequence[int]) -> Sequence[int | str]:
    """Returns what a column names records by: leads and types of activities have keys of their own."""
    key = {"lead": tables.leads.c.uuid, "activityType": tables.activity_types.c.key_string}.get(object)
    if key is None or not isinstance(column.type, sa.Text):
        return ids
    found: dict[int, str] = {}
    found.update(crm.db.rows(sa.select(key.table.c.id, key).where(key.table.c.id.in_(ids))))
    return [found[id] for id in ids]


def _users_of(column: sa.Column[object], named: Sequence[int | str]) -> sa.Select[tuple[object, int]]:
    """Returns a query for a live row that names one of some records."""
    table = column.table
    assert isinstance(table, sa.Table)
    owner = _OWNERS.get(table)
    shown = table.c.id if "id" in table.c else next(iter(table.primary_key))
    statement = sa.select(column, shown).where(column.in_(named))
    if "is_deleted" in table.c:
        statement = statement.where(table.c.is_deleted == sa.false())
    elif owner is not None:
        link = table.c[owner[0]]
        statement = statement.where(sa.exists().where(owner[1].c.id == link, owner[1].c.is_deleted == sa.false()))
    elif table is tables.roles:
        statement = statement.where(table.c.is_active == sa.true())
    return statement.limit(1)


def _check_custom_fields(crm: UnitOfWork, object: str, ids: Sequence[int]) -> None:
    for owner in TYPES_WITH_CUSTOM_FIELDS if object in LINK_FIELD_TYPES else ():
        columns = owner.table.c
        for key, field in crm.company_data.custom_fields("deal" if owner is LEAD else owner.object).items():
            if field.field_type == LINK_FIELD_TYPES[object]:  # type: ignore[index]
                named = sql_functions.json_number(crm.dialect, columns.custom_fields, key)
                statement = sa.select(named, columns.id).where(named.in_(ids), columns.is_deleted == sa.false())
                row = crm.db.row(statement.limit(1))
                if row is not None:
                    raise _in_use(object, int(row[0]), owner.table.name, row[1])


def _check_labels(crm: UnitOfWork, ids: Sequence[int]) -> None:
    labels, leads = tables.lead_labels.c, tables.leads.c
    for id, uuid in crm.db.rows(sa.select(labels.id, labels.uuid).where(labels.id.in_(ids))):
        these = sa.cast(leads.label_ids, sa.Text).contains(uuid) & (leads.is_deleted == sa.false())
        row = crm.db.row(sa.select(leads.id).where(these).limit(1))
        if row is not None:
            raise _in_use("leadLabel", id, "leads", row[0])


def same(name: str, one: Json, other: Json) -> bool:
    """Whether two values are the same, as the change log and the databases write them."""
    if name.endswith("_time") and isinstance(one, str) and isinstance(other, str):
        # PostgreSQL leaves out the zeros at the end.
        return one.rstrip("0").rstrip(".") == other.rstrip("0").rstrip(".")
    empty: tuple[Json, ...] = (None, [], {})
    return one == other or (one in empty and other in empty)


def _noun(object: str) -> str:
    kind = KINDS.get(object)
    return kind.record_type.noun if kind else object[:1].upper() + object[1:]


_deals, _activities, _projects = tables.deals, tables.activities, tables.projects
_OWNERS: Mapping[sa.Table, tuple[str, sa.Table]] = {
    tables.deal_participants: ("deal_id", _deals),
    tables.deal_products: ("deal_id", _deals),
    tables.deal_discounts: ("deal_id", _deals),
    tables.deal_installments: ("deal_id", _deals),
    tables.project_links: ("project_id", _projects),
}
"""The rows that are there as long as the record is that they belong to: the column that names it, and its table."""


def _links(name: str, *others: sa.Table) -> tuple[sa.Column[object], ...]:
    attached = (tables.notes, tables.files, tables.activities, tables.call_logs, tables.mail_threads)
    return tuple(table.c[name] for table in (*attached, *others) if name in table.c)


_parts_of_deals = (tables.deal_products, tables.deal_discounts, tables.deal_installments, tables.project_links)
_USED_BY: Mapping[str, tuple[sa.Column[object], ...]] = {
    "deal": (*_links("deal_id", *_parts_of_deals), tables.leads.c.source_deal_id),
    "lead": (*_links("lead_id"), _deals.c.source_lead_id),
    "person": _links(
        *("person_id", _deals, tables.leads, tables.deal_participants, tables.activity_participants),
        *(tables.project_links, tables.person_pictures),
    ),
    "organization": (
        *_links("org_id", _deals, tables.persons, tables.project_links),
        tables.leads.c.organization_id,
        tables.organization_relationships.c.rel_owner_org_id,
        tables.organization_relationships.c.rel_linked_org_id,
    ),
    "product": _links("product_id", tables.deal_products, tables.product_variations, tables.product_images),
    "productVariation": (tables.deal_products.c.product_variation_id,),
    "activity": _links("activity_id"),
    "activityType": (_activities.c.type,),
    "project": _links("project_id", tables.tasks),
    "projectBoard": (
        _projects.c.board_id,
        tables.project_phases.c.board_id,
        tables.project_templates.c.projects_board_id,
    ),
    "projectPhase": (_projects.c.phase_id, tables.tasks.c.phase_id, _activities.c.project_phase_id),
    "task": (tables.tasks.c.parent_task_id,),
    "note": (tables.note_comments.c.note_id,),
    "file": (tables.call_logs.c.recording_id,),
    "pipeline": (_deals.c.pipeline_id, tables.stages.c.pipeline_id),
    "stage": (_deals.c.stage_id,),
    "role": (tables.users.c.role_id, tables.roles.c.parent_role_id),
}
"""The columns in which others may name a record since it was added, by its type."""
