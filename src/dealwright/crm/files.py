"""Files on other records: their content is kept here, or they are documents in somebody's Google Drive."""

from __future__ import annotations

import mimetypes
import re
import secrets
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Literal

import sqlalchemy as sa

from dealwright.crm import counters, leads, records
from dealwright.crm.criteria import asked
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.kinds import Kind
from dealwright.crm.model.activities import ACTIVITY
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.files import FILE, File
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.model.products import PRODUCT
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
from dealwright.storage.tables import files

LINKS: Mapping[str, Kind[Any]] = {
    "deal_id": DEAL,
    "person_id": PERSON,
    "org_id": ORGANIZATION,
    "product_id": PRODUCT,
    "activity_id": ACTIVITY,
}
"""What a file may lie on, besides a lead, which goes by its UUID."""

HERE, GOOGLE_DRIVE = "s3", "googledocs"
"""What the API calls the places where content is: ours, whatever it is in fact, and Google's."""

DocumentType = Literal["gdoc", "gslides", "gsheet", "gform", "gdraw"]

LONGEST_NAME = 255


def upload(crm: Crm, content: bytes, *, name: str, content_type: str, links: Values) -> File:
    """Keeps a file and hangs it on records, or on none. Raises `Invalid` for a record that the actor does not see."""
    linked = _linked(crm, links)
    key = crm.files.put(content)
    return _add(crm, values_of(clean_name(name), content_type, len(content), key) | linked)


def values_of(name: str, content_type: str, size: int, key: str) -> Values:
    """What is known of a file whose content is kept here."""
    path = PurePosixPath(name)
    stored_name = f"{path.stem}_{key}{path.suffix}"
    return {
        "name": name,
        "file_name": stored_name,
        "file_type": _type(name, content_type),
        "content_type": content_type,
        "file_size": size,
        "remote_location": HERE,
        "remote_id": stored_name,
        "content_key": key,
    }


def link_document(
    crm: Crm, links: Values, *, title: str | None = None, type: DocumentType = "gdoc", remote_id: str | None = None
) -> File:
    """Hangs a document in Google Drive on a record.

    No Google account can be connected, so nothing is asked of Google: a document without an id gets one that is as good
    as any for trying things, and one without a title is called by its id. Raises `Invalid`.
    """
    id = remote_id or f"1{secrets.token_urlsafe(32)}"
    values: Values = {
        "name": (title or id)[:LONGEST_NAME],
        "file_name": title or id,
        "file_type": type,
        "content_type": f"application/vnd.google-apps.{type}",
        "file_size": 0,
        "remote_location": GOOGLE_DRIVE,
        "remote_id": id,
    }
    return _add(crm, values | _linked(crm, links))


def update(crm: Crm, id: int, values: Values) -> File:
    """Changes the name and the description of a file. Raises `NotFound`."""
    return records.update(crm, FILE, records.get(crm, FILE, id), values)


def delete(crm: Crm, id: int) -> None:
    """Deletes a file; its content is kept for 30 more days. Raises `NotFound`."""
    file = records.get(crm, FILE, id)
    records.delete(crm, FILE, file)
    _recount(crm, file)


def content(crm: Crm, file: File) -> Iterator[bytes]:
    """What is in a file, in chunks. Raises `NotFound` for a deleted one, and `Invalid` for one that is kept elsewhere."""
    if file.is_deleted:
        raise NotFound("File not found")
    if file.content_key is None:
        raise Invalid(f"The file is in Google Drive: https://drive.google.com/open?id={file.remote_id}")
    return crm.files.stream(file.content_key)


@asked
def criteria(_crm: Crm, links: Mapping[str, int | str | None]) -> list[sa.ColumnElement[bool]]:
    """What a list of the files of records asks for, as criteria; ``links`` are by column."""
    on = [files.c[name] == id for name, id in links.items() if id is not None]
    return [files.c.is_deleted == sa.false(), *on]


def clean_name(sent: str) -> str:
    """The name that a sender gave to a file, without folders and without characters that only steer a screen."""
    last = re.split(r"[/\\]", sent)[-1].encode(errors="replace").decode()
    visible = "".join(character for character in last if unicodedata.category(character)[0] != "C").strip()
    if visible.strip(".") == "":
        return "file"
    suffix = PurePosixPath(visible).suffix[:LONGEST_NAME]
    return visible if len(visible) <= LONGEST_NAME else visible[: LONGEST_NAME - len(suffix)] + suffix


def _add(crm: Crm, values: Values) -> File:
    complete: Values = {**values, "user_id": crm.actor.id, "add_time": crm.now, "update_time": crm.now}
    file = records.reread(crm, FILE, records.insert(crm, FILE, complete))
    _recount(crm, file)
    records.touch(crm, DEAL, [file.deal_id])
    return file


def _linked(crm: Crm, links: Values) -> Values:
    """The links of a new file. Raises `Invalid`."""
    found = leads.canonical(links)
    for name, kind in LINKS.items():
        records.linked(crm, kind, found.get(name), name)
    leads.linked(crm, found.get("lead_id"), "lead_id")
    return found


def _recount(crm: Crm, file: File) -> None:
    counters.recount_files(crm, [file.deal_id], [file.person_id], [file.org_id])


def _type(name: str, content_type: str) -> str:
    """What the API calls a kind of files: all pictures alike, others by the ending of their names."""
    guessed = mimetypes.guess_type(name)[0] or content_type
    if guessed.startswith("image/"):
        return "img"
    return PurePosixPath(name).suffix.removeprefix(".").lower() or "file"
