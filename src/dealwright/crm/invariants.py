"""What is true of a company's rows between any two requests, and what is wrong with those of one company.

The checks walk declarations (what records keep, what refers to what, what is indexed), so that something new is
checked once it is declared.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from math import fsum
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.correspondence import mail_check
from dealwright.crm.deals import amounts_check
from dealwright.crm.history.merge import TYPES_WITH_CUSTOM_FIELDS
from dealwright.crm.history.purge import REFERENCES
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel import recount
from dealwright.crm.kernel.company_data import CompanyData
from dealwright.crm.kernel.counters import COPIES, COUNTING_TYPES
from dealwright.crm.leads.model import LEAD
from dealwright.crm.search import index_writer
from dealwright.crm.values.formats import loads
from dealwright.crm.work.model import ACTIVITY_DISTRIBUTIONS
from dealwright.storage import tables
from dealwright.storage.engines import Transaction
from dealwright.storage.tables.deals.deal_sums import AMOUNTS, KEYS, REBUILD_STATEMENTS

_AMOUNT_TOLERANCE = 1e-6


class Check(NamedTuple):
    """One kind of truth: ``find`` yields what is wrong, ``repair`` (if there is one) puts it right."""

    find: Callable[[Transaction, CompanyData], Iterator[str]]
    repair: Callable[[Transaction, CompanyData], None] | None = None


def find_problems(db: Transaction) -> list[str]:
    """Returns what is wrong with a company's rows, one line for each; nothing when all is well."""
    company_data = CompanyData(None, db)
    return [problem for check in CHECKS for problem in check.find(db, company_data)]


def repair(db: Transaction) -> None:
    """Makes anew, in a transaction that locks out other writers, what follows from other rows and is wrong."""
    company_data = CompanyData(None, db)
    for check in CHECKS:
        if check.repair is not None and any(True for _ in check.find(db, company_data)):
            check.repair(db, company_data)


def _wrong_counts(db: Transaction, _: CompanyData) -> Iterator[str]:
    for kind in COUNTING_TYPES:
        for id, column, kept, now in recount.wrong_values(db, kind):
            yield f"{kind.object} {id}: {column} is {kept} and should be {now}"


def _recount(db: Transaction, _: CompanyData) -> None:
    for kind in COUNTING_TYPES:
        recount.write(db, kind, sorted({id for id, *_ in recount.wrong_values(db, kind)}))


def _wrong_distributions(db: Transaction, _: CompanyData) -> Iterator[str]:
    for distribution in ACTIVITY_DISTRIBUTIONS:
        for key, kept, now in recount.wrong_numbers(db, distribution):
            done, other = (
                "done" if key.done else "to do",
                "" if key.is_primary else " that are another person's first of all",
            )
            named = f"activities {done} of type {key.type} of owner {key.owner_id}{other}"
            yield f"{key.object} {key.record_id}: the number of {named} is {kept} and should be {now}"


def _distribute(db: Transaction, _: CompanyData) -> None:
    for distribution in ACTIVITY_DISTRIBUTIONS:
        recount.write_numbers(db, distribution)


def _wrong_copies(db: Transaction, _: CompanyData) -> Iterator[str]:
    for copies in COPIES:
        for id in recount.wrong_copies(db, copies):
            yield f"{copies.table.name} {id}: {copies.relation.name} repeats other values than it has"


def _copy(db: Transaction, _: CompanyData) -> None:
    for copies in COPIES:
        recount.write_copies(db, copies)


def _wrong_amounts(db: Transaction, company_data: CompanyData) -> Iterator[str]:
    for table, id, column, stored, right in amounts_check.find(db, company_data):
        yield f"{table.name} {id}: {column} is {stored} and should be {right}"


def _calculate_amounts(db: Transaction, company_data: CompanyData) -> None:
    # The amounts of deals follow from those of their lines.
    while wrong := list(amounts_check.find(db, company_data)):
        amounts_check.write(db, wrong)


def _wrong_mail(db: Transaction, _: CompanyData) -> Iterator[str]:
    for table, id, column, stored, right in mail_check.find(db):
        yield f"{table.name} {id}: {column} is {stored} and should be {right}"


