"""The picture of a person."""

from __future__ import annotations

from msgspec import UNSET

from dealwright.contract.v1.contacts import person_pictures as contract
from dealwright.contract.v1.contacts.person_pictures import NewPicture, Picture
from dealwright.contract.v1.envelopes import Deleted, Item
from dealwright.crm.contacts import pictures
from dealwright.crm.correspondence.model import PersonPicture
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.images import Crop
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes
from dealwright.server.v1.embedded_records import picture_properties


def show(crm: UnitOfWork, picture: PersonPicture) -> Picture:
    """Returns a picture as v1 writes it where it stands alone."""
    return {"id": picture.id, "item_type": "person", **picture_properties(crm, picture)}


@implements(contract.delete_persons_by_id_picture)
def delete_persons_by_id_picture(crm: UnitOfWork, id: int) -> Item[Deleted]:
    pictures.delete(crm, id)
    return envelopes.deleted(id)


def _prepare_new(preparation: Preparation, id: int, data: NewPicture) -> pictures.NewPicture:
    return pictures.prepare(preparation, id, data.file.content, _crop(data))


@implements(contract.post_persons_by_id_picture, prepare=_prepare_new, waits=True)
def post_persons_by_id_picture(
    crm: UnitOfWork, picture: pictures.NewPicture, id: int, data: NewPicture
) -> Item[Picture]:
    return envelopes.item(show(crm, pictures.put(crm, id, picture)))


def _crop(data: NewPicture) -> Crop | None:
    """Returns the part of the picture to keep; None when the body gives none."""
    x, y, width, height = (
        None if value is UNSET else value for value in (data.crop_x, data.crop_y, data.crop_width, data.crop_height)
    )
    if x is None and y is None and width is None and height is None:
        return None
    return Crop(x or 0, y or 0, width, height)
