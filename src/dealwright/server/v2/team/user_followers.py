"""The users who follow a user."""

from __future__ import annotations

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.envelopes import Page
from dealwright.contract.v2.followers import Follower
from dealwright.contract.v2.team import user_followers as contract
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team.model import USER
from dealwright.server.binding import implements
from dealwright.server.v2 import followers


@implements(contract.get_users_by_id_followers)
def get_users_by_id_followers(crm: UnitOfWork, id: int, page: CursorPaging) -> Page[Follower]:
    return followers.list_page(crm, USER, id, page)
