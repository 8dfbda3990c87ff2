"""Variations of products."""

from __future__ import annotations

from collections.abc import Sequence

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.v2.products import product_variations as contract
from dealwright.contract.v2.products.product_variations import NewVariation, VariationChanges
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products import product_prices, product_variations
from dealwright.crm.products.model import PRODUCT, PRODUCT_VARIATION, ProductVariation
from dealwright.crm.products.product_prices import Price
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v2 import envelopes


def show(variation: ProductVariation, prices: Sequence[Price]) -> contract.Variation:
    """Returns a variation as v2 writes it."""
    return {
        "id": variation.id,
        "name": variation.name,
        "product_id": variation.product_id,
        "prices": [
            {
                "product_variation_id": price.owner_id,
                "price": price.price,
                "currency": price.currency,
                "cost": price.cost,
                "direct_cost": price.direct_cost,
                "notes": price.notes,
            }
            for price in prices
        ],
    }


def _show_item(crm: UnitOfWork, variation: ProductVariation) -> Item[contract.Variation]:
    return envelopes.item(show(variation, product_prices.for_variations(crm, [variation.id])[variation.id]))


@implements(contract.get_products_by_id_variations)
def get_products_by_id_variations(crm: UnitOfWork, id: int, page: CursorPaging) -> Page[contract.Variation]:
    criteria = product_variations.criteria(crm, records.get(crm, PRODUCT, id).id)
    found = pages.select_by_cursor(crm, PRODUCT_VARIATION, criteria, page)
    prices = product_prices.for_variations(crm, [variation.id for variation in found.items])
    return envelopes.page(found, lambda variation: show(variation, prices[variation.id]))


@implements(contract.post_products_by_id_variations)
def post_products_by_id_variations(crm: UnitOfWork, id: int, data: NewVariation) -> Item[contract.Variation]:
    return _show_item(crm, product_variations.create(crm, id, provided_values(data)))


@implements(contract.patch_products_by_id_variations_by_product_variation_id)
def patch_products_by_id_variations_by_product_variation_id(
    crm: UnitOfWork, id: int, product_variation_id: int, data: VariationChanges
) -> Item[contract.Variation]:
    return _show_item(crm, product_variations.update(crm, id, product_variation_id, provided_values(data)))


@implements(contract.delete_products_by_id_variations_by_product_variation_id)
def delete_products_by_id_variations_by_product_variation_id(
    crm: UnitOfWork, id: int, product_variation_id: int
) -> Item[Deleted]:
    product_variations.delete(crm, id, product_variation_id)
    return envelopes.deleted(product_variation_id)
