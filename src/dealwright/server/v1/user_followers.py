"""The users who follow a user."""

from __future__ import annotations

from dealwright.contract.v1 import user_followers as contract
from dealwright.contract.v1.envelopes import List
from dealwright.crm import followers
from dealwright.crm.settings import USER
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements


@implements(contract.get_users_by_id_followers)
def get_users_by_id_followers(crm: Crm, id: int) -> List[int]:
    # Ids, unlike other things, are a list even when there are none.
    return {"success": True, "data": [follower.user_id for follower in followers.listed(crm, USER, id)]}
