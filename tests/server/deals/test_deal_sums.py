"""The stored sums of all deals are the same as sums computed from the deals, after any changes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.api import Api
from tests.company import add_role, add_user, hide_pipeline
from tests.server.integration.filtering import Fields, create_filter

STEPS = 150
SUMMARY_QUERIES: tuple[dict[str, object], ...] = (
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


class RandomActions:
    """Random changes to deals, from a fixed seed."""

    def __init__(self, users: Sequence[Api]) -> None:
        self.api = users[0]
        self.random = random.Random(7)
        self.users = [user.principal.user_id for user in users]
        self.deals: list[int] = []

    def random_values(self) -> dict[str, object]:
        """Returns random values for a deal."""
        choose = self.random.choice
        candidates = {
            "value": choose(VALUES),
            "currency": choose(("EUR", "USD")),
            "stage_id": choose((1, 2, 6)),
            "probability": choose((None, 0, 33, 100)),
            "status": choose(("open", "open", "won", "lost")),
            "owner_id": choose(self.users),
            "is_archived": choose((False, False, True)),
            "visible_to": choose((1, 3, 5, 7)),
        }
        return {name: value for name, value in candidates.items() if self.random.random() < 0.5}

    def create(self) -> None:
        self.deals.append(self.api.post("/api/v2/deals", {"title": "Deal", **self.random_values()}).data["id"])

    def change(self) -> None:
        self.api.patch(f"/api/v2/deals/{self.random.choice(self.deals)}", self.random_values())

    def follow(self) -> None:
        path = f"/api/v2/deals/{self.random.choice(self.deals)}/followers"
        user_id = self.random.choice(self.users)
        if self.api.post(path, {"user_id": user_id}).status == 400:
            self.api.delete(f"{path}/{user_id}")

    def delete(self) -> None:
        self.api.delete(f"/v1/deals/{self.deals.pop(self.random.randrange(len(self.deals)))}")

    def merge(self) -> None:
        gone = self.deals.pop(self.random.randrange(len(self.deals)))
        self.api.put(f"/v1/deals/{gone}/merge", {"merge_with_id": self.random.choice(self.deals)})

    def duplicate(self) -> None:
        self.deals.append(self.api.post(f"/v1/deals/{self.random.choice(self.deals)}/duplicate").data["id"])

    def move_stage(self) -> None:
        self.api.put("/v1/stages/6", {"pipeline_id": self.random.choice((1, 2))})

    def run_one(self) -> None:
        """Runs one random action."""
        frequent: list[Callable[[], None]] = [self.create, self.create, self.change, self.change, self.change]
        rare: list[Callable[[], None]] = [self.delete, self.merge, self.duplicate, self.move_stage, self.follow]
        (self.create if len(self.deals) < 3 else self.random.choice(frequent + rare))()


@pytest.fixture
def users(api: Api) -> list[Api]:
    """Returns an admin, and users of a role, of one above it and of one beside it that does not see a pipeline."""
    pipeline = api.post("/api/v2/pipelines", {"name": "Second"}).data["id"]
    stage = api.post("/api/v2/stages", {"name": "Far", "pipeline_id": pipeline, "deal_probability": 40}).data["id"]
    assert (pipeline, stage) == (2, 6)
    above, beside = add_role(api, "Above"), add_role(api, "Beside")
    hide_pipeline(api, beside, pipeline)
    roles = {"Boss": above, "Rep": add_role(api, "Below", parent_id=above), "Other": beside}
    return [api, *(add_user(api, name, role_id=role) for name, role in roles.items())]


def test_sums_are_those_of_the_deals(api: Api, users: list[Api]) -> None:
    actions = RandomActions(users)
    everything = Fields(api).condition("deal", "title", "NOT LIKE '$%'", "None")
    filter_id = create_filter(api, "deals", everything, visible_to=7).data["id"]

    def summary(user: Api, **query: object) -> list[Any]:
        return [user.get(f"/v1/deals/summary{archived}", **query).data for archived in ("", "/archived")]

    for number in range(STEPS):
        actions.run_one()
        if number % 25 == 0 or number == STEPS - 1:
            for user in users:
                for parameters in SUMMARY_QUERIES:
                    case = (number, user.principal.user_id, parameters)
                    assert summary(user, **parameters) == summary(user, **parameters, filter_id=filter_id), case
    counts = [sum(one["total_count"] for one in summary(user)) for user in users]
    assert counts[0] == len(actions.deals)
    assert len(set(counts)) > 2
    owners = [sum(one["total_count"] for one in summary(api, user_id=user_id)) for user_id in actions.users]
    assert sum(owners) == len(actions.deals)
    assert min(owners) > 0
    for deal_id in actions.deals:
        api.delete(f"/v1/deals/{deal_id}")
    assert [one["values_total"] for one in summary(api)] == [{}, {}]
