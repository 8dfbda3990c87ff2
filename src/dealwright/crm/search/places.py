"""Where searches look: in which columns of which kinds of records, and what of them is text.

A place and a record make the number of a text in the index (`number_of`): the texts of a place lie together, the newest record
last, and those of the better places come after those of the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from dealwright._json import Json
from dealwright.crm import markup
from dealwright.crm.fields import searching
from dealwright.crm.kinds import Kind, Object
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.files import FILE
from dealwright.crm.model.leads import LEAD
from dealwright.crm.model.notes import NOTE
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.model.products import PRODUCT
from dealwright.crm.settings import Settings

_RECORD_BITS = 40


class Place(NamedTuple):
    """A column that is searched. ``field`` is what the API calls it, ``rank`` says how good it is to be found there.

    ``values`` are the texts in what the column holds. Ranks are in the numbers of stored texts: they stay as they are.
    """

    rank: int
    kind: Kind[Any]
    field: str
    column: str
    values: Callable[[Settings, Json], Iterable[str]]

    def number_of(self, record_id: int) -> int:
        """The number that the text of a record has in the index."""
        return (self.rank << _RECORD_BITS) + record_id


def at(number: int) -> tuple[Place, int]:
    """The place and the record whose text has a number."""
    return _BY_RANK[number >> _RECORD_BITS], number & ((1 << _RECORD_BITS) - 1)


def ranges(chosen: Iterable[Place]) -> list[tuple[int, int]]:
    """The first and the last number of places, the best first; places that follow each other make one range."""
    ranks = {place.rank for place in chosen}
    found: list[tuple[int, int]] = []
    previous_chosen = False
    for place in PLACES:
        if place.rank in ranks:
            first = place.number_of(0)
            last = found.pop()[1] if previous_chosen else place.number_of((1 << _RECORD_BITS) - 1)
            found.append((first, last))
        previous_chosen = place.rank in ranks
    return found


def _plain(settings: Settings, value: Json) -> Iterable[str]:
    return [str(value)] if value else []


def _contacts(settings: Settings, value: Json) -> list[str]:
    """E-mail addresses or phone numbers."""
    return [str(entry["value"]) for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _phones(settings: Settings, value: Json) -> Iterable[str]:
    """Phone numbers, as they are written and without what only structures them."""
    written = _contacts(settings, value)
    bare = (number.translate(_STRUCTURE) for number in written)
    return dict.fromkeys([*written, *bare])


def _address(settings: Settings, value: Json) -> Iterable[str]:
    return [str(value["value"])] if isinstance(value, dict) else []


def _html(settings: Settings, value: Json) -> Iterable[str]:
    return [markup.text(str(value))] if value else []


def _custom(object: Object, settings: Settings, value: Json) -> Iterable[str]:
    return searching.texts(settings, object, value).values() if isinstance(value, dict) else []


def _custom_fields(rank: int, kind: Kind[Any]) -> Place:
    return Place(rank, kind, "custom_fields", "custom_fields", partial(_custom, kind.object))


_STRUCTURE = str.maketrans("", "", " ()-./")

NOTES = Place(130, NOTE, "notes", "content", _html)
"""Notes, which are found as what they lie on."""

# Titles and names come first: their beginnings are in order (`storage.tables.search.STARTS_FROM`). Of the rest, what is in one
# kind of record is side by side.
PLACES = (
    Place(200, DEAL, "title", "title", _plain),
    Place(190, ORGANIZATION, "name", "name", _plain),
    Place(180, PERSON, "name", "name", _plain),
    Place(170, LEAD, "title", "title", _plain),
    Place(160, PRODUCT, "name", "name", _plain),
    Place(150, FILE, "name", "name", _plain),
    _custom_fields(140, DEAL),
    NOTES,
    Place(120, PERSON, "email", "emails", _contacts),
    Place(110, PERSON, "phone", "phones", _phones),
    _custom_fields(100, PERSON),
    Place(90, PERSON, "notes", "notes", _html),
    Place(80, ORGANIZATION, "address", "address", _address),
    _custom_fields(70, ORGANIZATION),
    _custom_fields(60, LEAD),
    Place(50, PRODUCT, "code", "code", _plain),
    _custom_fields(40, PRODUCT),
)
"""All places, the best first."""

_BY_RANK = {place.rank: place for place in PLACES}

OF_KIND: Mapping[Object, Sequence[Place]] = {
    place.kind.object: tuple(other for other in PLACES if other.kind is place.kind) for place in PLACES
}
"""The places of each kind of record."""
