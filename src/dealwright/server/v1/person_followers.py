"""The users who follow a person."""

from __future__ import annotations

from dealwright.contract.v1 import person_followers as contract
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.person_followers import NewPersonFollower, PersonFollower
from dealwright.crm import followers, pages
from dealwright.crm.followers import Follower
from dealwright.crm.model.persons import PERSON
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


def _show(follower: Follower) -> PersonFollower:
    return {
        "user_id": follower.user_id,
        "id": follower.id,
        "person_id": follower.record_id,
        "add_time": follower.add_time,
    }


@implements(contract.get_persons_by_id_followers)
def get_persons_by_id_followers(crm: Crm, id: int) -> Page[PersonFollower]:
    return envelopes.page(pages.whole(followers.listed(crm, PERSON, id, deleted=True)), _show)


@implements(contract.post_persons_by_id_followers)
def post_persons_by_id_followers(crm: Crm, id: int, data: NewPersonFollower) -> Item[PersonFollower]:
    return envelopes.item(_show(followers.follow(crm, PERSON, id, data.user_id, again=True)))


@implements(contract.delete_persons_by_id_followers_by_follower_id)
def delete_persons_by_id_followers_by_follower_id(crm: Crm, id: int, follower_id: int) -> Item[Deleted]:
    followers.unfollow(crm, PERSON, id, follower_id=follower_id)
    return envelopes.deleted(follower_id)
