"""A summary of all deals says the same as one that adds them up, whatever has happened to them before."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.api import Api
from tests.company import add_user
from tests.server.filtering import Fields, post

STEPS = 150
QUESTIONS: tuple[dict[str, object], ...] = (
    {},
    {"status": "open"},
    {"status": "won"},
    {"status": "lost", "stage_id": 1},
    {"stage_id": 2},
    {"stage_id": 6},
    {"pipeline_id": 1},
    {"pipeline_id": 2, "status": "open"},
)
VALUES = (0, 0.1, 0.2, 1 / 3, 4999.99, 1e9, 12)


class Chances:
    """Things that may happen to deals, at random but always the same."""

    def __init__(self, api: Api, user_id: int) -> None:
        self.api = api
        self.chance = random.Random(7)
        self.users = (1, user_id)
        self.deals: list[int] = []

    def values(self) -> dict[str, object]:
        """What a deal may be given."""
        choose = self.chance.choice
        given = {
            "value": choose(VALUES),
            "currency": choose(("EUR", "USD")),
            "stage_id": choose((1, 2, 6)),
            "probability": choose((None, 0, 33, 100)),
            "status": choose(("open", "open", "won", "lost")),
            "owner_id": choose(self.users),
            "is_archived": choose((False, False, True)),
        }
        return {name: value for name, value in given.items() if self.chance.random() < 0.5}

    def create(self) -> None:
        self.deals.append(self.api.post("/api/v2/deals", {"title": "Deal", **self.values()}).data["id"])

    def change(self) -> None:
        self.api.patch(f"/api/v2/deals/{self.chance.choice(self.deals)}", self.values())

    def delete(self) -> None:
        self.api.delete(f"/v1/deals/{self.deals.pop(self.chance.randrange(len(self.deals)))}")

    def merge(self) -> None:
        gone = self.deals.pop(self.chance.randrange(len(self.deals)))
        self.api.put(f"/v1/deals/{gone}/merge", {"merge_with_id": self.chance.choice(self.deals)})

    def duplicate(self) -> None:
        self.deals.append(self.api.post(f"/v1/deals/{self.chance.choice(self.deals)}/duplicate").data["id"])

    def move_stage(self) -> None:
        self.api.put("/v1/stages/6", {"pipeline_id": self.chance.choice((1, 2))})

    def happen(self) -> None:
        """One thing after the other."""
        many: list[Callable[[], None]] = [self.create, self.create, self.change, self.change, self.change]
        few: list[Callable[[], None]] = [self.delete, self.merge, self.duplicate, self.move_stage]
        (self.create if len(self.deals) < 3 else self.chance.choice(many + few))()


@pytest.fixture
def chances(api: Api) -> Chances:
    pipeline = api.post("/api/v2/pipelines", {"name": "Second"}).data["id"]
    stage = api.post("/api/v2/stages", {"name": "Far", "pipeline_id": pipeline, "deal_probability": 40}).data["id"]
    assert (pipeline, stage) == (2, 6)
    return Chances(api, add_user(api, "Rep", admin=True).bearer.user_id)


def test_sums_are_those_of_the_deals(api: Api, chances: Chances) -> None:
    everything = Fields(api).test("deal", "title", "NOT LIKE '$%'", "None")
    filter_id = post(api, "deals", everything).data["id"]

    def summary(**query: object) -> list[Any]:
        return [api.get(f"/v1/deals/summary{archived}", **query).data for archived in ("", "/archived")]

    for number in range(STEPS):
        chances.happen()
        if number % 10 == 0 or number == STEPS - 1:
            for question in QUESTIONS:
                assert summary(**question) == summary(**question, filter_id=filter_id), (number, question)
    owners = [sum(one["total_count"] for one in summary(user_id=user_id)) for user_id in chances.users]
    assert sum(owners) == len(chances.deals)
    assert min(owners) > 0
    for deal_id in chances.deals:
        api.delete(f"/v1/deals/{deal_id}")
    assert [one["values_total"] for one in summary()] == [{}, {}]
