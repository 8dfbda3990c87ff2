"""Links between users and the video-call apps that they have installed."""

from __future__ import annotations

from dealwright.contract.v1.envelopes import Item
from dealwright.contract.v1.team import user_provider_links as contract
from dealwright.contract.v1.team.user_provider_links import Message, NewUserProviderLink
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import user_provider_links
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


@implements(contract.post_meetings_user_provider_links)
def post_meetings_user_provider_links(crm: UnitOfWork, data: NewUserProviderLink) -> Item[Message]:
    user_provider_links.link(
        crm,
        data.user_provider_id,
        user_id=data.user_id,
        company_id=data.company_id,
        client_id=data.marketplace_client_id,
    )
    return envelopes.item({"message": "The user was added successfully"})


@implements(contract.delete_meetings_user_provider_links_by_id)
def delete_meetings_user_provider_links_by_id(crm: UnitOfWork, id: str) -> Item[Message]:
    user_provider_links.unlink(crm, id)
    return envelopes.item({"message": "The user data was successfully removed"})
