"""The pictures of persons. A person has one at a time; another one takes its place."""

from __future__ import annotations

from dealwright.crm import imaging, records
from dealwright.crm.errors import NotFound
from dealwright.crm.imaging import Crop
from dealwright.crm.model.files import PICTURE, PersonPicture
from dealwright.crm.model.persons import PERSON, Person
from dealwright.crm.unit import Crm
from dealwright.storage.files import new_key

SIZES = (128, 512)
"""The lengths of the edges of the squares that are made of a picture."""


def get(crm: Crm, person_id: int) -> PersonPicture:
    """The picture of a person that the actor sees. Raises `NotFound`."""
    picture = _of(crm, records.get(crm, PERSON, person_id))
    if picture is None:
        raise NotFound("Picture not found")
    return picture


def put(crm: Crm, person_id: int, content: bytes, crop: Crop | None = None) -> PersonPicture:
    """Gives a person a picture, in place of the one before. Raises `NotFound` and `Invalid`."""
    person = records.get(crm, PERSON, person_id)
    squares = imaging.squares(content, SIZES, crop, "file")
    key = new_key()
    for size, square in squares.items():
        crm.files.put(square, stored_under(key, size))
    id = records.insert(
        crm,
        PICTURE,
        {
            "person_id": person_id,
            "content_key": key,
            "file_size": len(squares[max(SIZES)]),
            "added_by_user_id": crm.actor.id,
            "add_time": crm.now,
        },
    )
    _replace(crm, person, id)
    return records.reread(crm, PICTURE, id)


def delete(crm: Crm, person_id: int) -> None:
    """Deletes the picture of a person; its content is gone at once. Raises `NotFound`."""
    get(crm, person_id)
    _replace(crm, records.get(crm, PERSON, person_id), None)


def stored_under(key: str, size: int) -> str:
    """The key of one size of a picture in the store."""
    return f"{key}-{size}"


def _replace(crm: Crm, person: Person, id: int | None) -> None:
    before = _of(crm, person)
    if before is not None:
        records.delete(crm, PICTURE, before)
        for size in SIZES:
            crm.files.delete(stored_under(before.content_key, size))
    records.update(crm, PERSON, person, {"picture_id": id})


def _of(crm: Crm, person: Person) -> PersonPicture | None:
    return next(iter(records.many(crm, PICTURE, [person.picture_id]).values()), None)
