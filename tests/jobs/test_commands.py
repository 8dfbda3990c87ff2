"""``dealwright worker`` and the commands that look at jobs, as people use them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dealwright._database_errors import Problem
from dealwright.cli import main
from dealwright.crm.companies import Companies
from dealwright.jobs.run_due import run_due
from dealwright.storage.platform import Platform
from tests import company
from tests.jobs import probe


def list_jobs(capsys: pytest.CaptureFixture[str], location: str, *arguments: str) -> list[list[str]]:
    assert main(["db", "jobs", "--database", location, *arguments]) == 0
    return [line.split("\t") for line in capsys.readouterr().out.splitlines()]


def test_jobs_are_listed_and_tried_again(location: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    company.create_company(location)
    log = tmp_path / "log"
    companies = Companies(Platform(location))
    try:
        tests = companies.platform.list_companies()[0]
        probe.enqueue_in_own_unit(companies, tests, log, "a", give_up=1)
        run_due(companies)
        probe.enqueue_in_own_unit(companies, tests, log, "b")
        id, *rest = list_jobs(capsys, location, "--state", "failed")[0]
        assert (rest[0], rest[1], rest[3], rest[5]) == ("probe", "failed", "1 failures", "PermanentFailure: hopeless")
        assert '"name":"a"' in rest[4].replace(" ", "")
        names = sorted((job[1], job[2]) for job in list_jobs(capsys, location, "--company", "tests"))
        assert names == [("expire", "waiting"), ("probe", "failed"), ("probe", "waiting"), ("purge", "waiting")]
        assert main(["db", "retry-job", id, "--database", location]) == 0
        assert list_jobs(capsys, location, "--state", "failed") == []
        assert run_due(companies) == 2
        assert main(["db", "retry-job", "999", "--database", location]) == 2
        assert "there is no job 999 in tests" in capsys.readouterr().err
    finally:
        companies.platform.close()


def test_a_worker_needs_companies_whose_tables_are_up_to_date(
    location: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["worker", "--database", location]) == Problem.MISSING.exit_code
    assert "there is no company" in capsys.readouterr().err
    company.create_company(location)
    platform = Platform(location)
    with platform.list_companies()[0].database.write() as db:
        schema = "company_tests." if db.dialect == "postgresql" else ""
        db.execute_sql(f"update {schema}alembic_version set version_num = '0001'")
    platform.close()
    assert main(["worker", "--database", location]) == Problem.OLDER.exit_code
    assert "dealwright db upgrade" in capsys.readouterr().err
