"""The lines of deals: products with quantities, prices, discounts and taxes, paid once or again and again.

As long as a deal has lines, its value follows from them (`crm.deals.deal_value`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm.deals import deal_installments, money
from dealwright.crm.deals.deal_amounts import ONE_TIME, PRICING, line_sum
from dealwright.crm.deals.deal_value import lines_of, of_live_deals, recalculate
from dealwright.crm.deals.model import DEAL, DEAL_PRODUCT, Deal, DealProduct
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.kernel import access, pages, records
from dealwright.crm.kernel.criteria import Criterion, lazy_criteria
from dealwright.crm.kernel.pages import OffsetPage, OffsetRequest
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products.model import PRODUCT, PRODUCT_VARIATION
from dealwright.crm.products.products import billing_values
from dealwright.crm.values.formats import Values
from dealwright.storage.tables import deal_products, deals, products

MAX_RECURRING = 20
"""The number of recurring lines that a deal can have."""

MAX_DELETED = 100
"""The number of lines that are deleted at a time when none is named."""

_MAX_PERCENTAGE = 100
_START_YEARS = 10
_DEFAULTS: Values = {
    "product_variation_id": None,
    "discount": 0,
    "discount_type": "percentage",
    "tax": 0,
    "is_enabled": True,
    "comments": None,
    "billing_frequency": ONE_TIME,
    "billing_frequency_cycles": None,
    "billing_start_date": None,
}
_DEFAULT_TAX_METHOD = "inclusive"


def create(crm: UnitOfWork, deal_id: int, new: Sequence[Values]) -> list[DealProduct]:
    """Adds lines to a deal, all or none.

    The tax method of the deal becomes the last one that is given. Raises `NotFound` and `Invalid`.
    """
    if len(new) > 1:
        crm.require_exclusive_lock()
    deal = records.get(crm, DEAL, deal_id)
    present = lines_of(crm, deal.id)
    given = [values["tax_method"] for values in new if "tax_method" in values]
    tax_method = given[-1] if given else present[0].tax_method if present else _DEFAULT_TAX_METHOD
    added: list[Values] = []
    errors: list[Invalid] = []
    for position, values in enumerate(new):
        try:
            complete: Values = {**_DEFAULTS, **values, "tax_method": tax_method}
            complete |= _checked(crm, complete, None)
            added.append({**complete, "deal_id": deal.id, "sum": _sum(crm, deal, complete)})
        except Invalid as error:
            errors.append(Invalid(error.message, f"data[{position}].{error.path}") if len(new) > 1 else error)
    if errors:
        raise Invalid.combine(errors)
    _check_recurring(crm, deal, [*(line.billing_frequency for line in present), *(_frequency(one) for one in added)])
    _set_tax_method(crm, present, tax_method)
    order_nr = max((line.order_nr for line in present), default=0)
    lines = [
        records.insert(
            crm,
            DEAL_PRODUCT,
            {**values, "order_nr": order_nr + number, "add_time": crm.now, "update_time": crm.now},
        )
        for number, values in enumerate(added, 1)
    ]
    recalculate(crm, records.refresh(crm, DEAL, deal.id))
    return lines


def update(crm: UnitOfWork, deal_id: int, id: int, values: Values) -> DealProduct:
    """Changes a line; another tax method becomes that of all lines of the deal. Raises `NotFound` and `Invalid`."""
    deal = records.get(crm, DEAL, deal_id)
    present = lines_of(crm, deal.id)
    line = _find(present, id)
    changes = _checked(crm, values, line)
    after: Values = {name: changes.get(name, getattr(line, name)) for name in line.__struct_fields__}
    others = [one for one in present if one.id != line.id]
    if _frequency(after) != line.billing_frequency:
        _check_recurring(crm, deal, [*(one.billing_frequency for one in others), _frequency(after)])
    if line.is_enabled and not after["is_enabled"]:
        deal_installments.check_lines_left(crm, deal, others)
    _set_tax_method(crm, others, after["tax_method"])
    changed = records.update(crm, DEAL_PRODUCT, line, {**changes, "sum": _sum(crm, deal, after)})
    recalculate(crm, deal)
    return changed


def delete(crm: UnitOfWork, deal_id: int, ids: Iterable[int] | None) -> tuple[list[int], bool]:
    """Removes lines of a deal: those named, or the first `MAX_DELETED`. Returns their ids, and whether there are more.

    Raises `NotFound` when one does not exist, and `Invalid`; then none is removed.
    """
    deal = records.get(crm, DEAL, deal_id)
    present = lines_of(crm, deal.id)
    found = present[:MAX_DELETED] if ids is None else [_find(present, id) for id in dict.fromkeys(ids)]
    removed = {line.id for line in found}
    rest = [line for line in present if line.id not in removed]
    if any(line.is_enabled for line in found):
        deal_installments.check_lines_left(crm, deal, rest)
    for line in found:
        records.remove(crm, DEAL_PRODUCT, line, is_bulk=len(found) > 1)
    if found:
        recalculate(crm, records.refresh(crm, DEAL, deal.id))
    return [line.id for line in found], bool(rest)


@lazy_criteria
def criteria(crm: UnitOfWork, deal_ids: list[int]) -> list[Criterion]:
    """Returns the criteria of a list of lines: those of some deals, unless these are deleted."""
    return of_live_deals(deal_products, deal_ids)


@lazy_criteria
def criteria_for_deal(crm: UnitOfWork, deal_id: int) -> list[Criterion]:
    """Returns the criteria of all lines of a deal."""
    return [deal_products.c.deal_id == deal_id]


class DealtProduct(NamedTuple):
    """A product in a deal."""

    deal_id: int
    product_id: int


def list_of_person(crm: UnitOfWork, person_id: int, page: OffsetRequest) -> OffsetPage[DealtProduct]:
    """Returns a page of the products in the deals that are linked to a person, of those that the actor sees.

    Archived deals and deleted ones are left out. Each line is listed, in the order of deals.
    """
    lines, own = deal_products.c, deals.c
    joined = deals.join(deal_products, lines.deal_id == own.id).join(products, products.c.id == lines.product_id)
    live = [own.is_deleted == sa.false(), own.is_archived == sa.false()]
    seen = [one for one in (access.visible(crm, DEAL), access.visible(crm, PRODUCT)) if one is not None]
    size = pages.page_size(page.limit)
    statement = sa.select(own.id, lines.product_id).select_from(joined).where(own.person_id == person_id, *live, *seen)
    rows = crm.db.rows(statement.order_by(own.id, lines.id).limit(size + 1).offset(page.start))
    return OffsetPage([DealtProduct(*row) for row in rows[:size]], page.start, size, len(rows) > size)


def _find(lines: Sequence[DealProduct], id: int) -> DealProduct:
    for line in lines:
        if line.id == id:
            return line
    raise NotFound(f"{DEAL_PRODUCT.noun} not found")


def _frequency(values: Values) -> str:
    return str(values["billing_frequency"])


def _sum(crm: UnitOfWork, deal: Deal, values: Values) -> int | float:
    return line_sum({name: values[name] for name in PRICING}, money.decimals(crm.company_data, deal.currency))


def _checked(crm: UnitOfWork, values: Values, before: DealProduct | None) -> Values:
    """Returns the values of a line to store for those given. Raises `Invalid`."""
    found: Values = {**values, **_product_values(crm, values, before)}
    if "comments" in found:
        found["comments"] = found["comments"] or None
    if "billing_frequency" in found or "billing_frequency_cycles" in found:
        found |= billing_values(found, before)
    discount = found.get("discount", before.discount if before else 0)
    is_percentage = found.get("discount_type", before.discount_type if before else None) == "percentage"
    if is_percentage and isinstance(discount, int | float) and discount > _MAX_PERCENTAGE:
        raise Invalid(f"must be at most {_MAX_PERCENTAGE} when it is a percentage", "discount")
    start = found.get("billing_start_date")
    if isinstance(start, str) and (before is None or start != before.billing_start_date):
        _check_start(crm, date.fromisoformat(start))
    return found


def _product_values(crm: UnitOfWork, values: Values, before: DealProduct | None) -> Values:
    """Returns what follows from the product of a line: its name, and its variation. Raises `Invalid`.

    A product that the line has already may be deleted, or hidden from the actor.
    """
    found: Values = {}
    product_id = values.get("product_id", before.product_id if before else None)
    if before is None or product_id != before.product_id:
        product = records.require_linked(crm, PRODUCT, product_id, "product_id")
        assert product is not None
        if not product.is_linkable:
            raise Invalid("cannot be added to deals", "product_id")
        found = {"name": product.name, "product_variation_id": values.get("product_variation_id")}
    variation_id = {**values, **found}.get("product_variation_id")
    if variation_id is not None and (before is None or found or variation_id != before.product_variation_id):
        variation = records.require_linked(crm, PRODUCT_VARIATION, variation_id, "product_variation_id")
        if variation is None or variation.product_id != product_id:
            raise Invalid("is not a variation of the product", "product_variation_id")
    return found


def _check_start(crm: UnitOfWork, start: date) -> None:
    """Raises `Invalid` for a first day of billing that is more than ten years away."""
    today = date.fromisoformat(crm.today)
    # 29 February has no anniversary in most years.
    first, last = ((today.year + years, today.month, today.day) for years in (-_START_YEARS, _START_YEARS))
    if not first <= (start.year, start.month, start.day) <= last:
        raise Invalid(f"must be within {_START_YEARS} years from today", "billing_start_date")


def _check_recurring(crm: UnitOfWork, deal: Deal, frequencies: Sequence[str]) -> None:
    """Raises `Invalid` unless a deal may have lines of these frequencies."""
    recurring = sum(frequency != ONE_TIME for frequency in frequencies)
    if recurring > MAX_RECURRING:
        raise Invalid(f"A deal can have up to {MAX_RECURRING} recurring products", "billing_frequency")
    if recurring and deal_installments.exist(crm, deal.id):
        raise Invalid(f"must be {ONE_TIME}, because the deal has installments", "billing_frequency")


def _set_tax_method(crm: UnitOfWork, lines: Iterable[DealProduct], tax_method: object) -> None:
    """Gives lines a tax method; `recalculate` prices them."""
    for line in lines:
        if line.tax_method != tax_method:
            records.update(crm, DEAL_PRODUCT, line, {"tax_method": str(tax_method)}, is_bulk=True)
