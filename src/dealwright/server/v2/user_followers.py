"""The users who follow a user."""

from __future__ import annotations

from dealwright.contract.v2 import user_followers as contract
from dealwright.contract.v2.envelopes import Page
from dealwright.contract.v2.followers import Follower
from dealwright.crm.settings import USER
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v2 import followers


@implements(contract.get_users_by_id_followers)
def get_users_by_id_followers(crm: Crm, id: int, limit: int | None = None, cursor: str | None = None) -> Page[Follower]:
    return followers.page_of(crm, USER, id, limit, cursor)
