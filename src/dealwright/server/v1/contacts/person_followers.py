"""The users who follow a person."""

from __future__ import annotations

from dealwright.contract.v1.contacts import person_followers as contract
from dealwright.contract.v1.contacts.person_followers import PersonFollower
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.followers import NewFollower
from dealwright.crm.contacts.model import PERSON
from dealwright.crm.kernel.followers import Follower
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v1 import followers


def _show(follower: Follower) -> PersonFollower:
    return {
        "user_id": follower.user_id,
        "id": follower.id,
        "person_id": follower.record_id,
        "add_time": follower.add_time,
    }


@implements(contract.get_persons_by_id_followers)
def get_persons_by_id_followers(crm: UnitOfWork, id: int) -> Page[PersonFollower]:
    return followers.list_all(crm, PERSON, id, _show)


@implements(contract.post_persons_by_id_followers)
def post_persons_by_id_followers(crm: UnitOfWork, id: int, data: NewFollower) -> Item[PersonFollower]:
    return followers.add(crm, PERSON, id, data, _show)


@implements(contract.delete_persons_by_id_followers_by_follower_id)
def delete_persons_by_id_followers_by_follower_id(crm: UnitOfWork, id: int, follower_id: int) -> Item[Deleted]:
    return followers.remove(crm, PERSON, id, follower_id)
