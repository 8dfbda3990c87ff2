"""The users of the demo company, their roles, permissions and teams, and its pipelines."""

from __future__ import annotations

from bisect import bisect
from random import Random
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm import provisioning
from dealwright.crm.deals import pipelines, stages
from dealwright.crm.kernel import visible_pipelines
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import account, permission_sets, roles, teams
from dealwright.storage import tables

_INITIAL_TABLES = (
    *(tables.users, tables.pipelines, tables.stages, tables.activity_types, tables.fields),
    *(tables.project_boards, tables.project_phases),
)
# The probability of each stage that a company starts with, and the days without news after which a deal rots there.
_SALES_STAGES = ((10, 21), (25, 21), (45, None), (65, 14), (85, None))
_RENEWAL_STAGES = (
    ("Up for Renewal", 50, 30),
    ("Terms Discussed", 65, None),
    ("Offer Sent", 80, 14),
    ("Agreed", 95, None),
)
_MANAGERS = permission_sets.NewSet(
    "Sales manager",
    "May also merge and delete, and sees how others do.",
    "sales",
    "manager",
    (
        *permission_sets.REGULAR_PERMISSIONS,
        *("can_delete_deals", "can_edit_deals_closed_date", "can_modify_labels", "can_see_other_users_statistics"),
        *("can_merge_deals", "can_merge_organizations", "can_merge_people"),
    ),
)
_CUMULATIVE_SHARES = (0.08, 0.25, 0.65, 1.0)


class DemoPipeline(NamedTuple):
    """A pipeline and its stages, by their ids and in order."""

    pipeline_id: int
    stage_ids: list[int]


class Team(NamedTuple):
    """The users by their roles, an admin, a manager and two sellers, and the two pipelines."""

    admin: int
    manager: int
    sellers: tuple[int, int]
    sales: DemoPipeline
    renewals: DemoPipeline

    def random_member(self, rng: Random) -> int:
        """Returns a random user: sellers more often than the others."""
        return (self.admin, self.manager, *self.sellers)[bisect(_CUMULATIVE_SHARES, rng.random())]

    def owner_in(self, pipeline_id: object, owner_id: int) -> int:
        """Returns who owns a deal of ``owner_id`` in a pipeline: renewals, which one seller does not see, the other one."""
        hunter, farmer = self.sellers
        return farmer if pipeline_id == self.renewals.pipeline_id and owner_id == hunter else owner_id


def set_up(crm: UnitOfWork) -> Team:
    """Adds users with roles of their own, and pipelines, to a new company.

    They and the initial records of the company are as old as the time of the unit.
    """
    for table in _INITIAL_TABLES:
        crm.db.execute(sa.update(table).values(add_time=crm.now, update_time=crm.now))
    crm.db.execute(sa.update(tables.lead_labels).values(add_time=crm.now_ms, update_time=crm.now_ms))
    crm.db.execute(sa.update(tables.changes).values(time=crm.now_ms))
    lead = _create_role(crm, "Sales management", None)
    new_business = _create_role(crm, "New business", lead)
    existing_customers = _create_role(crm, "Existing customers", lead)
    _create_role(crm, "Partners", None)
    manager = _create_user(crm, "Helena Brandt", "helena", lead, permission_sets.add(crm.db, _MANAGERS))
    sellers = (
        _create_user(crm, "Marcus Olin", "marcus", new_business),
        _create_user(crm, "Priya Nair", "priya", existing_customers),
    )
    crm.invalidate_company_data()
    sales, renewals = _set_up_sales_pipeline(crm), _create_renewal_pipeline(crm)
    roles.change_pipelines(crm, new_business, [], [renewals.pipeline_id])
    for name, description, members in (
        ("Sales floor", "Everybody who sells.", sellers),
        ("Account care", "Renewals, and customers who ask for something.", (manager, sellers[1])),
    ):
        teams.create(crm, {"name": name, "description": description, "manager_id": manager}, members)
    account.book_addon(crm, "leadbooster_v2")
    return Team(crm.actor.id, manager, sellers, sales, renewals)


def _create_role(crm: UnitOfWork, name: str, parent_role_id: int | None) -> int:
    return roles.create(crm, {"name": name, "parent_role_id": parent_role_id}).id


def _create_user(crm: UnitOfWork, name: str, mailbox: str, role_id: int, sales_set_id: str | None = None) -> int:
    currency = crm.company_data.company.default_currency
    return provisioning.create_user(
        crm.db,
        name,
        f"{mailbox}@example.com",
        crm.now,
        currency=currency,
        admin=False,
        role_id=role_id,
        actor_user_id=crm.actor.id,
        sales_set_id=sales_set_id,
    )


def _set_up_sales_pipeline(crm: UnitOfWork) -> DemoPipeline:
    pipeline = pipelines.update(crm, visible_pipelines.list_pipelines(crm)[0].id, {"name": "Sales pipeline"})
    ids = [stage.id for stage in visible_pipelines.list_stages(crm, pipeline.id)]
    for id, (probability, days) in zip(ids, _SALES_STAGES, strict=True):
        stages.update(
            crm,
            id,
            {"deal_probability": probability, "is_deal_rot_enabled": days is not None, "days_to_rotten": days},
        )
    return DemoPipeline(pipeline.id, ids)


def _create_renewal_pipeline(crm: UnitOfWork) -> DemoPipeline:
    pipeline = pipelines.create(crm, {"name": "Renewals", "is_deal_probability_enabled": True})
    ids = [
        stages.create(
            crm,
            {
                "name": name,
                "pipeline_id": pipeline.id,
                "deal_probability": probability,
                "is_deal_rot_enabled": days is not None,
                "days_to_rotten": days,
            },
        ).id
        for name, probability, days in _RENEWAL_STAGES
    ]
    return DemoPipeline(pipeline.id, ids)
