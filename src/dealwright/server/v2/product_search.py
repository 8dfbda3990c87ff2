"""The search for products."""

from __future__ import annotations

from typing import Literal

from dealwright.contract.v2 import product_search as contract
from dealwright.contract.v2.search import FoundProduct, SearchPage
from dealwright.crm.model.products import PRODUCT
from dealwright.crm.search import finding
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v2 import searches


@implements(contract.get_products_search)
def get_products_search(
    crm: Crm,
    term: str,
    fields: list[Literal["code", "custom_fields", "name"]] | None = None,
    exact_match: bool | None = None,
    include_fields: list[Literal["product.price"]] | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> SearchPage[FoundProduct]:
    search = finding.search_in(crm, PRODUCT, term, fields, exact=bool(exact_match))
    return searches.page(crm, search, limit, cursor, include_fields)
