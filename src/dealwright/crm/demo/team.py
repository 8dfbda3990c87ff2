"""The people who use the demo company, and the boards they work on."""

from __future__ import annotations

from bisect import bisect
from random import Random
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm import boards, founding, pipelines, stages
from dealwright.crm.unit import Crm
from dealwright.crm.values import dumps
from dealwright.storage import tables

_FOUNDED_TABLES = (tables.users, tables.pipelines, tables.stages, tables.activity_types, tables.fields)
# The probability of each stage that a company starts with, and after how many days without news a deal rots there.
_SALES_STAGES = ((10, 21), (25, 21), (45, None), (65, 14), (85, None))
_RENEWAL_STAGES = (
    ("Up for Renewal", 50, 30),
    ("Terms Discussed", 65, None),
    ("Offer Sent", 80, 14),
    ("Agreed", 95, None),
)
_SHARES = (0.08, 0.25, 0.65, 1.0)


class Board(NamedTuple):
    """A pipeline and its stages, in order."""

    pipeline_id: int
    stage_ids: list[int]


class Team(NamedTuple):
    """Who does what: an admin, a manager, and two who sell."""

    admin: int
    manager: int
    sellers: tuple[int, int]
    sales: Board
    renewals: Board

    def member(self, chance: Random) -> int:
        """Somebody: the sellers more often than the others."""
        return (self.admin, self.manager, *self.sellers)[bisect(_SHARES, chance.random())]


def set_up(crm: Crm) -> Team:
    """Adds users in roles of their own, and the boards, to a company that has just been founded.

    They and what the company was founded with are as old as the moment of the unit.
    """
    for table in _FOUNDED_TABLES:
        crm.db.execute(sa.update(table).values(add_time=crm.now, update_time=crm.now))
    lead = _role(crm, "Sales management", crm.actor.role_id)
    manager = _user(crm, "Helena Brandt", "helena", lead)
    sellers = (
        _user(crm, "Marcus Olin", "marcus", _role(crm, "New business", lead)),
        _user(crm, "Priya Nair", "priya", _role(crm, "Existing customers", lead)),
    )
    crm.settings_changed()
    return Team(crm.actor.id, manager, sellers, _sales_board(crm), _renewal_board(crm))


def _role(crm: Crm, name: str, parent_role_id: int) -> int:
    values = {"parent_role_id": parent_role_id, "name": name, "settings": dumps(founding.ROLE_SETTINGS)}
    return crm.db.insert(tables.roles, {**values, "hidden_pipeline_ids": "[]"})


def _user(crm: Crm, name: str, mailbox: str, role_id: int) -> int:
    currency = crm.settings.company.default_currency
    return founding.add_user(
        crm.db, name, f"{mailbox}@example.com", crm.now, currency=currency, admin=False, role_id=role_id
    )


def _sales_board(crm: Crm) -> Board:
    pipeline = pipelines.update(crm, boards.pipelines(crm)[0].id, {"name": "Sales pipeline"})
    ids = [stage.id for stage in boards.stages(crm, pipeline.id)]
    for id, (probability, days) in zip(ids, _SALES_STAGES, strict=True):
        stages.update(
            crm,
            id,
            {"deal_probability": probability, "is_deal_rot_enabled": days is not None, "days_to_rotten": days},
        )
    return Board(pipeline.id, ids)


def _renewal_board(crm: Crm) -> Board:
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
    return Board(pipeline.id, ids)
