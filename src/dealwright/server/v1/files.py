"""Files: uploaded ones, and documents kept elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import UNSET

from dealwright.contract.endpoint import Download
from dealwright.contract.v1 import files as contract
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.files import FileChanges, NewFile, NewRemoteFile, RemoteFileLink
from dealwright.crm import files, leads, pages, records
from dealwright.crm.model.files import FILE, File
from dealwright.crm.model.leads import LEAD
from dealwright.crm.model.products import PRODUCT
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
from dealwright.server import addresses
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v1 import envelopes
from dealwright.server.v1.references import HIDDEN_NAME, References
from dealwright.server.v1.sorting import order_of

LARGEST_LIMIT = 100
SORTABLE = frozenset({"id", "update_time"})

_ITEMS: Mapping[str, str] = {"deal": "deal_id", "person": "person_id", "organization": "org_id"}


def page_of(
    crm: Crm, links: Mapping[str, int], *, sort: str | None = None, start: int = 0, limit: int | None = None
) -> Page[contract.File]:
    """A page of the files of a record."""
    found = find(crm, links, sort=sort, start=start, limit=limit)
    names = Names(crm, found.items)
    return envelopes.page(found, lambda file: {**_show(file, names), "people_name": None})


def find(
    crm: Crm, links: Mapping[str, int], *, sort: str | None, start: int, limit: int | None
) -> pages.OffsetPage[File]:
    """The files on a page of a list."""
    order = order_of(FILE, sort, only=SORTABLE)
    criteria = files.criteria(crm, links)
    return pages.by_offset(crm, FILE, criteria, order=order, start=start, limit=limit, largest=LARGEST_LIMIT)


def show_all(crm: Crm, found: Sequence[File]) -> list[contract.File]:
    """Files as v1 writes them."""
    names = Names(crm, found)
    return [_show(file, names) for file in found]


def url(file: File) -> str:
    """Where to get the content of a file."""
    return addresses.url(f"/api/v1/files/{file.id}/download")


class Names:
    """The names of the records that files lie on, as far as the actor may know them."""

    def __init__(self, crm: Crm, found: Sequence[File]) -> None:
        self.others = References(
            crm,
            persons=[file.person_id for file in found],
            organizations=[file.org_id for file in found],
            deals=[file.deal_id for file in found],
        )
        self._products = records.many(crm, PRODUCT, [file.product_id for file in found])
        self._seen_products = records.seen(crm, PRODUCT, self._products)
        self._leads = leads.by_uuid(crm, [file.lead_id for file in found])
        self._seen_leads = records.seen(crm, LEAD, [lead.id for lead in self._leads.values()])

    def product(self, id: int | None) -> str | None:
        """The name of a product."""
        product = self._products.get(id) if id is not None else None
        if product is None:
            return None
        return product.name if product.id in self._seen_products else HIDDEN_NAME

    def lead(self, uuid: str | None) -> str | None:
        """The title of a lead."""
        lead = self._leads.get(uuid) if uuid is not None else None
        if lead is None:
            return None
        return lead.title if lead.id in self._seen_leads else HIDDEN_NAME


def _show(file: File, names: Names) -> contract.File:
    return {
        "id": file.id,
        "user_id": file.user_id,
        "deal_id": file.deal_id,
        "person_id": file.person_id,
        "org_id": file.org_id,
        "product_id": file.product_id,
        "activity_id": file.activity_id,
        "lead_id": file.lead_id,
        "log_id": None,
        "add_time": file.add_time,
        "update_time": file.update_time,
        "file_name": file.file_name,
        "file_type": file.file_type,
        "file_size": file.file_size,
        "active_flag": not file.is_deleted,
        "inline_flag": False,
        "remote_location": file.remote_location,
        "remote_id": file.remote_id,
        "cid": None,
        "s3_bucket": None,
        "mail_message_id": None,
        "mail_template_id": None,
        "deal_name": names.others.deal_title(file.deal_id),
        "person_name": names.others.person_name(file.person_id),
        "lead_name": names.lead(file.lead_id),
        "org_name": names.others.organization_name(file.org_id),
        "product_name": names.product(file.product_id),
        "url": url(file),
        "name": file.name,
        "description": file.description,
    }


@implements(contract.get_files)
def get_files(crm: Crm, start: int = 0, limit: int | None = None, sort: str | None = None) -> Page[contract.File]:
    found = find(crm, {}, sort=sort, start=start, limit=limit)
    names = Names(crm, found.items)
    return envelopes.page(found, lambda file: _show(file, names))


@implements(contract.post_files)
def post_files(crm: Crm, data: NewFile) -> Item[contract.File]:
    sent: dict[str, Any] = {name: getattr(data, name) for name in (*files.LINKS, "lead_id")}
    links: Values = {name: id for name, id in sent.items() if id is not UNSET}
    file = data.file
    return _item(crm, files.upload(crm, file.content, name=file.filename, content_type=file.content_type, links=links))


@implements(contract.post_files_remote)
def post_files_remote(crm: Crm, data: NewRemoteFile) -> Item[contract.File]:
    links: Values = {_ITEMS[data.item_type]: data.item_id}
    return _item(crm, files.link_document(crm, links, title=data.title, type=data.file_type))


@implements(contract.post_files_remote_link)
def post_files_remote_link(crm: Crm, data: RemoteFileLink) -> Item[contract.File]:
    return _item(crm, files.link_document(crm, {_ITEMS[data.item_type]: data.item_id}, remote_id=data.remote_id))


@implements(contract.delete_files_by_id)
def delete_files_by_id(crm: Crm, id: int) -> Item[Deleted]:
    files.delete(crm, id)
    return envelopes.deleted(id)


@implements(contract.get_files_by_id)
def get_files_by_id(crm: Crm, id: int) -> Item[contract.File]:
    return _item(crm, records.get(crm, FILE, id, deleted=True))


@implements(contract.put_files_by_id)
def put_files_by_id(crm: Crm, id: int, data: FileChanges) -> Item[contract.File]:
    return _item(crm, files.update(crm, id, given(data)))


@implements(contract.get_files_by_id_download)
def get_files_by_id_download(crm: Crm, id: int) -> Download:
    file = records.get(crm, FILE, id)
    return Download(file.name, file.content_type, file.file_size, files.content(crm, file))


def _item(crm: Crm, file: File) -> Item[contract.File]:
    return envelopes.item(show_all(crm, [file])[0])