def _summarize_mail(db: Transaction, _: CompanyData) -> None:
    mail_check.write(db)


def _wrong_sums(db: Transaction, _: CompanyData) -> Iterator[str]:
    """Yields the sums of deals that SQLite has added up to something else than the deals make."""
    if db.dialect != "sqlite":
        return
    kept = {
        tuple(row[: len(KEYS)]): row[len(KEYS) :]
        for row in db.rows(
            sa.select(
                *(tables.deal_sums.c[name] for name in (*KEYS, "deals")),
                *(tables.deal_sums.c[name] + tables.deal_sums.c[f"{name}_rest"] for name in AMOUNTS),
            )
        )
    }
    columns = tables.deals.c
    amounts: dict[tuple[Any, ...], list[tuple[float, ...]]] = {}
    selected = sa.select(*(columns[name] for name in KEYS), columns.value, columns.probability)
    for *keys, value, probability in db.rows(selected.where(columns.is_deleted == sa.false())):
        weighted, unweighted = (0, value) if probability is None else (value * probability, 0)
        amounts.setdefault(tuple(keys), []).append((1, value, weighted, unweighted))
    now: dict[tuple[Any, ...], list[float]] = {
        keys: [fsum(column) for column in zip(*found, strict=True)] for keys, found in amounts.items()
    }
    for key in sorted(kept.keys() | now.keys(), key=str):
        one, other = list(kept.get(key, (0,) * 4)), now.get(key, [0.0] * 4)
        if any(abs(a - b) > _AMOUNT_TOLERANCE * max(1, abs(b)) for a, b in zip(one, other, strict=True)):
            named = ", ".join(f"{name} {value}" for name, value in zip(KEYS, key, strict=True))
            yield f"deal_sums of {named}: {one} and should be {other}"


def _add_up(db: Transaction, _: CompanyData) -> None:
    for statement in REBUILD_STATEMENTS:
        db.execute_sql(statement)


@functools.cache
def _links() -> tuple[tuple[tuple[sa.Column[Any], str], ...], sa.CompoundSelect[Any]]:
    """Returns the columns that name a record, each with the record's type, and one query for values that name none.

    Its rows are the column's place, the row's id and the value. Put together once: that takes longer than to ask a
    small company.
    """
    columns: list[tuple[sa.Column[Any], str]] = []
    queries: list[sa.Select[Any]] = []
    for kind, references in REFERENCES:
        for column in (*references.set_null, *references.cascade):
            table = column.table
            assert isinstance(table, sa.Table)
            known = kind.key if kind is LEAD and isinstance(column.type, sa.Text) else kind.table.c.id
            target = kind.table.alias()
            missing = ~sa.exists().where(target.c[known.name] == column)
            shown = table.c.id if "id" in table.c else next(iter(table.primary_key))
            place: sa.ColumnElement[Any] = sa.literal_column(str(len(columns)))
            texts = (sa.cast(shown, sa.Text), sa.cast(column, sa.Text))
            queries.append(sa.select(place, *texts).where(column.is_not(None), missing))
            columns.append((column, kind.object))
    return tuple(columns), sa.union_all(*queries)


def _dangling_links(db: Transaction, _: CompanyData) -> Iterator[str]:
    """Yields links to records that there are not. Those to deleted ones stay until these are removed."""
    columns, dangling = _links()
    for place, id, value in sorted(db.run(dangling, {}), key=lambda row: (row[0], len(row[1]), row[1])):
        column, object = columns[place]
        yield f"{column.table} {id}: {column.name} is {value}, and there is no such {object}"


