"""Products: what is sold, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm import access, contacts, filters, product_prices, records
from dealwright.crm.criteria import asked
from dealwright.crm.errors import Invalid
from dealwright.crm.model.products import PRODUCT, Product
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
from dealwright.storage.tables import products

ONCE = "one-time"
"""The billing frequency that has no cycles."""


def create(crm: Crm, values: Values, *, currency: str) -> Product:
    """Adds a product; the actor owns it unless another user is given. Without prices it costs nothing, in ``currency``.

    Raises `Forbidden` and `Invalid`.
    """
    access.require(crm, "can_add_products")
    prices = product_prices.read(crm, values.get("prices", [{"currency": currency, "price": 0}]))
    complete: Values = {
        "unit": "",
        "tax": 0,
        "owner_id": crm.actor.id,
        "is_linkable": True,
        "visible_to": access.default_visibility(crm, "product_default_visibility"),
        "billing_frequency": ONCE,
        "custom_fields": {},
        "add_time": crm.now,
        "update_time": crm.now,
        **_checked(crm, values, None),
    }
    if complete.get("is_deleted"):
        complete["delete_time"] = crm.now
    id = records.insert(crm, PRODUCT, complete, beside=[("prices", None, prices)] if prices else ())
    product_prices.replace(crm, id, prices)
    return records.reread(crm, PRODUCT, id)


def update(crm: Crm, id: int, values: Values) -> Product:
    """Changes a product; prices are replaced as a whole. ``is_deleted`` deletes it, or brings it back.

    Raises `NotFound`, `Forbidden` and `Invalid`.
    """
    product = records.get(crm, PRODUCT, id, deleted=values.get("is_deleted") is False)
    access.require(crm, "can_edit_products")
    access.check_visibility(crm, product, values)
    changes = _checked(crm, values, product)
    is_deleted = changes.pop("is_deleted", product.is_deleted)
    beside: list[tuple[str, Json, Json]] = []
    if "prices" in values:
        prices = product_prices.read(crm, values["prices"])
        before = product_prices.values(product_prices.of(crm, [id])[id])
        if prices != before:
            product_prices.replace(crm, id, prices)
            beside.append(("prices", before, prices))
    changed = records.update(crm, PRODUCT, product, changes, beside=beside)
    if is_deleted and not product.is_deleted:
        return records.delete(crm, PRODUCT, changed)
    if product.is_deleted and not is_deleted:
        restored: Values = {"is_deleted": False, "delete_time": None}
        return records.update(crm, PRODUCT, changed, restored, action="restore")
    return changed


def delete(crm: Crm, id: int) -> Product:
    """Deletes a product. Raises `NotFound`."""
    product = records.get(crm, PRODUCT, id)
    access.require(crm, "can_edit_products")
    return records.delete(crm, PRODUCT, product)


def category(crm: Crm, product: Product) -> int | None:
    """The category of a product; None also when the company has it no more."""
    return product.category if product.category in _categories(crm) else None


@asked
def criteria(
    crm: Crm,
    *,
    filter_id: int | None = None,
    ids: Sequence[int] | None = None,
    owner_id: int | None = None,
    first_char: str | None = None,
) -> list[sa.ColumnElement[bool]]:
    """What a list of products asks for, as criteria. A filter makes the narrowing by owner and ids void."""
    found = [products.c.is_deleted == sa.false()]
    if filter_id is not None:
        found += filters.criteria(crm, "product", filter_id)
    else:
        if ids is not None:
            found.append(products.c.id.in_(ids))
        if owner_id is not None:
            found.append(products.c.owner_id == owner_id)
    if first_char is not None:
        found.append(products.c.first_char == contacts.first_char(first_char))
    return found


def _checked(crm: Crm, values: Values, before: Product | None) -> Values:
    """The values to store for those given, without the prices. Raises `Invalid`."""
    found: Values = {name: value for name, value in values.items() if name != "prices"}
    if "owner_id" in found and (before is None or found["owner_id"] != before.owner_id):
        access.assignable_user(crm, found["owner_id"], "owner_id")
    if "name" in found or before is None:
        name = str(found.get("name") or "").strip()
        if not name:
            raise Invalid("is required", "name")
        found |= {"name": name, "first_char": contacts.first_char(name)}
    if "unit" in found:
        found["unit"] = found["unit"] or ""
    if found.get("category") is not None and found["category"] not in _categories(crm):
        raise Invalid("is not one of the categories", "category")
    if "billing_frequency" in found or "billing_frequency_cycles" in found:
        found |= _billing(found, before)
    return found


def _billing(given: Values, before: Product | None) -> Values:
    """How often, and how many times, a product is billed for. What is billed once has no cycles; otherwise none means for ever."""
    frequency = given.get("billing_frequency", before.billing_frequency if before else ONCE)
    cycles = given.get("billing_frequency_cycles", before.billing_frequency_cycles if before else None)
    if frequency == ONCE:
        if given.get("billing_frequency_cycles") is not None:
            raise Invalid(f"must be null when the billing frequency is {ONCE}", "billing_frequency_cycles")
        cycles = None
    elif frequency == "weekly" and cycles is None:
        raise Invalid("must be given when the billing frequency is weekly", "billing_frequency_cycles")
    return {"billing_frequency": frequency, "billing_frequency_cycles": cycles}


def _categories(crm: Crm) -> frozenset[Json]:
    field = crm.settings.fields("product").get("category")
    return frozenset(crm.settings.options(field.id)) if field else frozenset()
