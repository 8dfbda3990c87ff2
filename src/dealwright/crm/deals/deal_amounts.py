"""What the lines of a deal come to: the sum of each, and the value and the yearly and monthly amounts of the deal.

All of it is decimal arithmetic that is rounded once, half up, to the decimals of the currency: the sum of a line after
its discount and its tax, and each amount of the deal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, NamedTuple, Protocol

from dealwright.crm.errors import Invalid

Number = int | float

ONE_TIME = "one-time"
BILLINGS_PER_YEAR: Mapping[str, int] = {
    "annually": 1,
    "semi-annually": 2,
    "quarterly": 4,
    "monthly": 12,
    "weekly": 52,
}
"""The number of times in a year that a recurring line is billed, by its frequency."""

PRICING = ("item_price", "quantity", "discount", "discount_type", "tax", "tax_method")
"""The columns of a line that its sum follows from."""

MAX_AMOUNT = 2**53 - 1

# Four factors of 17 digits each, and room for what is added to them.
_EXACT = Context(prec=100, rounding=ROUND_HALF_UP)
_HUNDRED = Decimal(100)
_MONTHS = Decimal(12)


class Line(Protocol):
    """The part of a deal's line that the amounts of the deal follow from."""

    @property
    def is_enabled(self) -> bool: ...

    @property
    def billing_frequency(self) -> str: ...

    @property
    def billing_frequency_cycles(self) -> int | None: ...

    @property
    def sum(self) -> Number: ...


class Discount(Protocol):
    """A discount on a whole deal: a percentage, or an amount."""

    @property
    def type(self) -> str: ...

    @property
    def amount(self) -> Number: ...


class Amounts(NamedTuple):
    """The amounts of a deal: its value, and the annual contract value, annual and monthly recurring revenue.

    The last three are None for a deal without lines.
    """

    value: Number
    acv: Number | None
    arr: Number | None
    mrr: Number | None


NO_LINES = Amounts(0, None, None, None)


def line_sum(pricing: Mapping[str, Any], digits: int) -> Number:
    """Returns what a line with these values of `PRICING` is billed each time. Raises `Invalid` when that is too much.

    A discount takes no more than there is. Tax that is ``inclusive`` is in the price already.
    """
    gross = _EXACT.multiply(_decimal(pricing["item_price"]), _decimal(pricing["quantity"]))
    net = _EXACT.subtract(gross, _discount(gross, pricing["discount_type"], _decimal(pricing["discount"])))
    if pricing["tax_method"] == "exclusive":
        net = _EXACT.add(net, _percent(net, _decimal(pricing["tax"])))
    return _to_number(_rounded(net, digits, "item_price"))


def deal_amounts(lines: Iterable[Line], discounts: Iterable[Discount], digits: int) -> Amounts:
    """Returns the amounts of a deal. Raises `Invalid` when its value is too much.

    - Lines that are not enabled count for nothing.
    - Discounts on the deal are percentages of all that is paid once, and amounts; together they take no more than that.
    - A recurring line counts once for each of its cycles, and for those of a year when it has no end.
    - The annual contract value is what is paid once, and recurring lines within a year. The recurring revenues are those
      of a whole year, and a twelfth of it, however many cycles there are.
    """
    lines = list(lines)
    if not lines:
        return NO_LINES
    once = in_total = in_a_year = per_year = Decimal(0)
    for line in lines:
        if not line.is_enabled:
            continue
        amount = _decimal(line.sum)
        if line.billing_frequency == ONE_TIME:
            once = _EXACT.add(once, amount)
            continue
        billings = BILLINGS_PER_YEAR[line.billing_frequency]
        cycles = line.billing_frequency_cycles or billings
        in_total = _EXACT.add(in_total, _EXACT.multiply(amount, Decimal(cycles)))
        in_a_year = _EXACT.add(in_a_year, _EXACT.multiply(amount, Decimal(min(cycles, billings))))
        per_year = _EXACT.add(per_year, _EXACT.multiply(amount, Decimal(billings)))
    once = _EXACT.subtract(once, _all_discounts(once, discounts))
    found = (
        _EXACT.add(once, in_total),
        _EXACT.add(once, in_a_year),
        per_year,
        _EXACT.divide(per_year, _MONTHS),
    )
    return Amounts(*(_to_number(_rounded(one, digits, "")) for one in found))


def total(amounts: Iterable[Number]) -> Number:
    """Returns the exact sum of numbers as they are written."""
    found = Decimal(0)
    for one in amounts:
        found = _EXACT.add(found, _decimal(one))
    return _to_number(found)


def _all_discounts(base: Decimal, discounts: Iterable[Discount]) -> Decimal:
    taken = Decimal(0)
    for one in discounts:
        taken = _EXACT.add(taken, _discount(base, one.type, _decimal(one.amount)))
    return min(taken, max(base, Decimal(0)))


def _discount(base: Decimal, type: str, amount: Decimal) -> Decimal:
    if type == "percentage":
        return _percent(base, amount)
    return min(amount, max(base, Decimal(0)))


def _percent(base: Decimal, percentage: Decimal) -> Decimal:
    return _EXACT.divide(_EXACT.multiply(base, percentage), _HUNDRED)


def _decimal(number: Number) -> Decimal:
    """Returns a number as it is written: 0.1 is one tenth."""
    return Decimal(repr(number))


def _rounded(amount: Decimal, digits: int, path: str) -> Decimal:
    if abs(amount) > MAX_AMOUNT:
        raise Invalid(f"The products of a deal cannot come to more than {MAX_AMOUNT}", path)
    return _EXACT.quantize(amount, Decimal(1).scaleb(-digits))


def _to_number(amount: Decimal) -> Number:
    whole = int(amount)
    return whole if whole == amount else float(amount)
