"""Temporary data is deleted after its time."""

from __future__ import annotations

from pathlib import Path

from dealwright.jobs import inspect
from dealwright.jobs.run_due import run_due
from tests.api import Api
from tests.jobs import probe

CONDITIONS = {
    "glue": "and",
    "conditions": [{"glue": "and", "conditions": []}, {"glue": "or", "conditions": []}],
}


def test_temporary_filters_are_deleted_a_week_after_the_last_change(api: Api) -> None:
    def add(name: str, **values: bool) -> int:
        return int(
            api.post("/v1/filters", {"name": name, "type": "deals", "conditions": CONDITIONS, **values}).data["id"]
        )

    temporary, changed, permanent = add("a", temporary_flag=True), add("b", temporary_flag=True), add("c")
    run_due(api.companies)
    api.clock.advance(days=6)
    api.put(f"/v1/filters/{changed}", {"name": "b2", "conditions": CONDITIONS})
    run_due(api.companies)
    assert {one["id"] for one in api.get("/v1/filters").data} == {temporary, changed, permanent}
    api.clock.advance(days=2)
    run_due(api.companies)
    assert {one["id"] for one in api.get("/v1/filters").data} == {changed, permanent}


def test_jobs_that_were_given_up_are_deleted_after_a_month(api: Api, tmp_path: Path) -> None:
    company = api.principal.company
    probe.enqueue_in_own_unit(api.companies, company, tmp_path / "log", "a", give_up=1)
    run_due(api.companies)
    if company.database.dialect == "postgresql":
        # On PostgreSQL, the time of the event is that of the database's clock.
        with company.database.write() as db:
            db.execute_sql("update dealwright.procrastinate_events set at = '2026-03-02 10:00:00+0'")
    api.clock.advance(days=29)
    run_due(api.companies)
    assert inspect.list_jobs(company, "failed")
    api.clock.advance(days=2)
    run_due(api.companies)
    assert not inspect.list_jobs(company, "failed")
