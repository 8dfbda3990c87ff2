"""Proposals: what an action would change is found by doing it, and nothing of it stays; then exactly that is done, once."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import ApiError
from dealwright.console import calls, proposals
from dealwright.console.calls import Wanted
from dealwright.console.proposals import Proposal
from dealwright.console.service import find_console
from dealwright.crm.errors import Conflict, Invalid, NotFound
from dealwright.crm.history.rehearsal import CHANGED_SINCE
from dealwright.storage.tables import changes, runs
from tests.api import Api
from tests.company import add_user
from tests.connectors.service import TOKEN, StubResponse, run_service


def here(api: Api) -> int:
    id: int = api.get("/app/api/connections").body["items"][0]["id"]
    return id


def wanted(api: Api, version: str, action: str, **params: Any) -> Wanted:
    return Wanted(here(api), version, action, params, source="mcp")


def propose(api: Api, version: str, action: str, **params: Any) -> Proposal:
    return proposals.propose(find_console(api.companies), api.principal, wanted(api, version, action, **params))


def keep(api: Api, proposal: Proposal) -> str:
    return proposals.keep(find_console(api.companies), api.principal, proposal)


def carry_out(api: Api, id: str) -> calls.Ran:
    return proposals.carry_out(find_console(api.companies), api.principal, id)


def state(api: Api) -> tuple[Any, ...]:
    """All that a proposal might have left."""
    with api.principal.company.database.read() as db:
        logged = db.value(sa.select(sa.func.count()).select_from(changes))
        written = db.value(sa.select(sa.func.count()).select_from(runs))
    return logged, written, api.get("/api/v2/deals").data, api.get("/api/v2/activities").data


def members(record: Any) -> dict[str, tuple[Any, Any]]:
    return {one["key"]: (one["before_text"], one["after_text"]) for one in record["members"]}


def test_a_proposal_says_what_would_change_and_changes_nothing(api: Api) -> None:
    deal = api.post("/api/v2/deals", {"title": "Roof", "value": 100}).data["id"]
    before = state(api)
    proposal = propose(api, "v2", "patch_deals_by_id", id=deal, data={"title": "Wall", "status": "won"})
    assert state(api) == before
    [record] = proposal.records
    assert (record["noun"], record["id"], record["action"], record["name"]) == ("Deal", str(deal), "changed", "Wall")
    assert members(record)["title"] == ("Roof", "Wall")
    assert members(record)["status"] == ("open", "won")
    # A side effect that the parameters do not name.
    assert "won_time" in members(record)
    assert (proposal.is_exact, proposal.cost, proposal.total) == (True, 5, 1)


def test_what_was_proposed_is_done_once(api: Api) -> None:
    deal = api.post("/api/v2/deals", {"title": "Roof"}).data["id"]
    id = keep(api, propose(api, "v2", "patch_deals_by_id", id=deal, data={"title": "Wall"}))
    api.clock.advance(minutes=2)
    ran = carry_out(api, id)
    assert (ran.run.status, ran.run.source) == ("ok", "mcp")
    assert api.get(f"/api/v2/deals/{deal}").data["title"] == "Wall"
    with pytest.raises(NotFound, match="Plan the action again"):
        carry_out(api, id)


def test_of_two_that_carry_one_out_at_once_one_succeeds(api: Api) -> None:
    id = keep(api, propose(api, "v2", "post_deals", data={"title": "Roof"}))
    outcomes: list[str] = []

    def work() -> None:
        try:
            outcomes.append(carry_out(api, id).run.status)
        except NotFound:
            outcomes.append("gone")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["gone", "gone", "gone", "ok"]
    assert len(api.get("/api/v2/deals").data) == 1


def test_a_record_that_was_changed_since_is_left_alone(api: Api) -> None:
    deal = api.post("/api/v2/deals", {"title": "Roof"}).data["id"]
    id = keep(api, propose(api, "v2", "patch_deals_by_id", id=deal, data={"title": "Wall"}))
    # Another member, in the same second, by somebody else.
    add_user(api, "Otto", admin=True).patch(f"/api/v2/deals/{deal}", {"value": 7})
    ran = carry_out(api, id)
    assert (ran.run.status, ran.run.http_status) == ("refused", 409)
    assert CHANGED_SINCE in ran.run.error["message"]  # type: ignore[index,call-overload,operator]
    found = api.get(f"/api/v2/deals/{deal}").data
    assert (found["title"], found["value"]) == ("Roof", 7)


def test_a_proposal_that_would_do_something_else_by_now_is_not_carried_out(api: Api) -> None:
    first = api.get("/api/v2/stages").data[0]["id"]
    id = keep(api, propose(api, "v2", "post_deals", data={"title": "Roof"}))
    # The first stage is another one now, so that the deal would be created there.
    api.delete(f"/api/v2/stages/{first}")
    ran = carry_out(api, id)
    assert ran.run.status == "refused"
    assert api.get("/api/v2/deals").data == []


def test_proposals_belong_to_their_user_and_expire(api: Api) -> None:
    id = keep(api, propose(api, "v2", "post_deals", data={"title": "Roof"}))
    with pytest.raises(NotFound):
        carry_out(add_user(api, "Otto", admin=True), id)
    api.clock.advance(minutes=31)
    with pytest.raises(NotFound):
        carry_out(api, id)
    assert api.get("/api/v2/deals").data == []


def test_what_would_be_refused_is_refused_at_once(api: Api) -> None:
    with pytest.raises(ApiError) as error:
        propose(api, "v2", "patch_deals_by_id", id=999, data={"title": "Wall"})
    assert error.value.status == 404
    with pytest.raises(Invalid):
        propose(api, "v2", "get_deals")
    with pytest.raises(Invalid, match="gives tokens"):
        propose(api, "v1", "post_oauth_token", data={})


def test_created_records_and_their_fellows_are_told(api: Api) -> None:
    proposal = propose(api, "v1", "post_activities", data={"subject": "Call", "type": "call"})
    assert [(one["noun"], one["action"], one["id"]) for one in proposal.records] == [("Activity", "created", None)]
    id = keep(api, proposal)
    api.clock.advance(minutes=1)
    assert carry_out(api, id).run.status == "ok"


def test_merging_tells_both_persons(api: Api) -> None:
    one, other = (api.post("/api/v2/persons", {"name": name}).data["id"] for name in ("Ada", "Ada B."))
    deal = api.post("/api/v2/deals", {"title": "Roof", "person_id": other}).data["id"]
    proposal = propose(api, "v1", "put_persons_by_id_merge", id=other, data={"merge_with_id": one})
    assert {record["action"] for record in proposal.records} >= {"merged"}
    assert api.get(f"/api/v2/deals/{deal}").data["person_id"] == other
    assert carry_out(api, keep(api, proposal)).run.status == "ok"
    assert api.get(f"/api/v2/deals/{deal}").data["person_id"] == one


def test_a_file_can_be_proposed_and_leaves_no_content(api: Api) -> None:
    file = {"filename": "plan.txt", "text": "Grüße"}
    proposal = propose(api, "v1", "post_files", data={"file": file})
    assert api.get("/v1/files").data in (None, [])
    assert carry_out(api, keep(api, proposal)).run.status == "ok"
    [stored] = api.get("/v1/files").data
    assert api.get(f"/v1/files/{stored['id']}/download").body == "Grüße".encode()


def test_no_file_of_the_server_can_be_named(api: Api) -> None:
    """The connector takes paths of its own machine; over the web app, that machine is the server."""
    console = find_console(api.companies)
    for data in ({"file": "/etc/hostname"}, {"file": "/etc/hostname", "deal_id": 1}):
        with pytest.raises(Invalid, match="its content, and no path"):
            calls.run(console, api.principal, wanted(api, "v1", "post_files", data=data))
        with pytest.raises(Invalid, match="its content, and no path"):
            propose(api, "v1", "post_files", data=data)
    with pytest.raises(Invalid, match="its content, and no path"):
        calls.run(console, api.principal, wanted(api, "v1", "post_files", file="/etc/hostname"))
    answer = api.post(
        "/app/api/runs",
        {
            "connection_id": here(api),
            "version": "v1",
            "name": "post_files",
            "params": {"data": {"file": "/etc/hostname"}},
        },
    )
    assert answer.status == 400
    assert api.get("/v1/files").data in (None, [])


def test_nobody_asks_for_a_rehearsal_by_a_header_of_his_own(api: Api) -> None:
    headers = {"x-api-token": api.token, "x-dealwright-rehearsal": "anything", "x-dealwright-run": "anything"}
    answer = api.send("POST", "/api/v2/deals", b'{"title": "Roof"}', headers=headers)
    assert answer.status == 200
    assert len(api.get("/api/v2/deals").data) == 1


def test_of_other_services_the_record_is_read_and_compared_again(api: Api) -> None:
    console = find_console(api.companies)
    record = {"id": 7, "title": "Roof", "update_time": "1"}
    with run_service() as service:
        service.responder = lambda _: StubResponse(body={"success": True, "data": record})
        own = Connection(name="elsewhere", kind="server", url=service.url, token=TOKEN)
        call = Wanted(None, "v2", "patch_deals_by_id", {"id": 7, "data": {"title": "Wall"}}, source="mcp", own=own)
        proposal = proposals.propose(console, api.principal, call)
        assert not proposal.is_exact
        assert members(proposal.records[0]) == {"title": ("Roof", "Wall")}
        id = keep(api, proposal)
        record["update_time"] = "2"
        with pytest.raises(Conflict):
            proposals.carry_out(console, api.principal, id, own)
        id = keep(api, proposals.propose(console, api.principal, call))
        ran = proposals.carry_out(console, api.principal, id, own)
    assert (ran.run.status, ran.run.connection, ran.run.connection_id) == ("ok", "elsewhere", None)
    assert [one.method for one in service.requests] == ["GET", "GET", "GET", "GET", "PATCH"]
