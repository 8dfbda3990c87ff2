"""Members of records that are kept in other tables: how each is written back, and read as the change log has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from dealwright._json import Json
from dealwright.crm.kernel.record_types import FieldChange
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products import product_prices
from dealwright.crm.team import teams
from dealwright.crm.work import activity_participants, project_links, tasks


class Member(NamedTuple):
    """A member that is rows of another table.

    ``read`` returns it in the form of the change log, ``write`` makes it what it was and returns what has changed.
    """

    read: Callable[[UnitOfWork, Any], Json]
    write: Callable[[UnitOfWork, Any, Json], list[FieldChange]]


def find(object: str, name: str) -> Member | None:
    """Returns the member of a type of records with a name; None for one that is a column or a custom field."""
    return _MEMBERS.get((object, name))


def _list(value: Json) -> list[Any]:
    return value if isinstance(value, list) else []


def _read_prices(crm: UnitOfWork, product: Any) -> Json:
    return product_prices.to_json(product_prices.for_products(crm, [product.id])[product.id])


def _write_prices(crm: UnitOfWork, product: Any, value: Json) -> list[FieldChange]:
    before = _read_prices(crm, product)
    product_prices.replace(crm, product.id, _list(value))
    return [("prices", before, value)]


def _read_variation_prices(crm: UnitOfWork, variation: Any) -> Json:
    return product_prices.to_json(product_prices.for_variations(crm, [variation.id])[variation.id])


def _write_variation_prices(crm: UnitOfWork, variation: Any, value: Json) -> list[FieldChange]:
    before = _read_variation_prices(crm, variation)
    product_prices.replace_of_variation(crm, variation.id, _list(value))
    return [("prices", before, value)]


def _participants(crm: UnitOfWork, activity: Any) -> list[activity_participants.Participant]:
    return activity_participants.for_activities(crm, [activity.id]).get(activity.id, [])


def _read_participants(crm: UnitOfWork, activity: Any) -> Json:
    return [{"person_id": one.person_id, "primary": one.is_primary} for one in _participants(crm, activity)]


def _write_participants(crm: UnitOfWork, activity: Any, value: Json) -> list[FieldChange]:
    before, after = _participants(crm, activity), activity_participants.from_log(value)
    activity_participants.replace(crm, activity, before, after)
    return activity_participants.logged_change(before, after)


def _links(name: str) -> Member:
    def read(crm: UnitOfWork, project: Any) -> Json:
        return [*getattr(project_links.for_projects(crm, [project.id])[project.id], name)]

    def write(crm: UnitOfWork, project: Any, value: Json) -> list[FieldChange]:
        before = project_links.for_projects(crm, [project.id])[project.id]
        return project_links.replace(crm, project.id, before, {name: _list(value)})

    return Member(read, write)


def _read_assignees(crm: UnitOfWork, task: Any) -> Json:
    return [*tasks.assignees_of(crm, [task.id])[task.id]]


def _write_assignees(crm: UnitOfWork, task: Any, value: Json) -> list[FieldChange]:
    before = tasks.assignees_of(crm, [task.id])[task.id]
    return tasks.replace_assignees(crm, task, before, _list(value))


def _read_users(crm: UnitOfWork, team: Any) -> Json:
    return [*sorted(crm.company_data.team_members.get(team.id, frozenset()))]


def _write_users(crm: UnitOfWork, team: Any, value: Json) -> list[FieldChange]:
    return teams.replace_members(crm, team.id, frozenset(_list(value)))


_MEMBERS: Mapping[tuple[str, str], Member] = {
    ("product", "prices"): Member(_read_prices, _write_prices),
    ("productVariation", "prices"): Member(_read_variation_prices, _write_variation_prices),
    ("activity", "participants"): Member(_read_participants, _write_participants),
    **{("project", name): _links(name) for name in project_links.KINDS},
    ("task", "assignee_ids"): Member(_read_assignees, _write_assignees),
    ("team", "users"): Member(_read_users, _write_users),
}
