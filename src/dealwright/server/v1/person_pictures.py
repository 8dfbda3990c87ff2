"""The picture of a person."""

from __future__ import annotations

from msgspec import UNSET

from dealwright.contract.v1 import person_pictures as contract
from dealwright.contract.v1.envelopes import Deleted, Item
from dealwright.contract.v1.person_pictures import NewPicture, Picture
from dealwright.crm import pictures
from dealwright.crm.imaging import Crop
from dealwright.crm.model.files import PersonPicture
from dealwright.crm.unit import Crm
from dealwright.server import addresses
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes
from dealwright.server.v1.references import NEVER


def show(crm: Crm, picture: PersonPicture) -> Picture:
    """A picture as v1 writes it where it stands alone."""
    return {
        "id": picture.id,
        "item_type": "person",
        "item_id": picture.person_id,
        "active_flag": not picture.is_deleted,
        "add_time": picture.add_time,
        "update_time": picture.update_time or NEVER,
        "added_by_user_id": picture.added_by_user_id,
        "pictures": addresses.of_picture(crm, picture),
    }


@implements(contract.delete_persons_by_id_picture)
def delete_persons_by_id_picture(crm: Crm, id: int) -> Item[Deleted]:
    pictures.delete(crm, id)
    return envelopes.deleted(id)


@implements(contract.post_persons_by_id_picture)
def post_persons_by_id_picture(crm: Crm, id: int, data: NewPicture) -> Item[Picture]:
    return envelopes.item(show(crm, pictures.put(crm, id, data.file.content, _crop(data))))


def _crop(data: NewPicture) -> Crop | None:
    """The part to keep; None when nothing is said about it."""
    x, y, width, height = (
        None if value is UNSET else value for value in (data.crop_x, data.crop_y, data.crop_width, data.crop_height)
    )
    if x is None and y is None and width is None and height is None:
        return None
    return Crop(x or 0, y or 0, width, height)
