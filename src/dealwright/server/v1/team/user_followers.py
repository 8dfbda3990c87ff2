"""The users who follow a user."""

from __future__ import annotations

from dealwright.contract.v1.envelopes import List
from dealwright.contract.v1.team import user_followers as contract
from dealwright.crm.kernel import followers
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team.model import USER
from dealwright.server.binding import implements


@implements(contract.get_users_by_id_followers)
def get_users_by_id_followers(crm: UnitOfWork, id: int) -> List[int]:
    # Unlike other collections, one of ids is a list even when it is empty.
    return {"success": True, "data": [follower.user_id for follower in followers.list_followers(crm, USER, id)]}
