"""The picture of a person."""

from __future__ import annotations

from typing import Literal, TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v2.contacts.persons import READ
from dealwright.contract.v2.envelopes import Item


class Picture(TypedDict):
    """A picture of a person; ``pictures`` holds the address by edge length in pixels, 128 and 512."""

    id: int
    item_type: Literal["person"]
    item_id: int
    added_by_user_id: int
    active_flag: bool
    file_size: int
    pictures: dict[str, str]


@endpoint("GET /api/v2/persons/{id}/picture", group="Persons", scopes=READ, cost=1, documented=False)
def get_persons_by_id_picture(id: RecordId) -> Item[Picture]:
    """Get the picture of a person; 404 when it has none."""
