"""Pictures of persons: at most one for each person; a new one replaces it."""

from __future__ import annotations

from typing import BinaryIO, NamedTuple

from dealwright.crm.contacts.model import PERSON, Person
from dealwright.crm.correspondence.model import PICTURE, PersonPicture
from dealwright.crm.errors import NotFound
from dealwright.crm.kernel import records
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values import images
from dealwright.crm.values.images import Crop
from dealwright.storage.files import new_key
from dealwright.storage.tables.correspondence.files import PICTURE_SIZES

SIZES = PICTURE_SIZES
"""The edge lengths, in pixels, of the squares that are stored for a picture."""


def get(crm: UnitOfWork, person_id: int) -> PersonPicture:
    """Returns the picture of a person that the actor may see. Raises `NotFound`."""
    picture = _find(crm, records.get(crm, PERSON, person_id))
    if picture is None:
        raise NotFound("Picture not found")
    return picture


class NewPicture(NamedTuple):
    """A new picture, whose squares are in the file store already; ``size`` is that of the largest, in bytes."""

    key: str
    size: int


def prepare(preparation: Preparation, person_id: int, content: BinaryIO, crop: Crop | None = None) -> NewPicture:
    """Makes the squares of a picture and stores them, before the unit of work.

    Raises `Invalid`, and `NotFound` before it reads the picture.
    """
    with preparation.read() as crm:
        records.get(crm, PERSON, person_id)
    squares = images.make_square_jpegs(content, SIZES, crop, "file")
    key = new_key()
    for size, square in squares.items():
        preparation.new_files.put(square, storage_key(key, size))
    return NewPicture(key, len(squares[max(SIZES)]))


def put(crm: UnitOfWork, person_id: int, picture: NewPicture) -> PersonPicture:
    """Sets the picture of a person, replacing the previous one. Raises `NotFound`."""
    person = records.get(crm, PERSON, person_id)
    new = records.insert(
        crm,
        PICTURE,
        {
            "person_id": person_id,
            "content_key": picture.key,
            "file_size": picture.size,
            "added_by_user_id": crm.actor.id,
            "add_time": crm.now,
        },
    )
    _replace(crm, person, new.id)
    return new


def delete(crm: UnitOfWork, person_id: int) -> None:
    """Deletes the picture of a person, and a day later its content. Raises `NotFound`."""
    get(crm, person_id)
    _replace(crm, records.get(crm, PERSON, person_id), None)


def storage_key(key: str, size: int) -> str:
    """Returns the storage key of one size of a picture."""
    return f"{key}-{size}"


def _replace(crm: UnitOfWork, person: Person, id: int | None) -> None:
    before = _find(crm, person)
    if before is not None:
        records.delete(crm, PICTURE, before)
        for size in SIZES:
            crm.files.delete(storage_key(before.content_key, size))
    records.update(crm, PERSON, person, {"picture_id": id})


def _find(crm: UnitOfWork, person: Person) -> PersonPicture | None:
    return next(iter(records.in_bulk(crm, PICTURE, [person.picture_id]).values()), None)
