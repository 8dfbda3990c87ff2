"""Records as they are embedded in other v1 records: trimmed, with the id as ``value``."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class UserReference(TypedDict):
    """A user inside another record."""

    id: int
    name: str
    email: str
    has_pic: bool | int
    pic_hash: str | None
    active_flag: bool
    value: int


class ContactValue(TypedDict):
    """An e-mail address or a phone number of a person."""

    value: str
    primary: bool
    label: NotRequired[str]


class PersonReference(TypedDict):
    """A person inside another record."""

    active_flag: bool
    name: str
    email: list[ContactValue]
    phone: list[ContactValue]
    owner_id: NotRequired[int]
    value: int


class OrganizationReference(TypedDict):
    """An organization inside another record."""

    name: str
    people_count: int
    owner_id: int
    address: str | None
    active_flag: bool
    cc_email: str | None
    owner_name: NotRequired[str]
    label_ids: NotRequired[list[int]]
    value: int


class PictureProperties(TypedDict):
    """What is shown of a picture, alone and inside another record; ``pictures`` holds the address by edge length in pixels."""

    item_id: int
    active_flag: bool
    add_time: str
    update_time: str | None
    added_by_user_id: int
    pictures: dict[str, str]


class PictureReference(PictureProperties):
    """A picture of a person or an organization; ``pictures`` holds the address by edge length in pixels."""

    item_type: str
    value: int


class ActivityShare(TypedDict):
    """How many activities one user has in a list, by type, and the share of the list in percent."""

    activities: dict[str, int]
    name: str
    activity_count: int
    share: int


class DropBox(TypedDict):
    """The address whose mail is filed under the record."""

    dropbox_email: str
