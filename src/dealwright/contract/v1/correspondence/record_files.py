"""Files of a deal, a person, an organization or a product."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v1.contacts import organizations, persons
from dealwright.contract.v1.correspondence.files import File, FileOrder, FilesPaging
from dealwright.contract.v1.deals import deals
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.products import products


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


@endpoint("GET /v1/deals/{id}/files", group="Deals", scopes=deals.READ, cost=20)
def get_deals_by_id_files(id: RecordId, page: FilesPaging, sort: FileOrder | None = None) -> Page[File]:
    """List the files of a deal."""


@endpoint("GET /v1/persons/{id}/files", group="Persons", scopes=persons.READ, cost=20)
def get_persons_by_id_files(id: RecordId, page: FilesPaging, sort: FileOrder | None = None) -> Page[File]:
    """List the files of a person."""


@endpoint("GET /v1/organizations/{id}/files", group="Organizations", scopes=organizations.READ, cost=20)
def get_organizations_by_id_files(id: RecordId, page: FilesPaging, sort: FileOrder | None = None) -> Page[File]:
    """List the files of an organization."""


@endpoint("GET /v1/products/{id}/files", group="Products", scopes=products.READ, cost=20)
def get_products_by_id_files(id: RecordId, page: FilesPaging, sort: FileOrder | None = None) -> Page[ProductFile]:
    """List the files of a product."""
