"""Files: uploaded ones, and documents kept elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET

from dealwright.contract.endpoint import Download
from dealwright.contract.v1.correspondence import files as contract
from dealwright.contract.v1.correspondence.files import (
    FileChanges,
    FilesPaging,
    NewFile,
    NewRemoteFile,
    RemoteFileLink,
)
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.crm.correspondence import files
from dealwright.crm.correspondence.files import NewContent
from dealwright.crm.correspondence.model import FILE, File
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads import leads
from dealwright.crm.leads.model import LEAD
from dealwright.crm.products.model import PRODUCT
from dealwright.crm.values.formats import Values
from dealwright.server import urls
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes
from dealwright.server.v1.embedded_records import HIDDEN_NAME, EmbeddedRecords
from dealwright.server.v1.sorting import parse_sort

MAX_LIMIT = 100
SORTABLE = frozenset({"id", "update_time"})

LINK_COLUMNS: Mapping[str, str] = {"deal": "deal_id", "person": "person_id", "organization": "org_id"}
"""The column that links files to a record, by the type of the record."""


def select_page(
    crm: UnitOfWork, links: Mapping[str, int], page: FilesPaging, sort: str | None
) -> pages.OffsetPage[File]:
    """Returns a page of the files with all of ``links`` (column to id). Raises `Invalid` for a wrong ``sort``."""
    order = parse_sort(crm, FILE, sort, sortable=SORTABLE)
    criteria = files.criteria(crm, links)
    return pages.select_by_offset(crm, FILE, criteria, page, order, max_limit=MAX_LIMIT)


def show_all(crm: UnitOfWork, found: Sequence[File]) -> list[contract.File]:
    """Returns files as v1 writes them."""
    names = LinkedRecordNames(crm, found)
    return [show(file, names) for file in found]


class LinkedRecordNames:
    """The names of the records that files are linked to, as far as the actor may know them."""

    def __init__(self, crm: UnitOfWork, found: Sequence[File]) -> None:
        self.embedded = EmbeddedRecords(
            crm,
            persons=[file.person_id for file in found],
            organizations=[file.org_id for file in found],
            deals=[file.deal_id for file in found],
            projects=[file.project_id for file in found],
        )
        self._products = records.in_bulk(crm, PRODUCT, [file.product_id for file in found])
        self._visible_product_ids = records.visible_ids(crm, PRODUCT, self._products)
        self._leads = leads.in_bulk(crm, [file.lead_id for file in found])
        self._visible_lead_ids = records.visible_ids(crm, LEAD, [lead.id for lead in self._leads.values()])

    def product(self, id: int | None) -> str | None:
        """Returns the name of a product, `HIDDEN_NAME` if the actor does not see it; None when there is none."""
        product = self._products.get(id) if id is not None else None
        if product is None:
            return None
        return product.name if product.id in self._visible_product_ids else HIDDEN_NAME

    def lead(self, uuid: str | None) -> str | None:
        """Returns the title of a lead, `HIDDEN_NAME` if the actor does not see it; None when there is none."""
        lead = self._leads.get(uuid) if uuid is not None else None
        if lead is None:
            return None
        return lead.title if lead.id in self._visible_lead_ids else HIDDEN_NAME


def show(file: File, names: LinkedRecordNames) -> contract.File:
    """Returns a file as v1 writes it."""
    return {
        "id": file.id,
        "user_id": file.user_id,
        "deal_id": file.deal_id,
        "person_id": file.person_id,
        "org_id": file.org_id,
        "product_id": file.product_id,
        "activity_id": file.activity_id,
        "lead_id": file.lead_id,
        "project_id": file.project_id,
        "log_id": None,
        "add_time": file.add_time,
        "update_time": file.update_time,
        "file_name": file.file_name,
        "file_type": file.file_type,
        "file_size": file.file_size,
        "active_flag": not file.is_deleted,
        "inline_flag": file.is_inline,
        "remote_location": file.remote_location,
        "remote_id": file.remote_id,
        "cid": file.cid,
        "s3_bucket": None,
        "mail_message_id": None if file.mail_message_id is None else str(file.mail_message_id),
        "mail_template_id": None,
        "deal_name": names.embedded.deal_title(file.deal_id),
        "person_name": names.embedded.person_name(file.person_id),
        "lead_name": names.lead(file.lead_id),
        "org_name": names.embedded.organization_name(file.org_id),
        "product_name": names.product(file.product_id),
        "project_name": names.embedded.project_title(file.project_id),
        "url": urls.file_url(file),
        "name": file.name,
        "description": file.description,
    }


@implements(contract.get_files)
def get_files(crm: UnitOfWork, page: FilesPaging, sort: str | None = None) -> Page[contract.File]:
    found = select_page(crm, {}, page, sort)
    names = LinkedRecordNames(crm, found.items)
    return envelopes.page(found, lambda file: show(file, names))


def _prepare_new(preparation: Preparation, data: NewFile) -> NewContent:
    file = data.file
    return files.prepare(
        preparation,
        file.content,
        size=file.size,
        name=file.filename,
        content_type=file.content_type,
        links=_links(data),
    )


def _links(data: NewFile) -> Values:
    sent: dict[str, Any] = {name: getattr(data, name) for name in (*files.LINKS, "lead_id")}
    return {name: id for name, id in sent.items() if id is not UNSET}


@implements(contract.post_files, prepare=_prepare_new, waits=True)
def post_files(crm: UnitOfWork, content: NewContent, data: NewFile) -> Item[contract.File]:
    return _show_item(crm, files.upload(crm, content, _links(data)))


@implements(contract.post_files_remote)
def post_files_remote(crm: UnitOfWork, data: NewRemoteFile) -> Item[contract.File]:
    links: Values = {LINK_COLUMNS[data.item_type]: data.item_id}
    return _show_item(crm, files.link_document(crm, links, title=data.title, type=data.file_type))


@implements(contract.post_files_remote_link)
def post_files_remote_link(crm: UnitOfWork, data: RemoteFileLink) -> Item[contract.File]:
    return _show_item(
        crm, files.link_document(crm, {LINK_COLUMNS[data.item_type]: data.item_id}, remote_id=data.remote_id)
    )


@implements(contract.delete_files_by_id)
def delete_files_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    files.delete(crm, id)
    return envelopes.deleted(id)


@implements(contract.get_files_by_id)
def get_files_by_id(crm: UnitOfWork, id: int) -> Item[contract.File]:
    return _show_item(crm, records.get(crm, FILE, id, deleted=True))


@implements(contract.put_files_by_id)
def put_files_by_id(crm: UnitOfWork, id: int, data: FileChanges) -> Item[contract.File]:
    return _show_item(crm, files.update(crm, id, provided_values(data)))


@implements(contract.get_files_by_id_download)
def get_files_by_id_download(crm: UnitOfWork, id: int) -> Download:
    file = records.get(crm, FILE, id)
    return Download(file.name, file.content_type, file.file_size, files.stream_content(crm, file))


def _show_item(crm: UnitOfWork, file: File) -> Item[contract.File]:
    return envelopes.item(show_all(crm, [file])[0])
