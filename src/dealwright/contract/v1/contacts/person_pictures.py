"""The picture of a person."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import Upload, endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v1.contacts.persons import WRITE
from dealwright.contract.v1.envelopes import Deleted, Item
from dealwright.contract.v1.references import PictureProperties

Offset = Annotated[int, Meta(ge=0)]
Length = Annotated[int, Meta(ge=1)]


class Picture(PictureProperties):
    """A picture of a person; ``pictures`` holds the address by edge length in pixels, 128 and 512."""

    id: int
    item_type: Literal["person"]


class NewPicture(V1Body, kw_only=True):
    """A picture to upload, a GIF, JPEG or PNG, and the part of it to keep, in pixels.

    A part to keep must be a square; without one, a square around the middle is kept. It should have 128 pixels or more.
    """

    file: Upload
    crop_x: Offset | UnsetType | None = UNSET
    crop_y: Offset | UnsetType | None = UNSET
    crop_width: Length | UnsetType | None = UNSET
    crop_height: Length | UnsetType | None = UNSET


@endpoint("DELETE /v1/persons/{id}/picture", group="Persons", scopes=WRITE, cost=6)
def delete_persons_by_id_picture(id: RecordId) -> Item[Deleted]:
    """Delete the picture of a person."""


@endpoint("POST /v1/persons/{id}/picture", group="Persons", scopes=WRITE, cost=10, body="multipart")
def post_persons_by_id_picture(id: RecordId, data: NewPicture) -> Item[Picture]:
    """Give a person a picture, in place of the one before."""