def _misplaced_deals(db: Transaction, _: CompanyData) -> Iterator[str]:
    """Yields deals whose stage is none, is another pipeline's, or is deleted while they are open."""
    deals, stages, pipelines = tables.deals.c, tables.stages, tables.pipelines
    joined = tables.deals.outerjoin(stages, stages.c.id == deals.stage_id)
    columns = (deals.id, deals.stage_id, deals.pipeline_id, stages.c.pipeline_id, deals.status)
    is_open = (deals.is_deleted == sa.false()) & (deals.status == "open")
    wrong = sa.or_(
        stages.c.id.is_(None), stages.c.pipeline_id != deals.pipeline_id, is_open & (stages.c.is_deleted == sa.true())
    )
    for id, stage, pipeline, of_stage, _status in db.rows(
        sa.select(*columns).select_from(joined).where(wrong).order_by(deals.id)
    ):
        if of_stage is None:
            yield f"deal {id}: there is no stage {stage}"
        elif of_stage != pipeline:
            yield f"deal {id}: its pipeline is {pipeline}, and that of its stage {stage} is {of_stage}"
        else:
            yield f"deal {id}: it is open, and its stage {stage} is deleted"
    missing = ~sa.exists().where(pipelines.c.id == stages.c.pipeline_id)
    for id, pipeline in db.rows(sa.select(stages.c.id, stages.c.pipeline_id).where(missing)):
        yield f"stage {id}: there is no pipeline {pipeline}"


def _misplaced_projects(db: Transaction, _: CompanyData) -> Iterator[str]:
    """Yields projects that are not where their phase is, and tasks and activities whose place is not in their project."""
    projects, phases, tasks, groups = tables.projects, tables.project_phases, tables.tasks, tables.project_groups
    boards, activities, parents = tables.project_boards, tables.activities, tables.tasks.alias()
    is_open = (projects.c.is_deleted == sa.false()) & (projects.c.status == "open")
    wrong = sa.or_(
        phases.c.id.is_(None), phases.c.board_id != projects.c.board_id, is_open & (phases.c.is_deleted == sa.true())
    )
    joined = projects.outerjoin(phases, phases.c.id == projects.c.phase_id)
    columns = (projects.c.id, projects.c.phase_id, projects.c.board_id)
    for id, phase, board in db.rows(sa.select(*columns).select_from(joined).where(wrong).order_by(projects.c.id)):
        yield f"project {id}: its phase {phase} is none of board {board}, or is deleted while it is open"
    missing = ~sa.exists().where(boards.c.id == phases.c.board_id)
    for id, board in db.rows(sa.select(phases.c.id, phases.c.board_id).where(missing)):
        yield f"phase {id}: there is no board {board}"
    misled = sa.or_(parents.c.project_id != tasks.c.project_id, parents.c.parent_task_id.is_not(None))
    subtasks = tasks.join(parents, parents.c.id == tasks.c.parent_task_id)
    for id in db.values(sa.select(tasks.c.id).select_from(subtasks).where(misled).order_by(tasks.c.id)):
        yield f"task {id}: its parent is a subtask, or one of another project"
    for table, phase_name, group_name in (
        (tasks, "phase_id", "group_id"),
        (activities, "project_phase_id", "project_group_id"),
    ):
        phase, group = table.c[phase_name], table.c[group_name]
        placed = table.outerjoin(projects, projects.c.id == table.c.project_id)
        placed = placed.outerjoin(phases, phases.c.id == phase).outerjoin(groups, groups.c.id == group)
        elsewhere = sa.or_(
            phase.is_not(None) & phases.c.board_id.is_distinct_from(projects.c.board_id),
            phase.is_not(None) & (phases.c.is_deleted == sa.true()),
            group.is_not(None) & groups.c.project_id.is_distinct_from(table.c.project_id),
        )
        for id in db.values(sa.select(table.c.id).select_from(placed).where(elsewhere).order_by(table.c.id)):
            yield f"{table.name} {id}: its place in the plan is not one of its project"


def _relations_to_nothing(db: Transaction, _: CompanyData) -> Iterator[str]:
    """Yields followers and entries of the change log about records that there are not, and followers who are nobody."""
    followers, changes = tables.followers.c, tables.changes.c
    removed = tables.changes.alias()
    # Of a record that was removed for good, the entry of its deletion stays.
    was_deleted = sa.exists().where(
        removed.c.object == changes.object,
        removed.c.record_id == changes.record_id,
        removed.c.action.in_(("delete", "merge")),
    )

    def is_missing(object: Any, record_id: Any) -> sa.ColumnElement[bool]:
        return sa.or_(
            *(
                (object == kind.object) & ~sa.exists().where(kind.table.c.id == record_id)
                for kind, _references in REFERENCES
            )
        )

    nobody = sa.select(followers.id, followers.object, followers.record_id)
    for id, object, record_id in db.rows(nobody.where(is_missing(followers.object, followers.record_id))):
        yield f"followers {id}: there is no {object} {record_id}"
    nothing = sa.select(changes.id, changes.object, changes.record_id)
    for id, object, record_id in db.rows(nothing.where(is_missing(changes.object, changes.record_id), ~was_deleted)):
        yield f"changes {id}: there is no {object} {record_id}"
    unknown = ~sa.exists().where(tables.users.c.id == followers.user_id)
    for id, user_id in db.rows(sa.select(followers.id, followers.user_id).where(unknown)):
        yield f"followers {id}: there is no user {user_id}"


