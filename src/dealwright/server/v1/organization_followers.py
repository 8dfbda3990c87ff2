"""The users who follow an organization."""

from __future__ import annotations

from dealwright.contract.v1 import organization_followers as contract
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.organization_followers import NewOrganizationFollower, OrganizationFollower
from dealwright.crm import followers, pages
from dealwright.crm.followers import Follower
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


def _show(follower: Follower) -> OrganizationFollower:
    return {
        "user_id": follower.user_id,
        "id": follower.id,
        "org_id": follower.record_id,
        "add_time": follower.add_time,
    }


@implements(contract.get_organizations_by_id_followers)
def get_organizations_by_id_followers(crm: Crm, id: int) -> Page[OrganizationFollower]:
    return envelopes.page(pages.whole(followers.listed(crm, ORGANIZATION, id, deleted=True)), _show)


@implements(contract.post_organizations_by_id_followers)
def post_organizations_by_id_followers(crm: Crm, id: int, data: NewOrganizationFollower) -> Item[OrganizationFollower]:
    return envelopes.item(_show(followers.follow(crm, ORGANIZATION, id, data.user_id, again=True)))


@implements(contract.delete_organizations_by_id_followers_by_follower_id)
def delete_organizations_by_id_followers_by_follower_id(crm: Crm, id: int, follower_id: int) -> Item[Deleted]:
    followers.unfollow(crm, ORGANIZATION, id, follower_id=follower_id)
    return envelopes.deleted(follower_id)
