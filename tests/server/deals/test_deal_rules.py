"""The effects of a deal's status, stage, archive state and links. The company's time zone is UTC by default."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.storage import tables
from tests.api import Api
from tests.company import add_user

DEALS = "/api/v2/deals"


@pytest.fixture
def deal(api: Api) -> str:
    """Returns the path of an open deal in the first stage."""
    return f"{DEALS}/{api.post(DEALS, {'title': 'Deal', 'value': 100}).data['id']}"


def closing_details(shown: dict[str, Any]) -> dict[str, Any]:
    """Returns the properties of a deal about its closing that are not empty."""
    names = (
        "won_time",
        "lost_time",
        "close_time",
        "local_won_date",
        "local_lost_date",
        "local_close_date",
        "lost_reason",
    )
    return {name: shown[name] for name in names if shown[name] is not None}


def test_won(api: Api, deal: str) -> None:
    api.clock.advance(hours=1)
    closed_at, day = "2026-03-02T11:00:00Z", "2026-03-02"
    won = api.patch(deal, {"status": "won"}).data
    assert (won["status"], won["stage_id"]) == ("won", 1)
    assert closing_details(won) == {
        "won_time": closed_at,
        "close_time": closed_at,
        "local_won_date": day,
        "local_close_date": day,
    }
    assert api.get(f"/v1/deals/{won['id']}").data["active"] is False
    api.clock.advance(hours=1)
    assert closing_details(api.patch(deal, {"status": "won", "value": 5}).data) == closing_details(won)


def test_lost_with_a_reason(api: Api, deal: str) -> None:
    closed_at, day = "2026-03-02T10:00:00Z", "2026-03-02"
    lost = api.patch(deal, {"status": "lost", "lost_reason": "Too dear"}).data
    ended = {"lost_time": closed_at, "close_time": closed_at, "local_lost_date": day, "local_close_date": day}
    assert closing_details(lost) == {**ended, "lost_reason": "Too dear"}
    assert closing_details(api.patch(deal, {"lost_reason": None}).data) == ended


def test_reopening_a_deal_clears_its_closing_details_but_not_its_first_won_time(api: Api, deal: str) -> None:
    api.patch(deal, {"status": "won"})
    api.clock.advance(days=1)
    lost = api.patch(deal, {"status": "lost"}).data
    assert (lost["won_time"], lost["lost_time"]) == (None, "2026-03-03T10:00:00Z")
    assert closing_details(api.patch(deal, {"status": "open"}).data) == {}
    api.patch(deal, {"status": "won"})
    again = api.get(deal, include_fields="first_won_time").data
    assert (again["first_won_time"], again["won_time"]) == ("2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z")


def test_closing_times_may_be_given(api: Api, deal: str) -> None:
    won = api.patch(deal, {"status": "won", "won_time": "2026-01-01T23:30:00Z"}).data
    assert (won["won_time"], won["close_time"], won["local_won_date"]) == (
        "2026-01-01T23:30:00Z",
        "2026-01-01T23:30:00Z",
        "2026-01-01",
    )
    closed = api.patch(deal, {"close_time": "2026-01-05T00:00:00Z"}).data
    assert (closed["won_time"], closed["close_time"]) == ("2026-01-01T23:30:00Z", "2026-01-05T00:00:00Z")
    made = api.post("/v1/deals", {"title": "Old", "status": "lost", "lost_time": "2020-05-06 07:08:09"}).data
    assert (made["lost_time"], made["close_time"]) == ("2020-05-06 07:08:09", "2020-05-06 07:08:09")


def test_closing_times_cannot_be_emptied(api: Api, deal: str) -> None:
    won = api.patch(deal, {"status": "won"}).data
    assert api.patch(deal, {"won_time": None, "close_time": None, "lost_time": None}).data == won


def test_local_dates_are_in_the_time_zone_of_the_company(api: Api, deal: str) -> None:
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        crm.db.execute(sa.update(tables.company).values(timezone="Pacific/Kiritimati"))
        crm.invalidate_company_data()
    api.patch(deal, {"status": "won"})
    for won_time, day in (
        ("2026-01-01T09:59:59Z", "2026-01-01"),
        ("2026-01-01T10:00:00Z", "2026-01-02"),
        # At the ends of the calendar the date is not converted.
        ("0001-01-01T00:00:00Z", "0001-01-01"),
        ("9999-12-31T23:59:59Z", "9999-12-31"),
    ):
        won = api.patch(deal, {"won_time": won_time}).data
        assert (won["won_time"], won["local_won_date"], won["local_close_date"]) == (won_time, day, day)


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "values",
    [
        {"lost_reason": "x"},
        {"won_time": "2026-01-01T00:00:00Z"},
        {"lost_time": "2026-01-01T00:00:00Z"},
        {"close_time": "2026-01-01T00:00:00Z"},
        {"status": "lost", "won_time": "2026-01-01T00:00:00Z"},
        {"status": "won", "lost_reason": "x"},
        {"status": "won", "won_time": "2026-01-01T00:00:00Z", "lost_time": "2026-01-01T00:00:00Z"},
        {"archive_time": "2026-01-01T00:00:00Z"},
        {"status": "deleted"},
        {"status": "wun"},
    ],
)
def test_what_contradicts_the_status_is_refused(api: Api, deal: str, values: dict[str, object]) -> None:
    before = api.get(deal).data
    for answer in (api.patch(deal, values), api.post(DEALS, {"title": "New", **values})):
        assert (answer.status, answer.body["code"]) == (400, "ERR_SCHEMA_VALIDATION_FAILED")
    assert api.get(DEALS).data == [before]


def test_v1_deletes_by_status_and_v2_does_not(api: Api, deal: str) -> None:
    id = api.get(deal).data["id"]
    assert api.patch(deal, {"is_deleted": True}).data["is_deleted"] is False
    gone = api.put(f"/v1/deals/{id}", {"status": "deleted"}).data
    assert (gone["status"], gone["deleted"]) == ("deleted", True)
    assert api.get(deal).status == 404
    assert api.post("/v1/deals", {"title": "x", "status": "deleted"}).status == 400


def test_times_and_order_of_the_stages(api: Api, deal: str) -> None:
    api.clock.advance(minutes=10)
    moved = api.patch(deal, {"stage_id": 3}).data
    assert (moved["stage_id"], moved["stage_change_time"]) == (3, "2026-03-02T10:10:00Z")
    api.clock.advance(minutes=5)
    # The stage that it is in already is not entered again.
    assert api.patch(deal, {"stage_id": 3}).data["stage_change_time"] == "2026-03-02T10:10:00Z"
    api.patch(deal, {"stage_id": 1})
    api.clock.advance(minutes=1)
    details = api.get(f"/v1/deals/{moved['id']}").data
    stays = details["stay_in_pipeline_stages"]
    assert stays == {"times_in_stages": {"1": 660, "3": 300}, "order_of_stages": [1, 2, 3, 4, 5]}
    assert (details["age"]["total_seconds"], details["age"]["i"], details["average_stage_progress"]) == (960, 16, 2)
    api.patch(deal, {"status": "won"})
    api.clock.advance(days=1)
    closed = api.get(f"/v1/deals/{moved['id']}").data
    assert closed["stay_in_pipeline_stages"] == stays
    assert closed["average_time_to_won"]["total_seconds"] == closed["age"]["total_seconds"] == 960


def test_pipelines_and_stages_follow_each_other(api: Api, deal: str) -> None:
    second = api.post("/api/v2/pipelines", {"name": "Second"}).data["id"]
    assert (
        api.patch(deal, {"pipeline_id": second}).error == "Validation failed: pipeline_id: The pipeline has no stages"
    )
    first, last = (
        api.post("/api/v2/stages", {"name": name, "pipeline_id": second}).data["id"] for name in ("First", "Last")
    )

    def pipeline_and_stage(shown: dict[str, Any]) -> tuple[int, int]:
        return shown["pipeline_id"], shown["stage_id"]

    assert pipeline_and_stage(api.patch(deal, {"stage_id": last}).data) == (second, last)
    # Setting the pipeline that it is in already does not change its stage.
    assert pipeline_and_stage(api.patch(deal, {"pipeline_id": second}).data) == (second, last)
    assert pipeline_and_stage(api.patch(deal, {"pipeline_id": 1}).data) == (1, 1)
    assert pipeline_and_stage(api.post(DEALS, {"title": "New", "pipeline_id": second}).data) == (second, first)
    assert pipeline_and_stage(api.post(DEALS, {"title": "New", "pipeline_id": second, "stage_id": 4}).data) == (1, 4)


def test_an_archived_deal_has_a_list_of_its_own(api: Api, deal: str) -> None:
    archived = api.patch(deal, {"is_archived": True}).data
    assert (archived["is_archived"], archived["archive_time"]) == (True, "2026-03-02T10:00:00Z")
    assert (api.get(DEALS).data, api.get("/v1/deals").data) == ([], None)
    assert [one["id"] for one in api.get(f"{DEALS}/archived").data] == [archived["id"]]
    assert [one["id"] for one in api.get("/v1/deals/archived", status="open").data] == [archived["id"]]
    assert api.get(deal).data == archived
    api.clock.advance(days=1)
    assert api.patch(deal, {"value": 7}).data["archive_time"] == "2026-03-02T10:00:00Z"
    restored = api.patch(deal, {"is_archived": False}).data
    assert (restored["is_archived"], restored["archive_time"]) == (False, None)
    assert len(api.get(DEALS).data) == 1
    values = {"title": "Old", "is_archived": True, "archive_time": "2020-01-01T00:00:00Z"}
    assert api.post(DEALS, values).data["archive_time"] == "2020-01-01T00:00:00Z"


def test_a_deal_rots_in_a_stage_with_rotting(api: Api, deal: str) -> None:
    def rotten_time() -> object:
        return api.get(deal.replace("/api/v2", "/v1")).data["rotten_time"]

    assert rotten_time() is None
    api.patch("/api/v2/stages/1", {"is_deal_rot_enabled": True, "days_to_rotten": 5})
    assert rotten_time() == "2026-03-07 10:00:00"
    api.clock.advance(days=2)
    api.patch(deal, {"value": 1})
    assert rotten_time() == "2026-03-09 10:00:00"
    api.patch(deal, {"status": "won"})
    assert rotten_time() is None


def test_contacts_count_their_deals(api: Api) -> None:
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    ann, bob = (api.post("/api/v2/persons", {"name": name, "org_id": org}).data["id"] for name in ("Ann", "Bob"))

    def counts(path: str) -> tuple[int, ...]:
        contact = api.get(path).data
        names = ("open", "won", "lost", "closed", "related_open")
        return tuple(contact[f"{name}_deals_count"] for name in names)

    deal = f"{DEALS}/{api.post(DEALS, {'title': 'Deal', 'person_id': ann}).data['id']}"
    assert (counts(f"/v1/persons/{ann}"), counts(f"/v1/organizations/{org}")) == ((1, 0, 0, 0, 1), (0, 0, 0, 0, 1))
    api.patch(deal, {"person_id": bob, "org_id": org, "status": "won"})
    assert (counts(f"/v1/persons/{ann}"), counts(f"/v1/persons/{bob}")) == ((0, 0, 0, 0, 0), (0, 1, 0, 1, 0))
    assert counts(f"/v1/organizations/{org}") == (0, 1, 0, 1, 0)
    api.patch(deal, {"status": "lost", "is_archived": True})
    assert counts(f"/v1/organizations/{org}") == (0, 0, 0, 0, 0)
    api.patch(deal, {"is_archived": False})
    assert counts(f"/v1/persons/{bob}") == (0, 0, 1, 1, 0)
    api.delete(deal)
    assert counts(f"/v1/persons/{bob}") == counts(f"/v1/organizations/{org}") == (0, 0, 0, 0, 0)


def test_unchanged_links_are_not_checked_again(api: Api) -> None:
    """A deal can be written back as it was read, even if the records that it is linked with have been deleted since."""
    rita = add_user(api, "Rita").principal.user_id
    person = api.post("/api/v2/persons", {"name": "Mary"}).data["id"]
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    links = {"owner_id": rita, "person_id": person, "org_id": org}
    deal = f"{DEALS}/{api.post(DEALS, {'title': 'Deal', **links}).data['id']}"
    api.delete(f"/api/v2/persons/{person}")
    api.delete(f"/api/v2/organizations/{org}")
    api.put(f"/v1/users/{rita}", {"active_flag": False})
    changed = api.patch(deal, {**links, "title": "Renamed"}).data
    assert changed.items() >= {**links, "title": "Renamed"}.items()
    other = f"{DEALS}/{api.post(DEALS, {'title': 'Other'}).data['id']}"
    for name, id in links.items():
        assert api.patch(other, {name: id}).status == 400


def test_a_copy(api: Api) -> None:
    person = api.post("/api/v2/persons", {"name": "Mary"}).data["id"]
    id = api.post(DEALS, {"title": "Deal", "person_id": person, "stage_id": 2, "value": 7}).data["id"]
    api.post("/v1/notes", {"content": "x", "deal_id": id})
    api.post("/v1/activities", {"subject": "Call", "deal_id": id})
    api.post(f"{DEALS}/{id}/followers", {"user_id": 1})
    api.clock.advance(days=1)
    copy = api.post(f"/v1/deals/{id}/duplicate").data
    assert (copy["title"], copy["value"], copy["stage_id"], copy["person_id"]) == ("Deal", 7, 2, person)
    assert copy["add_time"] == "2026-03-03 10:00:00"
    counted = ("notes_count", "activities_count", "followers_count", "participants_count")
    assert [copy[name] for name in counted] == [0, 0, 0, 1]
    assert copy["next_activity_id"] is None
    assert api.get(f"/v1/persons/{person}").data["open_deals_count"] == 2
    assert api.post("/v1/deals/99/duplicate").status == 404
    # No document has it in v2, and n8n asks for it.
    again = api.post(f"/api/v2/deals/{id}/duplicate").data
    assert again == api.get(f"/api/v2/deals/{again['id']}").data
    assert (again["title"], again["id"] > copy["id"]) == (copy["title"], True)
    assert api.post("/api/v2/deals/99/duplicate").status == 404
