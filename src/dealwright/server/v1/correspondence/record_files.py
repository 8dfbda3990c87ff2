"""Files of a deal, a person, an organization or a product."""

from __future__ import annotations

from typing import Any

from dealwright.contract.v1.correspondence import record_files as contract
from dealwright.contract.v1.correspondence.files import File, FilesPaging
from dealwright.contract.v1.correspondence.record_files import ProductFile
from dealwright.contract.v1.envelopes import Page
from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.correspondence import model
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel import records
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products.model import PRODUCT, Product
from dealwright.server import urls
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes
from dealwright.server.v1.correspondence import files


@implements(contract.get_deals_by_id_files)
def get_deals_by_id_files(crm: UnitOfWork, id: int, page: FilesPaging, sort: str | None = None) -> Page[File]:
    return _list_page(crm, DEAL, id, page, sort)


@implements(contract.get_persons_by_id_files)
def get_persons_by_id_files(crm: UnitOfWork, id: int, page: FilesPaging, sort: str | None = None) -> Page[File]:
    return _list_page(crm, PERSON, id, page, sort)


@implements(contract.get_organizations_by_id_files)
def get_organizations_by_id_files(crm: UnitOfWork, id: int, page: FilesPaging, sort: str | None = None) -> Page[File]:
    return _list_page(crm, ORGANIZATION, id, page, sort)


@implements(contract.get_products_by_id_files)
def get_products_by_id_files(crm: UnitOfWork, id: int, page: FilesPaging, sort: str | None = None) -> Page[ProductFile]:
    product = records.get(crm, PRODUCT, id, deleted=True)
    found = files.select_page(crm, {"product_id": id}, page, sort)
    return envelopes.page(found, lambda file: _show_product_file(file, product))


def _list_page(crm: UnitOfWork, kind: RecordType[Any], id: int, page: FilesPaging, sort: str | None) -> Page[File]:
    """Returns a page of the files of a record. Raises `NotFound`, and `Invalid` for a wrong ``sort``."""
    records.get(crm, kind, id, deleted=True)
    found = files.select_page(crm, {files.LINK_COLUMNS[kind.object]: id}, page, sort)
    names = files.LinkedRecordNames(crm, found.items)
    return envelopes.page(found, lambda file: {**files.show(file, names), "people_name": None})


def _show_product_file(file: model.File, product: Product) -> ProductFile:
    return {
        "id": file.id,
        "product_id": product.id,
        "add_time": file.add_time,
        "update_time": file.update_time,
        "file_name": file.file_name,
        "file_type": file.file_type,
        "file_size": file.file_size,
        "active_flag": not file.is_deleted,
        "inline_flag": False,
        "remote_location": file.remote_location,
        "remote_id": file.remote_id,
        "s3_bucket": None,
        "product_name": product.name,
        "url": urls.file_url(file),
        "name": file.name,
        "description": file.description,
    }
