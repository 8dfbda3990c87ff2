"""The files of a product."""

from __future__ import annotations

from dealwright.contract.v1 import product_files as contract
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.product_files import ProductFile
from dealwright.crm import records
from dealwright.crm.model.files import File
from dealwright.crm.model.products import PRODUCT, Product
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes, files


@implements(contract.get_products_by_id_files)
def get_products_by_id_files(
    crm: Crm, id: int, start: int = 0, limit: int | None = None, sort: str | None = None
) -> Page[ProductFile]:
    product = records.get(crm, PRODUCT, id, deleted=True)
    found = files.find(crm, {"product_id": product.id}, sort=sort, start=start, limit=limit)
    return envelopes.page(found, lambda file: _show(file, product))


def _show(file: File, product: Product) -> ProductFile:
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
        "url": files.url(file),
        "name": file.name,
        "description": file.description,
    }
