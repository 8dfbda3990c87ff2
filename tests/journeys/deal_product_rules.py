"""Random operations on the lines of deals, and copies of deals with them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.journeys.company_machine import CHOICE, VERSIONS, CompanyMachine
from tests.journeys.model import ExpectedLine, ExpectedRecord

# Their products and sums are exact as binary fractions.
PRICES = st.sampled_from([0, 5, 12.5, 40])
QUANTITIES = st.sampled_from([0.5, 1, 2, 3])


class DealProductRules(CompanyMachine):
    """What is done to lines."""

    def pick_line(self, choice: int) -> tuple[ExpectedRecord, int] | None:
        """Returns one of the lines of live deals: its deal and its id."""
        lines = [(deal, id) for deal in self.model.live("deals") for id in deal.lines]
        return lines[choice % len(lines)] if lines else None

    @rule(version=VERSIONS, choice=CHOICE, product=CHOICE, price=PRICES, quantity=QUANTITIES, is_enabled=st.booleans())
    def add_line(
        self, version: str, choice: int, product: int, price: float, quantity: float, is_enabled: bool
    ) -> None:
        deal, found = self.pick_record("deals", choice), self.pick_record("products", product)
        if deal and found:
            line = ExpectedLine(found.id, price, quantity, is_enabled)
            body = {"product_id": found.id, "item_price": price, "quantity": quantity, **enabled(version, is_enabled)}
            added = self.api.post(f"{version}/deals/{deal.id}/products", body).data
            assert (added["sum"], added["product_id"]) == (line.sum, found.id)
            deal.lines[added["id"]] = line
            deal.follow_lines()

    @rule(version=VERSIONS, choice=CHOICE, quantity=QUANTITIES, is_enabled=st.booleans())
    def change_line(self, version: str, choice: int, quantity: float, is_enabled: bool) -> None:
        if picked := self.pick_line(choice):
            deal, id = picked
            change = self.api.put if version == "/v1" else self.api.patch
            body = {"quantity": quantity, **enabled(version, is_enabled)}
            line = deal.lines[id]
            line.quantity, line.is_enabled = quantity, is_enabled
            assert change(f"{version}/deals/{deal.id}/products/{id}", body).data["sum"] == line.sum
            deal.follow_lines()

    @rule(version=VERSIONS, choice=CHOICE)
    def remove_line(self, version: str, choice: int) -> None:
        if picked := self.pick_line(choice):
            deal, id = picked
            assert self.api.delete(f"{version}/deals/{deal.id}/products/{id}").data["id"] == id
            del deal.lines[id]
            deal.follow_lines()

    @rule(choice=CHOICE)
    def copy_deal(self, choice: int) -> None:
        if deal := self.pick_record("deals", choice):
            id = self.api.post(f"/v1/deals/{deal.id}/duplicate").data["id"]
            self.model.create("deals", id, deal.values)
            copy = self.model.records[-1]
            copy.participant_ids = {*deal.participant_ids}
            copied = self.api.get(f"/api/v2/deals/{id}/products").data
            copy.lines = {
                line["id"]: ExpectedLine(**vars(own)) for line, own in zip(copied, deal.lines.values(), strict=True)
            }

    @rule(choice=CHOICE)
    def read_lines(self, choice: int) -> None:
        if deal := self.pick_record("deals", choice):
            self.check_lines(deal)

    @rule(choice=CHOICE)
    def read_deals_of_product(self, choice: int) -> None:
        if product := self.pick_record("products", choice):
            listed = self.api.get(f"/v1/products/{product.id}/deals").data or []
            assert [deal["id"] for deal in listed] == [
                deal.id
                for deal in self.model.live("deals")
                if not deal.values["is_archived"] and any(line.product_id == product.id for line in deal.lines.values())
            ]

    def check_one(self, record: ExpectedRecord) -> None:
        super().check_one(record)
        if record.kind == "deals" and not record.is_deleted:
            self.check_lines(record)

    def check_lines(self, deal: ExpectedRecord) -> None:
        """Compares the lines of a live deal in both versions."""
        for version, flag in (("/v1", "enabled_flag"), ("/api/v2", "is_enabled")):
            listed = self.api.get(f"{version}/deals/{deal.id}/products").data or []
            found = {line["id"]: (line["product_id"], line["sum"], line[flag]) for line in listed}
            assert found == {id: (line.product_id, line.sum, line.is_enabled) for id, line in deal.lines.items()}


def enabled(version: str, is_enabled: bool) -> dict[str, Any]:
    """Returns whether a line counts, as a version of the API takes it."""
    return {"enabled_flag": int(is_enabled)} if version == "/v1" else {"is_enabled": is_enabled}
