"""The picture of a person."""

from __future__ import annotations

from dealwright.contract.v2.contacts import person_pictures as contract
from dealwright.contract.v2.contacts.person_pictures import Picture
from dealwright.contract.v2.envelopes import Item
from dealwright.crm.contacts import pictures
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server import urls
from dealwright.server.binding import implements
from dealwright.server.v2 import envelopes


@implements(contract.get_persons_by_id_picture)
def get_persons_by_id_picture(crm: UnitOfWork, id: int) -> Item[Picture]:
    picture = pictures.get(crm, id)
    return envelopes.item(
        {
            "id": picture.id,
            "item_type": "person",
            "item_id": picture.person_id,
            "added_by_user_id": picture.added_by_user_id,
            "active_flag": not picture.is_deleted,
            "file_size": picture.file_size,
            "pictures": urls.picture_urls(crm, picture),
        }
    )
