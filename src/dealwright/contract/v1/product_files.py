"""The files of a product."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId, Start
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.files import FileLimit, FileOrder
from dealwright.contract.v1.products import READ


class ProductFile(TypedDict):
    """A file of a product, with nothing about other records."""

    id: int
    product_id: int
    add_time: str
    update_time: str | None
    file_name: str
    file_type: NotRequired[str]
    file_size: int
    active_flag: bool
    inline_flag: bool
    remote_location: str
    remote_id: str
    s3_bucket: str | None
    product_name: str
    url: str
    name: str
    description: str | None


@endpoint("GET /v1/products/{id}/files", group="Products", scopes=READ, cost=20)
def get_products_by_id_files(
    id: RecordId,
    start: Start = 0,
    limit: FileLimit | None = None,
    sort: FileOrder | None = None,
) -> Page[ProductFile]:
    """List the files of a product."""
