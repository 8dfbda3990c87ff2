"""How far goals have come: every type, by number and by sum, for users, teams and the company."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from dealwright.storage import tables
from tests.api import Api
from tests.company import add_user
from tests.server.deals.test_goals import add_goal


def progress(api: Api, goal: Any, first: str = "2026-03-01", last: str = "2026-03-31") -> Any:
    return api.get(f"/v1/goals/{goal['id']}/results", **{"period.start": first, "period.end": last}).data["progress"]


def money(api: Api, code: str = "EUR") -> dict[str, object]:
    currency = next(one["id"] for one in api.get("/v1/currencies").data if one["code"] == code)
    return {"target": 1000, "tracking_metric": "sum", "currency_id": currency}


def kind(name: str, **params: object) -> dict[str, object]:
    return {"name": name, "params": params}


def add_deal(api: Api, value: float, **values: object) -> int:
    id: int = api.post("/api/v2/deals", {"title": "Roof", "value": value, "currency": "EUR", **values}).data["id"]
    return id


def test_deals_started_and_won(api: Api) -> None:
    second = api.post("/api/v2/pipelines", {"name": "Second"}).data["id"]
    stage = api.post("/api/v2/stages", {"name": "First", "pipeline_id": second}).data["id"]
    add_deal(api, 100)
    add_deal(api, 10, stage_id=stage)
    won = add_deal(api, 1, status="won")
    api.delete(f"/api/v2/deals/{add_deal(api, 5000, status='won')}")
    api.patch(f"/api/v2/deals/{add_deal(api, 1000, status='won')}", {"is_archived": True})
    api.clock.advance(days=31)
    add_deal(api, 20000, status="won")
    all_started = add_goal(api, type=kind("deals_started"))
    started = add_goal(api, type=kind("deals_started", pipeline_id=[second]))
    assert (progress(api, all_started), progress(api, started)) == (4, 1)
    assert progress(api, all_started, "2026-03-02", "2026-04-02") == 5
    assert progress(api, all_started, "2026-03-03", "2026-04-01") == 0
    assert progress(api, add_goal(api, type=kind("deals_started"), expected_outcome=money(api))) == 1111
    wins = add_goal(api, type=kind("deals_won"))
    value = add_goal(api, type=kind("deals_won"), expected_outcome=money(api))
    assert (progress(api, wins), progress(api, value)) == (2, 1001)
    api.patch(f"/api/v2/deals/{won}", {"status": "lost"})
    assert (progress(api, wins), progress(api, value)) == (1, 1000)


def test_sums_are_converted(api: Api) -> None:
    add_deal(api, 100, status="won")
    add_deal(api, 100, status="won", currency="USD")
    goal = add_goal(api, type=kind("deals_won"), expected_outcome=money(api))
    total = api.get("/v1/deals/summary", status="won").data["total_currency_converted_value"]
    assert progress(api, goal) == total > 100


def test_deals_that_come_into_a_stage(api: Api) -> None:
    first, second = (stage["id"] for stage in api.get("/api/v2/stages").data[:2])
    deal = add_deal(api, 100, stage_id=first)
    add_deal(api, 10, stage_id=second)
    goal = add_goal(api, type=kind("deals_progressed", stage_id=second))
    value = add_goal(api, type=kind("deals_progressed", stage_id=second, pipeline_id=[1]), expected_outcome=money(api))
    assert (progress(api, goal), progress(api, value)) == (1, 10)
    for stage in (second, first, second):
        api.patch(f"/api/v2/deals/{deal}", {"stage_id": stage})
    assert (progress(api, goal), progress(api, value)) == (2, 110)


def test_the_revenue_that_is_to_be_expected(api: Api) -> None:
    add_deal(api, 100, status="won")
    add_deal(api, 1000, probability=50, expected_close_date="2026-03-31")
    add_deal(api, 5000, probability=50, expected_close_date="2026-04-01")
    add_deal(api, 7000, probability=50)
    archived = add_deal(api, 9000, expected_close_date="2026-03-20")
    api.patch(f"/api/v2/deals/{archived}", {"is_archived": True})
    assert progress(api, add_goal(api, type=kind("revenue_forecast"))) == 2
    assert progress(api, add_goal(api, type=kind("revenue_forecast"), expected_outcome=money(api))) == 600


def test_activities_added_and_completed(api: Api) -> None:
    for type in ("call", "call", "meeting"):
        api.post("/api/v2/activities", {"subject": "Talk", "type": type})
    done = api.post("/api/v2/activities", {"subject": "Talk", "type": "meeting"}).data["id"]
    calls = next(one["id"] for one in api.get("/v1/activityTypes").data if one["key_string"] == "call")
    added = add_goal(api, type=kind("activities_added"))
    added_calls = add_goal(api, type=kind("activities_added", activity_type_id=[calls]))
    completed = add_goal(api, type=kind("activities_completed"))
    assert [progress(api, goal) for goal in (added, added_calls, completed)] == [4, 2, 0]
    api.clock.advance(days=31)
    api.patch(f"/api/v2/activities/{done}", {"done": True})
    assert [progress(api, goal) for goal in (added, added_calls, completed)] == [4, 2, 0]
    assert progress(api, completed, "2026-04-01", "2026-04-30") == 1
    api.patch(f"/api/v2/activities/{done}", {"done": False})
    assert progress(api, completed, "2026-04-01", "2026-04-30") == 0
    api.delete(f"/api/v2/activities/{done}")
    assert progress(api, added) == 3


def test_users_teams_and_the_company(api: Api) -> None:
    rita, sam = add_user(api, "Rita"), add_user(api, "Sam")
    for user in (api, rita, rita, sam):
        add_deal(user, 1, status="won", visible_to=7)
        user.post("/api/v2/activities", {"subject": "Talk", "type": "call"})
    ids = [user.principal.user_id for user in (rita, sam)]
    api.post("/v1/legacyTeams", {"name": "Closers", "manager_id": 1, "users": ids})
    assignees = (
        {"type": "person", "id": 1},
        {"type": "person", "id": ids[0]},
        {"type": "team", "id": 1},
        {"type": "company", "id": api.principal.company.id},
    )
    for name in ("deals_won", "deals_started", "activities_added"):
        goals = [add_goal(api, type=kind(name), assignee=assignee) for assignee in assignees]
        assert [progress(api, goal) for goal in goals] == [1, 2, 3, 4], name
    api.call("DELETE", "/v1/legacyTeams/1/users", {"users": ids[1:]})
    assert progress(api, add_goal(api, assignee=assignees[2])) == 2


def test_only_what_one_sees_is_counted(api: Api) -> None:
    rep = add_user(api, "Rep")
    add_deal(api, 1, status="won", visible_to=1)
    add_deal(api, 10, status="won", visible_to=7)
    goal = add_goal(api, assignee={"type": "company", "id": api.principal.company.id}, expected_outcome=money(api))
    assert (progress(api, goal), progress(rep, goal)) == (11, 10)


def test_days_are_those_of_the_company(api: Api) -> None:
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        crm.db.execute(sa.update(tables.company).values(timezone="Asia/Tokyo"))
        crm.invalidate_company_data()
    api.clock.advance(hours=6)
    # It is 01:00 of the next day in Tokyo.
    add_deal(api, 1)
    goal = add_goal(api, type=kind("deals_started"))
    assert progress(api, goal, "2026-03-02", "2026-03-02") == 0
    assert progress(api, goal, "2026-03-03", "2026-03-03") == 1


def test_a_period_is_within_that_of_the_goal(api: Api) -> None:
    goal = add_goal(api)
    for first, last in (("2025-12-31", "2026-01-31"), ("2026-12-01", "2027-01-01"), ("2026-03-02", "2026-03-01")):
        wrong = api.get(f"/v1/goals/{goal['id']}/results", **{"period.start": first, "period.end": last})
        assert wrong.status == 400
    assert api.get(f"/v1/goals/{goal['id']}/results").status == 400
    endless = add_goal(api, duration={"start": "0001-01-01"})
    assert progress(api, endless, "0001-01-01", "9999-12-31") == 0
