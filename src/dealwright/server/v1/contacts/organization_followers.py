"""The users who follow an organization."""

from __future__ import annotations

from dealwright.contract.v1.contacts import organization_followers as contract
from dealwright.contract.v1.contacts.organization_followers import OrganizationFollower
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.followers import NewFollower
from dealwright.crm.contacts.model import ORGANIZATION
from dealwright.crm.kernel.followers import Follower
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v1 import followers


def _show(follower: Follower) -> OrganizationFollower:
    return {
        "user_id": follower.user_id,
        "id": follower.id,
        "org_id": follower.record_id,
        "add_time": follower.add_time,
    }


@implements(contract.get_organizations_by_id_followers)
def get_organizations_by_id_followers(crm: UnitOfWork, id: int) -> Page[OrganizationFollower]:
    return followers.list_all(crm, ORGANIZATION, id, _show)


@implements(contract.post_organizations_by_id_followers)
def post_organizations_by_id_followers(crm: UnitOfWork, id: int, data: NewFollower) -> Item[OrganizationFollower]:
    return followers.add(crm, ORGANIZATION, id, data, _show)


@implements(contract.delete_organizations_by_id_followers_by_follower_id)
def delete_organizations_by_id_followers_by_follower_id(crm: UnitOfWork, id: int, follower_id: int) -> Item[Deleted]:
    return followers.remove(crm, ORGANIZATION, id, follower_id)
