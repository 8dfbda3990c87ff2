"""Measures what a change of one line costs in a deal that has many."""

from __future__ import annotations

import itertools

from bench import scenarios
from bench.neighbours import median_ms

LINES = 20
HEADING = f"\n{f'deal with {LINES} products':<34}{'ms':>8}"


def rows(port: int, token: str) -> list[str]:
    """Returns the rows of the table."""
    product = scenarios.send(port, token, "POST", "/api/v2/products", {"name": "Measured"})["data"]["id"]
    deal = scenarios.send(port, token, "POST", "/api/v2/deals", {"title": "Measured"})["data"]["id"]
    path = f"/api/v2/deals/{deal}/products"
    line = {"product_id": product, "item_price": 19.99, "quantity": 3, "tax": 19, "tax_method": "exclusive"}
    lines = scenarios.send(port, token, "POST", f"{path}/bulk", {"data": [line] * LINES})["data"]
    scenarios.send(
        port, token, "POST", f"/api/v2/deals/{deal}/discounts", {"description": "x", "amount": 5, "type": "percentage"}
    )
    quantities = itertools.count(1)

    def change_line() -> None:
        scenarios.send(port, token, "PATCH", f"{path}/{lines[0]['id']}", {"quantity": next(quantities)})

    def change_tax_method() -> None:
        method = ("none", "exclusive")[next(quantities) % 2]
        scenarios.send(port, token, "PATCH", f"{path}/{lines[0]['id']}", {"tax_method": method})

    measured = {
        "change a quantity": change_line,
        "another tax method for all lines": change_tax_method,
        "list its products": lambda: scenarios.send(port, token, "GET", path),
    }
    return [f"{name:<34}{median_ms(call):>8.2f}" for name, call in measured.items()]
