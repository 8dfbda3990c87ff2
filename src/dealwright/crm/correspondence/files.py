"""Files on other records. Their content is in the company's file store, or they are documents in Google Drive."""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Collection, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Literal, NamedTuple

import sqlalchemy as sa

from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.correspondence.model import FILE, File
from dealwright.crm.deals.model import DEAL
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.kernel import records
from dealwright.crm.kernel.criteria import lazy_criteria
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads import leads
from dealwright.crm.products.model import PRODUCT
from dealwright.crm.values import file_names
from dealwright.crm.values.formats import Values
from dealwright.crm.work.model import ACTIVITY, PROJECT
from dealwright.storage.tables import files

LINKS: Mapping[str, RecordType[Any]] = {
    "deal_id": DEAL,
    "person_id": PERSON,
    "org_id": ORGANIZATION,
    "product_id": PRODUCT,
    "activity_id": ACTIVITY,
    "project_id": PROJECT,
}
"""The record types that a file may be on, besides leads, which are linked by UUID."""

OWN_STORAGE, GOOGLE_DRIVE = "s3", "googledocs"
"""The API's names for the location of content: the company's file store, of any kind, and Google Drive."""

DocumentType = Literal["gdoc", "gslides", "gsheet", "gform", "gdraw"]


class NewContent(NamedTuple):
    """The content of a new file, which is in the file store already, and the name and the type that it came with."""

    key: str
    size: int
    name: str
    content_type: str


def prepare(
    preparation: Preparation, content: BinaryIO, *, size: int, name: str, content_type: str, links: Values
) -> NewContent:
    """Stores the content of a new file, before the unit of work.

    Raises `Invalid` for a record that the actor may not see, for which nothing is stored.
    """
    with preparation.read() as crm:
        _validated_links(crm, links)
    key = preparation.new_files.put(content)
    return NewContent(key, size, file_names.clean_name(name), content_type)


def upload(crm: UnitOfWork, content: NewContent, links: Values) -> File:
    """Adds a file and links it to records, or to none. Raises `Invalid` for a record that the actor may not see."""
    values = upload_values(content.name, content.content_type, content.size, content.key)
    return _add(crm, values | _validated_links(crm, links))


def upload_values(name: str, content_type: str, size: int, key: str) -> Values:
    """Returns the values of a file whose content is in the file store."""
    path = PurePosixPath(name)
    stored_name = f"{path.stem}_{key}{path.suffix}"
    return {
        "name": name,
        "file_name": stored_name,
        "file_type": _file_type(name, content_type),
        "content_type": content_type,
        "file_size": size,
        "remote_location": OWN_STORAGE,
        "remote_id": stored_name,
        "content_key": key,
    }


def link_document(
    crm: UnitOfWork,
    links: Values,
    *,
    title: str | None = None,
    type: DocumentType = "gdoc",
    remote_id: str | None = None,
) -> File:
    """Adds a document in Google Drive as a file of a record.

    No Google account can be connected, so nothing is requested from Google: a document without an id gets a random one,
    and one without a title has its id as its title. Raises `Invalid`.
    """
    id = remote_id or f"1{secrets.token_urlsafe(32)}"
    name = file_names.visible_text(title or id)[: file_names.MAX_LENGTH] or "file"
    values: Values = {
        "name": name,
        "file_name": name,
        "file_type": type,
        "content_type": f"application/vnd.google-apps.{type}",
        "file_size": 0,
        "remote_location": GOOGLE_DRIVE,
        "remote_id": id,
    }
    return _add(crm, values | _validated_links(crm, links))


def update(crm: UnitOfWork, id: int, values: Values) -> File:
    """Changes the name and the description of a file. Raises `NotFound`."""
    file = records.get(crm, FILE, id)
    if "name" in values:
        values = {**values, "name": file_names.clean_name(str(values["name"]))}
    return records.update(crm, FILE, file, values)


def delete(crm: UnitOfWork, id: int) -> None:
    """Deletes a file. Its content is kept for 30 more days. Raises `NotFound`."""
    file = records.get(crm, FILE, id)
    records.delete(crm, FILE, file)


def stream_content(crm: UnitOfWork, file: File) -> Iterator[bytes]:
    """Returns the content of a file in chunks. Raises `NotFound` for a deleted one, `Invalid` for a Google document."""
    if file.is_deleted:
        raise NotFound("File not found")
    if file.content_key is None:
        raise Invalid(f"The file is in Google Drive: https://drive.google.com/open?id={file.remote_id}")
    return crm.files.stream(file.content_key)


@lazy_criteria
def criteria(_crm: UnitOfWork, links: Mapping[str, int | str | None]) -> list[sa.ColumnElement[bool]]:
    """Returns the criteria of a list of files; ``links`` are ids of records by column."""
    link_criteria = [files.c[name] == id for name, id in links.items() if id is not None]
    return [files.c.is_deleted == sa.false(), *link_criteria]


def came_with_mail(did: bool) -> sa.ColumnElement[bool]:
    """Returns the criterion for files that came with mail, or for all others."""
    column = files.c.mail_message_id
    return column.is_not(None) if did else column.is_(None)


def came_with_messages(crm: UnitOfWork, ids: Collection[int]) -> list[File]:
    """Returns the files that came with some messages, in their order; whoever sees a message sees its files."""
    if not ids:
        return []
    found = records.select(crm, FILE, files.c.mail_message_id.in_(sorted(set(ids))), files.c.is_deleted == sa.false())
    return sorted(found, key=lambda file: file.id)


def newest_on_activities(crm: UnitOfWork, ids: Collection[int]) -> dict[int, File]:
    """Returns the newest file on each of some activities, by the id of the activity; whoever sees one sees its files."""
    if not ids:
        return {}
    found = records.select(crm, FILE, files.c.activity_id.in_(sorted(ids)), files.c.is_deleted == sa.false())
    return {file.activity_id: file for file in found if file.activity_id is not None}


def _add(crm: UnitOfWork, values: Values) -> File:
    complete: Values = {**values, "user_id": crm.actor.id, "add_time": crm.now, "update_time": crm.now}
    file = records.insert(crm, FILE, complete)
    records.touch(crm, DEAL, [file.deal_id])
    return file


def _validated_links(crm: UnitOfWork, links: Values) -> Values:
    """Returns the links of a new file. Raises `Invalid`."""
    found = leads.normalize_lead_id(links)
    for name, kind in LINKS.items():
        records.require_linked(crm, kind, found.get(name), name)
    leads.require_linked(crm, found.get("lead_id"), "lead_id")
    return found


def _file_type(name: str, content_type: str) -> str:
    """Returns the API's name for a type of file: the same for all images, else the ending of the file name."""
    guessed = mimetypes.guess_type(name)[0] or content_type
    if guessed.startswith("image/"):
        return "img"
    return PurePosixPath(name).suffix.removeprefix(".").lower() or "file"