def _dangling_values(db: Transaction, company_data: CompanyData) -> Iterator[str]:
    """Yields values of custom fields that name persons, organizations, users or options that there are not."""
    for kind in TYPES_WITH_CUSTOM_FIELDS:
        fields = company_data.custom_fields("deal" if kind is LEAD else kind.object)
        known = {key: ids for key, field in fields.items() if (ids := _known_ids(db, company_data, field)) is not None}
        if not known:
            continue
        columns = kind.table.c
        for id, text in db.rows(sa.select(columns.id, columns.custom_fields).order_by(columns.id)):
            for key, value in loads(text).items():
                named = value if isinstance(value, list) else [value]
                for one in named if key in known else ():
                    if isinstance(one, int) and one not in known[key]:
                        yield f"{kind.object} {id}: custom field {key} names {one}, which there is not"
    labels = set(db.values(sa.select(tables.lead_labels.c.uuid).where(tables.lead_labels.c.is_deleted == sa.false())))
    leads = tables.leads.c
    for id, text in db.rows(sa.select(leads.id, leads.label_ids).where(leads.is_deleted == sa.false())):
        for label in loads(text):
            if label not in labels:
                yield f"lead {id}: it has the label {label}, which there is not"


def _known_ids(db: Transaction, company_data: CompanyData, field: Field) -> set[Json] | None:
    """Returns the ids that the values of a field may have; None for a field of a type that has no ids."""
    table = {"people": tables.persons, "org": tables.organizations, "user": tables.users}.get(field.field_type)
    if table is not None:
        return set(db.values(sa.select(table.c.id)))
    if field.field_type in ("enum", "set"):
        return {*company_data.options(field.id), *company_data.deleted_options(field.id)}
    return None


def _wrong_team(_: Transaction, company_data: CompanyData) -> Iterator[str]:
    """Yields users, roles and teams that name roles, permission sets or users that there are not, and roles in a circle."""
    live_roles = {role.id for role in company_data.roles.values() if role.is_active}
    for user in company_data.users.values():
        if user.role_id not in live_roles:
            yield f"user {user.id}: there is no role {user.role_id}"
        for entry in loads(user.access):
            if (set_id := entry["permission_set_id"]) and set_id not in company_data.permission_sets:
                yield f"user {user.id}: there is no permission set {set_id}"
    for role in company_data.roles.values():
        if role.is_active and role.parent_role_id not in (None, *live_roles):
            yield f"role {role.id}: there is no role {role.parent_role_id} above it"
    yield from _circles({role.id: role.parent_role_id for role in company_data.roles.values() if role.is_active})
    for team in company_data.teams.values():
        for user_id in {team.manager_id, team.created_by_user_id} - company_data.users.keys():
            yield f"team {team.id}: there is no user {user_id}"
    for team_id, members in company_data.team_members.items():
        if team_id not in company_data.teams:
            yield f"team_members: there is no team {team_id}"
        for user_id in members - company_data.users.keys():
            yield f"team_members of team {team_id}: there is no user {user_id}"


def _circles(parents: dict[int, int | None]) -> Iterator[str]:
    """Yields the roles that do not lead up to one without a role above it."""
    sound: set[int | None] = {None}
    for start in parents:
        path: list[int] = []
        id: int | None = start
        while id is not None and id not in sound and id not in path:
            path.append(id)
            id = parents.get(id)
        if id in path:
            yield f"role {start}: it is below itself, or below a role that is"
        else:
            sound |= {*path}


