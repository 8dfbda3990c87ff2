"""A goal is set, found by what it is about, met by deals that are won, changed and given up."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.actions.local_crm import LocalCrm


def test_a_goal_is_met_by_deals(crm: LocalCrm) -> None:
    me = crm.data("v1.get_users_me")["id"]
    today = datetime.now(UTC).date()
    year = {"start": f"{today.year}-01-01", "end": f"{today.year}-12-31"}
    pipeline = crm.ids("v2.get_pipelines")[0]
    goal = crm.data(
        "v1.post_goals",
        data={
            "title": "Win three",
            "type": {"name": "deals_won", "params": {"pipeline_id": [pipeline]}},
            "assignee": {"type": "person", "id": me},
            "expected_outcome": {"target": 3, "tracking_metric": "quantity"},
            "duration": year,
            "interval": "yearly",
        },
    )["goal"]
    crm.create("v2.post_deals", title="Won", status="won", pipeline_id=pipeline)
    crm.create("v2.post_deals", title="Open", pipeline_id=pipeline)
    period = {"period.start": year["start"], "period.end": year["end"]}
    result = crm.data("v1.get_goals_by_id_results", id=goal["id"], **period)
    assert result["progress"] == 1
    assert result["goal"]["id"] == goal["id"]

    crm.data("v1.put_goals_by_id", id=goal["id"], data={"title": "Win four", "interval": "monthly"})
    found = {"type.name": "deals_won", "assignee.id": me, "assignee.type": "person", "expected_outcome.target": 3}
    assert [(one["id"], one["title"]) for one in crm.data("v1.get_goals_find", **found)["goals"]] == [
        (goal["id"], "Win four")
    ]
    crm.run("v1.delete_goals_by_id", id=goal["id"])
    assert crm.data("v1.get_goals_find", **found)["goals"] == []
