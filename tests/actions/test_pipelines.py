"""Pipelines and their stages, in both versions, and the way of deals through them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.actions.local_crm import LocalCrm


def test_a_pipeline_of_v2(crm: LocalCrm) -> None:
    pipeline = crm.create("v2.post_pipelines", name="Exports", is_deal_probability_enabled=True)
    found = crm.data("v2.get_pipelines_by_id", id=pipeline)
    assert (found["name"], found["is_deal_probability_enabled"]) == ("Exports", True)
    crm.data("v2.patch_pipelines_by_id", id=pipeline, data={"name": "Overseas", "is_deal_probability_enabled": False})
    [listed] = [one for one in crm.data("v2.get_pipelines") if one["id"] == pipeline]
    assert (listed["name"], listed["is_deal_probability_enabled"]) == ("Overseas", False)
    assert crm.data("v2.delete_pipelines_by_id", id=pipeline)["id"] == pipeline
    assert pipeline not in crm.ids("v2.get_pipelines")


def test_a_pipeline_of_v1(crm: LocalCrm) -> None:
    first = crm.ids("v1.get_pipelines")[0]
    pipeline = crm.create("v1.post_pipelines", name="Exports", deal_probability=1)
    found = crm.data("v1.get_pipelines_by_id", id=pipeline)
    assert (found["name"], found["deal_probability"], found["active"]) == ("Exports", True, True)
    crm.data("v1.put_pipelines_by_id", id=pipeline, data={"name": "Overseas", "order_nr": 0})
    assert crm.ids("v1.get_pipelines")[:2] == [pipeline, first]
    assert crm.data("v1.get_pipelines")[0]["name"] == "Overseas"
    crm.data("v1.delete_pipelines_by_id", id=pipeline)
    assert pipeline not in crm.ids("v1.get_pipelines")


def test_stages_of_v2(crm: LocalCrm) -> None:
    pipeline = crm.create("v2.post_pipelines", name="Repairs")
    stage = crm.create("v2.post_stages", name="Asked", pipeline_id=pipeline, deal_probability=30)
    found = crm.data("v2.get_stages_by_id", id=stage)
    assert (found["name"], found["pipeline_id"], found["deal_probability"]) == ("Asked", pipeline, 30)
    crm.data("v2.patch_stages_by_id", id=stage, data={"is_deal_rot_enabled": True, "days_to_rotten": 7})
    [listed] = crm.data("v2.get_stages", pipeline_id=pipeline)
    assert (listed["id"], listed["name"], listed["days_to_rotten"]) == (stage, "Asked", 7)
    assert crm.data("v2.delete_stages_by_id", id=stage)["id"] == stage
    assert crm.data("v2.get_stages", pipeline_id=pipeline) == []


def test_stages_of_v1(crm: LocalCrm) -> None:
    pipeline = crm.create("v1.post_pipelines", name="Rentals")
    asked, offered, agreed, signed = (
        crm.create("v1.post_stages", name=name, pipeline_id=pipeline)
        for name in ("Asked", "Offered", "Agreed", "Signed")
    )
    crm.data("v1.put_stages_by_id", id=signed, data={"name": "Paid", "order_nr": 1, "rotten_flag": 1, "rotten_days": 9})
    found = crm.data("v1.get_stages_by_id", id=signed)
    assert (found["name"], found["rotten_flag"], found["rotten_days"]) == ("Paid", True, 9)
    assert crm.ids("v1.get_stages", pipeline_id=pipeline) == [asked, signed, offered, agreed]
    assert crm.data("v1.delete_stages_by_id", id=asked)["id"] == asked
    assert crm.data("v1.delete_stages", ids=f"{offered},{agreed}")["id"] == [offered, agreed]
    assert crm.ids("v1.get_stages", pipeline_id=pipeline) == [signed]


def test_deals_go_through_a_pipeline(crm: LocalCrm) -> None:
    pipeline = crm.create("v2.post_pipelines", name="Ovens")
    asked, offered = (crm.create("v2.post_stages", name=name, pipeline_id=pipeline) for name in ("Asked", "Offered"))
    moved, waiting = (
        crm.create("v2.post_deals", title=title, stage_id=asked, value=100, currency="EUR")
        for title in ("Moves", "Waits")
    )
    crm.data("v2.patch_deals_by_id", id=moved, data={"stage_id": offered})
    assert crm.ids("v1.get_pipelines_by_id_deals", id=pipeline) == [moved, waiting]
    assert crm.ids("v1.get_pipelines_by_id_deals", id=pipeline, stage_id=offered) == [moved]
    assert crm.ids("v1.get_stages_by_id_deals", id=asked) == [waiting]

    today = datetime.now(UTC).date()
    days = {"start_date": today - timedelta(days=1), "end_date": today + timedelta(days=1)}
    rates = crm.data("v1.get_pipelines_by_id_conversion_statistics", id=pipeline, **days)["stage_conversions"]
    assert [(one["from_stage_id"], one["to_stage_id"], one["conversion_rate"]) for one in rates] == [
        (asked, offered, 50)
    ]
    crm.data("v2.patch_deals_by_id", id=moved, data={"status": "won"})
    movements = crm.data("v1.get_pipelines_by_id_movement_statistics", id=pipeline, **days)
    assert movements["movements_between_stages"] == {"count": 1}
    assert (movements["new_deals"]["deals_ids"], movements["won_deals"]["deals_ids"]) == ([moved, waiting], [moved])
    assert movements["deals_left_open"]["values"] == {"EUR": 100}
