"""``dealwright db check``: whatever is made wrong in a company is told, and what follows from other rows is put right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from dealwright.crm.kernel.counters import COUNTING_TYPES
from dealwright.storage import tables
from tests import company
from tests.api import Api
from tests.cli.command_result import Run
from tests.mailbox import receive, write_mail

DOMAIN = "tests"


@pytest.fixture
def served(location: str, tmp_path: Path) -> Iterator[Api]:
    """Yields a client of a company with a record of each kind that others count."""
    company.create_company(location)
    client = company.open_api(location, files=str(tmp_path / "files"))
    organization = client.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    person = client.post(
        "/api/v2/persons", {"name": "Ann", "org_id": organization, "emails": [{"value": "mary@customer.example"}]}
    ).data["id"]
    links = {"org_id": organization, "person_id": person}
    client.post("/v1/leads", {"title": "Lead", "person_id": person})
    deal = client.post("/api/v2/deals", {"title": "Deal", "value": 10, **links}).data["id"]
    client.post("/v1/notes", {"content": "Note", "deal_id": deal, **links})
    client.post("/api/v2/activities", {"subject": "Call", "deal_id": deal, "org_id": organization})
    client.post(
        "/api/v2/activities",
        {"subject": "Call", "participants": [{"person_id": person, "primary": True}], "done": True},
    )
    product = client.post("/api/v2/products", {"name": "Pencil"}).data["id"]
    client.post(f"/api/v2/deals/{deal}/products", {"product_id": product, "item_price": 5, "quantity": 2})
    receive(client, write_mail(files={"offer.pdf": b"%PDF"}), deal_id=deal)
    yield client
    company.close(client)


def write(api: Api, *statements: sa.Executable) -> None:
    with api.principal.company.database.write() as db:
        for statement in statements:
            db.execute(statement)


def test_nothing_is_wrong_with_what_rules_have_written(served: Api, location: str, run: Run) -> None:
    assert run("db", "check", "--database", location) == (0, "", "")


def test_every_kept_column_that_is_wrong_is_told_and_counted_anew(served: Api, location: str, run: Run) -> None:
    wrong: dict[str, None] = {}
    for kind in COUNTING_TYPES:
        columns = [name for kept in kind.kept for name in ([kept.column] if hasattr(kept, "column") else kept.values)]
        for name in columns:
            value = {"_date": "2020-02-02", "_time": "01:02:03"}.get(name[-5:], 77)
            value = "2020-02-02 01:02:03" if "_mail_" in name else value
            wrong[f"{DOMAIN}: {kind.object} 1: {name} is {value} and should be "] = None
            write(served, sa.update(kind.table).where(kind.table.c.id == 1).values({name: value}))
    assert wrong
    told = run("db", "check", "--database", location)
    assert told.code == 1
    assert all(any(line.startswith(beginning) for line in told.out.splitlines()) for beginning in wrong)
    assert len(told.out.splitlines()) == len(wrong)
    repaired = run("db", "check", "--repair", "--database", location)
    assert repaired.code == 0
    assert all(line.endswith(" (repaired)") for line in repaired.out.splitlines())
    assert run("db", "check", "--database", location) == (0, "", "")


DAMAGE: dict[str, tuple[sa.Executable, bool]] = {
    "deal_products 1: sum is 9 and should be 10": (sa.update(tables.deal_products).values(sum=9), True),
    "deals 1: mrr is 3 and should be 0": (sa.update(tables.deals).values(mrr=3), True),
    "mail_threads 1: message_count is 5 and should be 1": (
        sa.update(tables.mail_threads).values(message_count=5),
        True,
    ),
    "mail_messages 1: is_private is False and should be True": (
        sa.update(tables.mail_messages).values(is_private=False),
        True,
    ),
    "files 1: is_private is False and should be True": (sa.update(tables.files).values(is_private=False), True),
    "mail_messages 1: mail_links repeats other values than it has": (
        sa.update(tables.mail_links).values(is_sent=True),
        True,
    ),
    "activities 2: activity_participants repeats other values than it has": (
        sa.update(tables.activity_participants).values(due_date="2020-02-02"),
        True,
    ),
    "deal 1: the number of activities to do of type call of owner 1 is 77 and should be 1": (
        sa.update(tables.activity_counts).values(number=77),
        True,
    ),
    "person 1: the number of activities done of type call of owner 1 is 0 and should be 1": (
        sa.delete(tables.activity_counts),
        True,
    ),
    "organization 9: the number of activities to do of type call of owner 1 is 2 and should be 0": (
        sa.insert(tables.activity_counts).values(
            object="organization", record_id=9, owner_id=1, type="call", done=False, is_primary=True, number=2
        ),
        True,
    ),
    "deal 1: there is no stage 99": (sa.update(tables.deals).values(stage_id=99), False),
    "deal 1: its pipeline is 99, and that of its stage 1 is 1": (sa.update(tables.deals).values(pipeline_id=99), False),
    "deal 1: it is open, and its stage 1 is deleted": (
        sa.update(tables.stages).where(tables.stages.c.id == 1).values(is_deleted=True),
        False,
    ),
    "deals 1: org_id is 99, and there is no such organization": (sa.update(tables.deals).values(org_id=99), False),
    "notes 1: lead_id is nobody, and there is no such lead": (sa.update(tables.notes).values(lead_id="nobody"), False),
    "deal_participants 1: deal_id is 99, and there is no such deal": (
        sa.update(tables.deal_participants).values(deal_id=99),
        False,
    ),
    "followers 1: there is no deal 99": (
        sa.insert(tables.followers).values(object="deal", record_id=99, user_id=1, add_time="2026-03-02 10:00:00"),
        False,
    ),
    "followers 1: there is no user 99": (
        sa.insert(tables.followers).values(object="deal", record_id=1, user_id=99, add_time="2026-03-02 10:00:00"),
        False,
    ),
    "search index: the text of deal title 1 is not that of the record": (
        sa.update(tables.deals).values(title="Other"),
        True,
    ),
    "search index: the text of note content 1 is not that of the record": (sa.delete(tables.search_texts), True),
}


@pytest.mark.parametrize("problem", DAMAGE)
def test_what_is_wrong_is_told(served: Api, location: str, run: Run, problem: str) -> None:
    statement, repairable = DAMAGE[problem]
    write(served, statement)
    told = run("db", "check", "--database", location, "--company", DOMAIN)
    assert told.code == 1
    assert f"{DOMAIN}: {problem}" in told.out.splitlines()
    repaired = run("db", "check", "--database", location, "--repair")
    assert (f"{DOMAIN}: {problem} (repaired)" in repaired.out.splitlines()) is repairable
    assert repaired.code == (0 if repairable else 1)


def test_values_of_custom_fields_that_name_nothing_are_told(served: Api, location: str, run: Run) -> None:
    options = [{"label": "Red"}]
    keys = {
        kind: served.post(
            "/api/v2/dealFields",
            {"field_name": kind, "field_type": kind} | ({"options": options} if kind == "enum" else {}),
        ).data["field_code"]
        for kind in ("people", "org", "user", "enum")
    }
    write(served, sa.update(tables.deals).values(custom_fields=_json(keys)))
    told = run("db", "check", "--database", location)
    assert {line for line in told.out.splitlines() if "custom field" in line} == {
        f"{DOMAIN}: deal 1: custom field {key} names 99999, which there is not" for key in keys.values()
    }


def _json(keys: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{key}": 99999' for key in keys.values()) + "}"


def test_the_sums_of_deals_are_added_up_anew(tmp_path: Path, run: Run) -> None:
    location = str(tmp_path / "platform")
    company.create_company(location)
    client = company.open_api(location)
    client.post("/api/v2/deals", {"title": "Deal", "value": 10, "probability": 50})
    client.post("/api/v2/deals", {"title": "Deal", "value": 0.1})
    write(client, sa.update(tables.deal_sums).values(value=5))
    told = run("db", "check", "--repair", "--database", location)
    assert told.code == 0
    assert "tests: deal_sums of is_archived 0, status open" in told.out
    assert run("db", "check", "--database", location) == (0, "", "")
    assert client.get("/v1/deals/summary").data["values_total"]["EUR"]["value"] == 10.1
    company.close(client)
