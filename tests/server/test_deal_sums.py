"""A summary of all deals says the same as one that adds them up, whatever has happened to them before."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.api import Api
from tests.company import add_role, add_user, hide_pipeline
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

    def __init__(self, users: Sequence[Api]) -> None:
        self.api = users[0]
        self.chance = random.Random(7)
        self.users = [user.bearer.user_id for user in users]
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
            "visible_to": choose((1, 3, 5, 7)),
        }
        return {name: value for name, value in given.items() if self.chance.random() < 0.5}

    def create(self) -> None:
        self.deals.append(self.api.post("/api/v2/deals", {"title": "Deal", **self.values()}).data["id"])

    def change(self) -> None:
        self.api.patch(f"/api/v2/deals/{self.chance.choice(self.deals)}", self.values())

    def follow(self) -> None:
        path = f"/api/v2/deals/{self.chance.choice(self.deals)}/followers"
        user_id = self.chance.choice(self.users)
        if self.api.post(path, {"user_id": user_id}).status == 400:
            self.api.delete(f"{path}/{user_id}")

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
        few: list[Callable[[], None]] = [self.delete, self.merge, self.duplicate, self.move_stage, self.follow]
        (self.create if len(self.deals) < 3 else self.chance.choice(many + few))()


@pytest.fixture
def users(api: Api) -> list[Api]:
    """An admin, and users of a role, of one above it and of one beside it that does not see a pipeline."""
    pipeline = api.post("/api/v2/pipelines", {"name": "Second"}).data["id"]
    stage = api.post("/api/v2/stages", {"name": "Far", "pipeline_id": pipeline, "deal_probability": 40}).data["id"]
    assert (pipeline, stage) == (2, 6)
    above, beside = add_role(api, "Above"), add_role(api, "Beside")
    hide_pipeline(api, beside, pipeline)
    roles = {"Boss": above, "Rep": add_role(api, "Below", parent_id=above), "Other": beside}
    return [api, *(add_user(api, name, role_id=role) for name, role in roles.items())]


def test_sums_are_those_of_the_deals(api: Api, users: list[Api]) -> None:
    chances = Chances(users)
    everything = Fields(api).test("deal", "title", "NOT LIKE '$%'", "None")
    filter_id = post(api, "deals", everything, visible_to=7).data["id"]

    def summary(user: Api, **query: object) -> list[Any]:
        return [user.get(f"/v1/deals/summary{archived}", **query).data for archived in ("", "/archived")]

    for number in range(STEPS):
        chances.happen()
        if number % 25 == 0 or number == STEPS - 1:
            for user in users:
                for question in QUESTIONS:
                    asked = (number, user.bearer.user_id, question)
                    assert summary(user, **question) == summary(user, **question, filter_id=filter_id), asked
    counts = [sum(one["total_count"] for one in summary(user)) for user in users]
    assert counts[0] == len(chances.deals)
    assert len(set(counts)) > 2
    owners = [sum(one["total_count"] for one in summary(api, user_id=user_id)) for user_id in chances.users]
    assert sum(owners) == len(chances.deals)
    assert min(owners) > 0
    for deal_id in chances.deals:
        api.delete(f"/v1/deals/{deal_id}")
    assert [one["values_total"] for one in summary(api)] == [{}, {}]
