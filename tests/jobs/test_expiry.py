"""What is kept for a while only is gone after it."""

from __future__ import annotations

from pathlib import Path

from dealwright.jobs import listing
from dealwright.jobs.due import run_due
from tests.api import Api
from tests.jobs import probe

CONDITIONS = {
    "glue": "and",
    "conditions": [{"glue": "and", "conditions": []}, {"glue": "or", "conditions": []}],
}


def test_temporary_filters_go_when_nobody_has_changed_them_for_a_week(api: Api) -> None:
    def add(name: str, **values: bool) -> int:
        return int(
            api.post("/v1/filters", {"name": name, "type": "deals", "conditions": CONDITIONS, **values}).data["id"]
        )

    temporary, changed, kept = add("a", temporary_flag=True), add("b", temporary_flag=True), add("c")
    run_due(api.companies)
    api.clock.advance(days=6)
    api.put(f"/v1/filters/{changed}", {"name": "b2", "conditions": CONDITIONS})
    run_due(api.companies)
    assert {one["id"] for one in api.get("/v1/filters").data} == {temporary, changed, kept}
    api.clock.advance(days=2)
    run_due(api.companies)
    assert {one["id"] for one in api.get("/v1/filters").data} == {changed, kept}


def test_jobs_that_were_given_up_are_forgotten_after_a_month(api: Api, tmp_path: Path) -> None:
    company = api.bearer.company
    probe.enqueue_alone(api.companies, company, tmp_path / "log", "a", give_up=1)
    run_due(api.companies)
    if company.database.dialect == "postgresql":
        # There, the time at which it happened is the database's.
        with company.database.write() as db:
            db.script("update dealwright.procrastinate_events set at = '2026-03-02 10:00:00+0'")
    api.clock.advance(days=29)
    run_due(api.companies)
    assert listing.jobs_of(company, "failed")
    api.clock.advance(days=2)
    run_due(api.companies)
    assert not listing.jobs_of(company, "failed")
