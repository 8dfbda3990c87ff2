"""Goals: setting, changing and finding them, and who may."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.change_log import broken_chains, unlogged_records
from tests.company import add_user, hide_pipeline, set_permissions

UNKNOWN = "0" * 32


def goal_body(**changes: Any) -> dict[str, Any]:
    """Returns a goal to set: to win ten deals each month of 2026, for the admin."""
    return {
        "title": "Win",
        "type": {"name": "deals_won", "params": {"pipeline_id": [1]}},
        "assignee": {"type": "person", "id": 1},
        "expected_outcome": {"target": 10, "tracking_metric": "quantity"},
        "duration": {"start": "2026-01-01", "end": "2026-12-31"},
        "interval": "monthly",
    } | changes


def add_goal(api: Api, **changes: Any) -> Any:
    return api.post("/v1/goals", goal_body(**changes)).data["goal"]


def find(api: Api, **query: object) -> list[str]:
    """Returns the titles of the goals that are found; underscores in names stand for the dots after the first words."""
    names = {"expected_outcome_target": "expected_outcome.target"}
    found = api.get("/v1/goals/find", **{names.get(name, name): value for name, value in query.items()})
    return [goal["title"] for goal in found.data["goals"]]


def test_goals_are_set_changed_and_deleted(api: Api) -> None:
    answer = api.post("/v1/goals", goal_body())
    goal = answer.data["goal"]
    assert {name: answer.body[name] for name in ("statusCode", "statusText", "service")} == {
        "statusCode": 20000,
        "statusText": "OK",
        "service": "statistics-goals-api",
    }
    assert len(goal["id"]) == len(goal["report_ids"][0]) == 32
    assert goal == {
        **goal_body(),
        "id": goal["id"],
        "owner_id": 1,
        "expected_outcome": {"target": 10, "tracking_metric": "quantity"},
        "is_active": True,
        "report_ids": goal["report_ids"],
    }
    change = {
        "title": None,
        "interval": "yearly",
        "duration": {"start": "2026-02-01", "end": None},
        "expected_outcome": {"target": 0.5, "tracking_metric": "sum", "currency_id": 2},
        "assignee": {"type": "company", "id": api.principal.company.id},
        "type": {"name": "deals_progressed", "params": {"pipeline_id": None, "stage_id": 2}},
    }
    changed = api.put(f"/v1/goals/{goal['id'].upper()}", change).data["goal"]
    assert changed == {**goal, **change}
    assert api.put(f"/v1/goals/{goal['id']}", {"title": "Again"}).data["goal"] == changed | {"title": "Again"}
    assert api.get("/v1/goals/find", **{"assignee.type": "company"}).data == {"goals": [changed | {"title": "Again"}]}
    assert unlogged_records(api) == {}
    with api.principal.company.database.read() as db:
        assert broken_chains(db) == []
    deleted = api.delete(f"/v1/goals/{goal['id']}")
    assert deleted.body == {
        "success": True,
        "statusCode": 20000,
        "statusText": "OK",
        "service": "statistics-goals-api",
    }
    assert find(api, **{"assignee.type": "company"}) == []
    for gone in (
        api.delete(f"/v1/goals/{goal['id']}"),
        api.put(f"/v1/goals/{goal['id']}", {"title": "x"}),
        api.put(f"/v1/goals/{UNKNOWN}", {"title": "x"}),
        api.get(f"/v1/goals/{goal['id']}/results", **{"period.start": "2026-03-01", "period.end": "2026-03-02"}),
    ):
        assert (gone.status, gone.error) == (404, "Goal not found")


def test_parameters_that_mean_everything(api: Api) -> None:
    every_pipeline: tuple[dict[str, Any], ...] = ({}, {"pipeline_id": None}, {"pipeline_id": []})
    for params in every_pipeline:
        assert add_goal(api, type={"name": "deals_won", "params": params})["type"]["params"] == {"pipeline_id": None}
    made = add_goal(api, type={"name": "activities_added"})
    assert made["type"] == {"name": "activities_added", "params": {"activity_type_id": None}}
    sum_of_money = {"target": 10, "tracking_metric": "sum"}
    outcome = add_goal(api, expected_outcome=sum_of_money)["expected_outcome"]
    euro = next(one["id"] for one in api.get("/v1/currencies").data if one["code"] == "EUR")
    assert outcome == sum_of_money | {"currency_id": euro}


@pytest.mark.parametrize(
    "change",
    [
        {"type": None},
        {"type": {"name": "deals_lost"}},
        {"type": {"name": "deals_progressed", "params": {"pipeline_id": [1]}}},
        {"type": {"name": "deals_progressed", "params": {"stage_id": 99}}},
        {"type": {"name": "deals_won", "params": {"pipeline_id": [1, 99]}}},
        {"type": {"name": "activities_added", "params": {"activity_type_id": [99]}}},
        {"assignee": {"type": "person", "id": 99}},
        {"assignee": {"type": "team", "id": 1}},
        {"assignee": {"type": "company", "id": 99}},
        {"assignee": {"type": "person"}},
        {"expected_outcome": {"target": -1, "tracking_metric": "quantity"}},
        {"expected_outcome": {"target": 1e300, "tracking_metric": "quantity"}},
        {"expected_outcome": {"target": 10, "tracking_metric": "quantity", "currency_id": 1}},
        {"expected_outcome": {"target": 10, "tracking_metric": "sum", "currency_id": 9999}},
        {
            "type": {"name": "activities_added"},
            "expected_outcome": {"target": 10, "tracking_metric": "sum", "currency_id": 1},
        },
        {"duration": {"start": "2026-01-01", "end": "2025-12-31"}},
        {"duration": {"start": "soon"}},
        {"interval": "daily"},
    ],
)
def test_invalid_goals_are_refused(api: Api, change: dict[str, Any]) -> None:
    assert api.post("/v1/goals", goal_body(**change)).status == 400
    assert find(api) == []
    goal = add_goal(api)
    if change != {"type": None}:
        assert api.put(f"/v1/goals/{goal['id']}", change).status == 400
    assert api.get("/v1/goals/find").data == {"goals": [goal]}


def test_a_change_fits_what_stays(api: Api) -> None:
    goal = add_goal(api, expected_outcome={"target": 10, "tracking_metric": "sum", "currency_id": 1})
    assert api.put(f"/v1/goals/{goal['id']}", {"type": {"name": "activities_added"}}).status == 400
    stage = {"name": "deals_progressed", "params": {"stage_id": 1, "pipeline_id": [1]}}
    other = api.post("/api/v2/pipelines", {"name": "Other"}).data["id"]
    assert api.put(f"/v1/goals/{goal['id']}", {"type": stage}).status == 200
    stage["params"] = {"stage_id": 1, "pipeline_id": [other]}
    assert api.put(f"/v1/goals/{goal['id']}", {"type": stage}).status == 400


def test_finding_by_every_property(api: Api) -> None:
    rita = add_user(api, "Rita").principal.user_id
    api.post("/v1/legacyTeams", {"name": "Closers", "manager_id": 1})
    pipeline = api.post("/api/v2/pipelines", {"name": "Second"}).data["id"]
    money = {"target": 5000, "tracking_metric": "sum", "currency_id": 3}
    both, over = [1, pipeline], {"start": "2025-01-01", "end": "2026-02-28"}
    add_goal(api, title="mine")
    add_goal(api, title="over", duration=over)
    add_goal(
        api, title="money", expected_outcome=money, type={"name": "deals_started", "params": {"pipeline_id": both}}
    )
    add_goal(api, title="ritas", assignee={"type": "person", "id": rita}, duration={"start": "2027-01-01"})
    add_goal(
        api,
        title="team",
        assignee={"type": "team", "id": 1},
        type={"name": "activities_added", "params": {"activity_type_id": [1, 2]}},
    )
    add_goal(
        api,
        title="company",
        assignee={"type": "company", "id": api.principal.company.id},
        type={"name": "deals_progressed", "params": {"stage_id": 3}},
    )
    assert find(api) == ["mine", "money"]
    assert find(api, is_active="false") == ["over"]
    assert find(api, title="money") == ["money"]
    assert find(api, title="ritas") == []
    for query, titles in (
        ({"assignee.id": rita}, ["ritas"]),
        ({"assignee.id": 1}, ["mine", "money", "team"] + ["company"] * (api.principal.company.id == 1)),
        ({"assignee.type": "person"}, ["mine", "money", "ritas"]),
        ({"assignee.type": "team"}, ["team"]),
        ({"type.name": "deals_won"}, ["mine", "ritas"]),
        ({"type.name": "deals_won", "title": "ritas"}, ["ritas"]),
        ({"expected_outcome.target": 5000}, ["money"]),
        ({"expected_outcome.tracking_metric": "sum"}, ["money"]),
        ({"expected_outcome.currency_id": 3}, ["money"]),
        ({"type.params.pipeline_id": 1}, ["mine", "money", "ritas"]),
        ({"type.params.pipeline_id": f"{pipeline},1"}, ["money"]),
        ({"type.params.stage_id": 3}, ["company"]),
        ({"type.params.activity_type_id": "2"}, ["team"]),
        ({"type.name": "deals_won", "period.start": "2027-01-01", "period.end": "2027-12-31"}, ["ritas"]),
        ({"period.start": "2026-12-31", "period.end": "2026-12-31"}, ["mine", "money"]),
        ({"period.start": "2027-01-01", "period.end": "2027-01-01"}, []),
    ):
        assert find(api, **query) == titles, query
    for query in ({"period.start": "2026-01-01"}, {"period.end": "2026-01-01"}, {"type.name": "x"}):
        assert api.get("/v1/goals/find", **query).status == 400


def test_goals_end_after_their_last_day_where_the_company_is(api: Api) -> None:
    add_goal(api, duration={"start": "2026-01-01", "end": "2026-03-02"})
    assert find(api) == ["Win"]
    api.clock.advance(hours=14)
    assert find(api) == []
    assert find(api, is_active="false") == ["Win"]


def test_who_sees_and_sets_goals(api: Api) -> None:
    rep = add_user(api, "Rep")
    own = {"type": "person", "id": rep.principal.user_id}
    api.post("/v1/legacyTeams", {"name": "Closers", "manager_id": 1, "users": [own["id"]]})
    api.post("/v1/legacyTeams", {"name": "Others", "manager_id": 1})
    goals = {
        "admin's": add_goal(api, title="admin's"),
        "rep's": add_goal(api, title="rep's", assignee=own),
        "team's": add_goal(api, title="team's", assignee={"type": "team", "id": 1}),
        "others'": add_goal(api, title="others'", assignee={"type": "team", "id": 2}),
        "company's": add_goal(api, title="company's", assignee={"type": "company", "id": api.principal.company.id}),
    }
    seen = ["rep's", "team's", "company's"]
    assert find(rep, **{"type.name": "deals_won"}) == seen
    assert find(rep) == ["rep's"]
    period = {"period.start": "2026-03-01", "period.end": "2026-03-31"}
    for title, goal in goals.items():
        assert rep.get(f"/v1/goals/{goal['id']}/results", **period).status == (200 if title in seen else 404)
        for refused in (rep.delete(f"/v1/goals/{goal['id']}"), rep.put(f"/v1/goals/{goal['id']}", {"assignee": own})):
            if title != "rep's":
                assert refused.status == (403 if title in seen else 404)
    # The last one has deleted the rep's.
    assert rep.post("/v1/goals", goal_body()).status == 403
    made = rep.post("/v1/goals", goal_body(assignee=own)).data["goal"]
    assert made["owner_id"] == own["id"]
    assert rep.put(f"/v1/goals/{made['id']}", {"assignee": {"type": "person", "id": 1}}).status == 403
    assert rep.put(f"/v1/goals/{made['id']}", {"interval": "weekly"}).data["goal"]["interval"] == "weekly"
    set_permissions(api, "can_see_other_users_statistics")
    assert find(rep, **{"type.name": "deals_won"}) == ["admin's", "team's", "others'", "company's", "Win"]


def test_hidden_pipelines_are_no_pipelines(api: Api) -> None:
    rep = add_user(api, "Rep")
    hide_pipeline(api, 1, 1)
    own = {"type": "person", "id": rep.principal.user_id}
    assert rep.post("/v1/goals", goal_body(assignee=own)).status == 400