def _wrong_conversations(db: Transaction, _: CompanyData) -> Iterator[str]:
    """Yields conversations with another number of messages than they say, of users who are none, and messages of none."""
    chats, messages, users = tables.chat_conversations.c, tables.chat_messages.c, tables.users
    count = sa.select(sa.func.count()).where(messages.conversation_id == chats.id).scalar_subquery()
    for id, kept, now in db.rows(sa.select(chats.id, chats.message_count, count).where(chats.message_count != count)):
        yield f"chat_conversations {id}: message_count is {kept} and should be {now}"
    unknown = ~sa.exists().where(users.c.id == chats.user_id)
    for id, user_id in db.rows(sa.select(chats.id, chats.user_id).where(unknown)):
        yield f"chat_conversations {id}: there is no user {user_id}"
    missing = ~sa.exists().where(chats.id == messages.conversation_id)
    for id, conversation_id in db.rows(sa.select(messages.id, messages.conversation_id).where(missing)):
        yield f"chat_messages {id}: there is no conversation {conversation_id}"


def _count_messages(db: Transaction, _: CompanyData) -> None:
    chats, messages = tables.chat_conversations.c, tables.chat_messages.c
    count = sa.select(sa.func.count()).where(messages.conversation_id == chats.id).scalar_subquery()
    db.execute(sa.update(tables.chat_conversations).values(message_count=count))


def _wrong_scripts(db: Transaction, _: CompanyData) -> Iterator[str]:
    scripts, versions, users = tables.scripts.c, tables.script_versions.c, tables.users.c
    latest = sa.select(sa.func.max(versions.version)).where(versions.script_id == scripts.id).scalar_subquery()
    wrong = latest.is_(None) | (latest != scripts.version)
    for id, version in db.rows(sa.select(scripts.id, scripts.version).where(wrong)):
        yield f"scripts {id}: there is no version {version}, or a later one"
    for name in ("scripts", "script_runs", "script_schedules"):
        columns = tables.metadata.tables[name].c
        unknown = ~sa.exists().where(users.id == columns.user_id)
        for id, user_id in db.rows(sa.select(columns.id, columns.user_id).where(unknown)):
            yield f"{name} {id}: there is no user {user_id}"
    for name in ("script_versions", "script_schedules"):
        columns = tables.metadata.tables[name].c
        missing = ~sa.exists().where(scripts.id == columns.script_id)
        for id, script_id in db.rows(sa.select(columns.id, columns.script_id).where(missing)):
            yield f"{name} {id}: there is no script {script_id}"
    output, runs = tables.script_output.c, tables.script_runs.c
    missing = ~sa.exists().where(runs.id == output.run_id)
    for id, run_id in db.rows(sa.select(output.id, output.run_id).where(missing)):
        yield f"script_output {id}: there is no run {run_id}"
    schedules = tables.script_schedules.c
    times = (schedules.every_minutes.is_(None) == schedules.cron.is_(None)) | (
        (schedules.is_on == sa.true()) & schedules.next_time.is_(None)
    )
    for id in db.values(sa.select(schedules.id).where(times)):
        yield f"script_schedules {id}: it has no times"


def _wrong_texts(db: Transaction, company_data: CompanyData) -> Iterator[str]:
    for name, id in index_writer.wrong_texts(db, company_data):
        yield f"search index: the text of {name} {id} is not that of the record"


def _index(db: Transaction, company_data: CompanyData) -> None:
    index_writer.rebuild_index(db, company_data)


CHECKS: tuple[Check, ...] = (
    # Counts follow from copies, and these from what they are of, so that those are made first.
    Check(_wrong_mail, _summarize_mail),
    Check(_wrong_copies, _copy),
    Check(_wrong_counts, _recount),
    Check(_wrong_distributions, _distribute),
    Check(_wrong_amounts, _calculate_amounts),
    Check(_wrong_sums, _add_up),
    Check(_dangling_links),
    Check(_misplaced_deals),
    Check(_misplaced_projects),
    Check(_relations_to_nothing),
    Check(_dangling_values),
    Check(_wrong_team),
    Check(_wrong_conversations, _count_messages),
    Check(_wrong_scripts),
    Check(_wrong_texts, _index),
)
