"""Products, with their prices."""

from __future__ import annotations

from typing import Protocol, Unpack

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.filters.narrowing import Narrowing, narrow
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.criteria import Criterion, lazy_criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products import product_prices, product_variations
from dealwright.crm.products.model import PRODUCT, Product
from dealwright.crm.values import contact_values
from dealwright.crm.values.formats import Values, loads

ONE_TIME = "one-time"
"""The billing frequency that has no cycles."""


def create(crm: UnitOfWork, values: Values, *, currency: str) -> Product:
    """Adds a product; the actor owns it unless ``owner_id`` is given.

    Without prices it gets the price 0 in ``currency``. Raises `Forbidden` and `Invalid`.
    """
    access.require_permission(crm, "can_add_products")
    prices = product_prices.parse(crm, values.get("prices", [{"currency": currency, "price": 0}]))
    complete: Values = {
        "unit": "",
        "tax": 0,
        "owner_id": crm.actor.id,
        "is_linkable": True,
        "visible_to": access.default_visibility(crm, "product_default_visibility"),
        "billing_frequency": ONE_TIME,
        "custom_fields": {},
        "add_time": crm.now,
        "update_time": crm.now,
        **_validated(crm, values, None),
    }
    if complete.get("is_deleted"):
        complete["delete_time"] = crm.now
    product = records.insert(crm, PRODUCT, complete, extra_changes=[("prices", None, prices)] if prices else ())
    product_prices.replace(crm, product.id, prices)
    return product


def update(crm: UnitOfWork, id: int, values: Values) -> Product:
    """Changes a product; prices are replaced as a whole. ``is_deleted`` deletes or restores it.

    Raises `NotFound`, `Forbidden` and `Invalid`.
    """
    product = records.get(crm, PRODUCT, id, deleted=values.get("is_deleted") is False)
    access.require_permission(crm, "can_edit_products")
    access.check_visibility_change(crm, product, values)
    changes = _validated(crm, values, product)
    is_deleted = changes.pop("is_deleted", product.is_deleted)
    extra_changes: list[tuple[str, Json, Json]] = []
    if "prices" in values:
        prices = product_prices.parse(crm, values["prices"])
        before = product_prices.to_json(product_prices.for_products(crm, [id])[id])
        if prices != before:
            product_prices.replace(crm, id, prices)
            extra_changes.append(("prices", before, prices))
    changed = records.update(crm, PRODUCT, product, changes, extra_changes=extra_changes)
    if is_deleted and not product.is_deleted:
        return records.delete(crm, PRODUCT, changed)
    if product.is_deleted and not is_deleted:
        restored: Values = {"is_deleted": False, "delete_time": None}
        return records.update(crm, PRODUCT, changed, restored, action="restore")
    return changed


def delete(crm: UnitOfWork, id: int) -> Product:
    """Deletes a product. Raises `NotFound` and `Forbidden`."""
    product = records.get(crm, PRODUCT, id)
    access.require_permission(crm, "can_edit_products")
    return records.delete(crm, PRODUCT, product)


def duplicate(crm: UnitOfWork, id: int) -> Product:
    """Copies a product with its prices and variations, but without image, files and followers.

    Raises `NotFound` and `Forbidden`.
    """
    product = records.get(crm, PRODUCT, id)
    access.require_permission(crm, "can_add_products")
    values: Values = {
        name: loads(getattr(product, name)) if name in PRODUCT.json_columns else getattr(product, name)
        for name in product.__struct_fields__
        if name != "id"
    }
    values |= {"add_time": crm.now, "update_time": crm.now}
    prices = product_prices.to_json(product_prices.for_products(crm, [id])[id])
    copy = records.insert(crm, PRODUCT, values, extra_changes=[("prices", None, prices)] if prices else ())
    product_prices.replace(crm, copy.id, prices)
    product_variations.duplicate(crm, id, copy.id)
    return copy


def category(crm: UnitOfWork, product: Product) -> int | None:
    """Returns the category of a product; None also when the company no longer has that category."""
    return product.category if product.category in _categories(crm) else None


@lazy_criteria
def criteria(crm: UnitOfWork, *, first_char: str | None = None, **narrowing: Unpack[Narrowing]) -> list[Criterion]:
    """Returns the criteria of a list of products. With ``filter_id``, owner and ids are ignored."""
    return narrow(crm, PRODUCT, narrowing, first_char=first_char)


def _validated(crm: UnitOfWork, values: Values, before: Product | None) -> Values:
    """Returns the values to store for those given, without the prices. Raises `Invalid`."""
    found: Values = {name: value for name, value in values.items() if name != "prices"}
    if "owner_id" in found and (before is None or found["owner_id"] != before.owner_id):
        access.require_assignable_user(crm, found["owner_id"], "owner_id")
    if "name" in found or before is None:
        found |= contact_values.name_values(found.get("name"))
    if "unit" in found:
        found["unit"] = found["unit"] or ""
    if found.get("category") is not None and found["category"] not in _categories(crm):
        raise Invalid("is not one of the categories", "category")
    if "billing_frequency" in found or "billing_frequency_cycles" in found:
        found |= billing_values(found, before)
    return found


class Billing(Protocol):
    """How often a product is billed, by default or in a deal."""

    @property
    def billing_frequency(self) -> str: ...

    @property
    def billing_frequency_cycles(self) -> int | None: ...


def billing_values(values: Values, before: Billing | None) -> Values:
    """Returns the billing frequency and the number of cycles to store. Raises `Invalid`.

    One-time billing has no cycles, and weekly billing must have some; otherwise None means for ever.
    """
    frequency = values.get("billing_frequency", before.billing_frequency if before else ONE_TIME)
    cycles = values.get("billing_frequency_cycles", before.billing_frequency_cycles if before else None)
    if frequency == ONE_TIME:
        if values.get("billing_frequency_cycles") is not None:
            raise Invalid(f"must be null when the billing frequency is {ONE_TIME}", "billing_frequency_cycles")
        cycles = None
    elif frequency == "weekly" and cycles is None:
        raise Invalid("must be given when the billing frequency is weekly", "billing_frequency_cycles")
    return {"billing_frequency": frequency, "billing_frequency_cycles": cycles}


def _categories(crm: UnitOfWork) -> frozenset[Json]:
    field = crm.company_data.fields("product").get("category")
    return frozenset(crm.company_data.options(field.id)) if field else frozenset()
