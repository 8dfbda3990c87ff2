"""The bell: every kind of what somebody should know, whom it is told, and what of it is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.crm.history import conversion, notifications, retention
from dealwright.jobs.run_due import run_due
from dealwright.server import change_streams
from dealwright.storage.tables import changes, deals
from dealwright.storage.tables import notifications as table
from tests.api import Api
from tests.app_browser import signed_in
from tests.company import add_user, open_write, set_visibility
from tests.connectors.service import TOKEN, StubResponse
from tests.connectors.upstream import Upstream, run_upstream
from tests.event_stream import listeners
from tests.fake_mail_server import FakeMailServer
from tests.receiver import Receiver, run_receiver
from tests.undo import new_run

BELL = "/app/api/notifications"


@pytest.fixture
def rep(api: Api) -> Api:
    """A colleague of the admin, no admin."""
    return add_user(api, "Rep")


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with run_upstream() as upstream:
        upstream.access_tokens.add(TOKEN)
        yield upstream


def bell(user: Api, **query: object) -> Any:
    answer = user.get(BELL, **query)
    assert answer.status == 200, answer.body
    return answer.body


def told(user: Api) -> list[tuple[str, str, list[str]]]:
    """What a user is told, the newest first: the kind, the kind of records and their names."""
    return [(one["kind"], one["object"], [of["name"] for of in one["records"]]) for one in bell(user)["items"]]


def add_deal(api: Api, title: str, **values: object) -> int:
    id: int = api.post("/api/v2/deals", {"title": title, "visible_to": 7, **values}).data["id"]
    return id


# --- Records handed over


def test_a_record_that_is_handed_over_is_told_to_its_new_owner(api: Api, rep: Api) -> None:
    id = add_deal(api, "Roof")
    assert bell(rep) == {"items": [], "next_cursor": None, "unread": 0}
    api.patch(f"/api/v2/deals/{id}", {"owner_id": 2})
    found = bell(rep)
    [one] = found["items"]
    assert found["unread"] == 1
    assert (one["kind"], one["object"], one["count"], one["is_read"]) == ("handed_over", "deal", 1, False)
    assert one["records"] == [{"object": "deal", "id": str(id), "name": "Roof"}]
    assert one["actor"] == {"id": 1, "name": "Ada Admin"}
    assert one["time"] == "2026-03-02T10:00:00.000Z"
    # Its name is that of now.
    rep.patch(f"/api/v2/deals/{id}", {"title": "Roof and walls"})
    assert told(rep) == [("handed_over", "deal", ["Roof and walls"])]
    assert bell(api)["items"] == []


def test_all_kinds_of_records_with_an_owner_are_told(api: Api, rep: Api) -> None:
    person = api.post("/api/v2/persons", {"name": "Grace", "owner_id": 2}).data["id"]
    api.post("/api/v2/organizations", {"name": "Harbour", "owner_id": 2})
    api.post("/api/v2/products", {"name": "Nail", "owner_id": 2})
    api.post("/v1/leads", {"title": "Shed", "person_id": person, "owner_id": 2})
    api.post("/api/v2/activities", {"subject": "Call", "type": "call", "owner_id": 2})
    phase = api.get("/api/v2/phases", board_id=1).data[0]["id"]
    project = {"title": "Move", "board_id": 1, "phase_id": phase, "owner_id": 2}
    id = api.post("/api/v2/projects", project).data["id"]
    task = api.post("/api/v2/tasks", {"title": "Pack", "project_id": id}).data["id"]
    api.patch(f"/api/v2/tasks/{task}", {"assignee_ids": [1, 2]})
    found = {object: names for _, object, names in told(rep)}
    assert found == {
        "person": ["Grace"],
        "organization": ["Harbour"],
        "product": ["Nail"],
        "lead": ["Shed"],
        "activity": ["Call"],
        "project": ["Move"],
        "task": ["Pack"],
    }


def test_nobody_is_told_of_what_he_does_himself(api: Api, rep: Api) -> None:
    id = add_deal(rep, "Own")
    api.patch(f"/api/v2/deals/{id}", {"owner_id": 1})
    api.patch(f"/api/v2/deals/{id}", {"title": "Mine", "owner_id": 1})
    rep.patch(f"/api/v2/deals/{id}", {"owner_id": 2})
    add_deal(api, "Of my own")
    assert bell(api)["items"] == []
    assert bell(rep)["items"] == []
    # Who is no user any more is told nothing.
    other = add_user(api, "Otto")
    api.put("/v1/users/3", {"active_flag": False})
    assert other.principal.user_id == 3
    with api.principal.company.database.read() as db:
        assert db.rows(sa.select(table).where(table.c.user_id == 3)) == []


def test_what_one_does_at_one_go_is_one_notification(api: Api, rep: Api) -> None:
    ids = [add_deal(api, f"Deal {number}") for number in range(8)]
    api.put("/v1/deals/1", {"user_id": 2})
    for id in ids[1:]:
        api.clock.advance(seconds=20)
        api.patch(f"/api/v2/deals/{id}", {"owner_id": 2})
    [one] = bell(rep)["items"]
    assert (one["count"], [record["name"] for record in one["records"]]) == (8, [f"Deal {n}" for n in range(5)])
    # A record of another type, of another user, or of later on is another matter.
    api.post("/api/v2/persons", {"name": "Grace", "owner_id": 2})
    add_deal(add_user(api, "Otto", admin=True), "Wall", owner_id=2)
    api.clock.advance(minutes=2)
    add_deal(api, "Late", owner_id=2)
    assert [one["count"] for one in bell(rep)["items"]] == [1, 1, 1, 8]
    # What was read is done with.
    rep.post(f"{BELL}/read", {"up_to": bell(rep)["items"][0]["id"]})
    add_deal(api, "Next", owner_id=2)
    assert [one["is_read"] for one in bell(rep)["items"]] == [False, True, True, True, True]


def test_a_run_is_one_notification_however_long_it_takes(api: Api, rep: Api) -> None:
    run_id, client = new_run(api)
    for number in range(3):
        client.post("/api/v2/deals", {"title": f"Deal {number}", "owner_id": 2, "visible_to": 7})
        api.clock.advance(minutes=5)
    [one] = bell(rep)["items"]
    assert one["count"] == 3
    # It is somebody else's run.
    assert one["run_id"] is None
    with api.principal.company.database.read() as db:
        assert db.values(sa.select(table.c.run_id)) == [run_id]
        # What it has changed are the deals.
        assert set(db.values(sa.select(changes.c.object).where(changes.c.run_id == run_id))) == {"deal"}


def test_many_at_once_are_counted_and_a_few_are_named(api: Api, rep: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [add_deal(api, f"Deal {number}") for number in range(30)]
    for id in ids:
        api.patch(f"/api/v2/deals/{id}", {"owner_id": 2})
    [one] = bell(rep)["items"]
    assert (one["count"], len(one["records"])) == (30, 5)
    # What is not there any more is not counted.
    api.delete(f"/api/v2/deals/{ids[0]}")
    [one] = bell(rep)["items"]
    assert (one["count"], one["records"][0]["name"]) == (29, "Deal 1")


# --- Mentions


def mention(user_id: object, name: str = "Rep") -> str:
    return f'Ask <a href="/users/{user_id}" data-mentions="{user_id}">@{name}</a> about the roof'


def test_a_mention_in_a_note_is_told(api: Api, rep: Api) -> None:
    id = add_deal(api, "Roof")
    note = api.post("/v1/notes", {"content": mention(2), "deal_id": id}).data
    assert 'data-mentions="2"' in note["content"]
    [one] = bell(rep)["items"]
    assert (one["kind"], one["object"], one["text"]) == ("mentioned", "note", "Ask @Rep about the roof")
    assert one["about"] == {"object": "deal", "id": str(id), "name": "Roof"}
    assert one["actor"]["name"] == "Ada Admin"
    # Once, however often it is written.
    api.put(f"/v1/notes/{note['id']}", {"content": f"<p>{mention(2)}</p>!"})
    assert len(bell(rep)["items"]) == 1
    api.put(f"/v1/notes/{note['id']}", {"content": "nobody"})
    api.put(f"/v1/notes/{note['id']}", {"content": f'<span data-mention="2">@Rep</span> {mention(2)} {mention(2)}'})
    assert len(bell(rep)["items"]) == 2
    api.delete(f"/v1/notes/{note['id']}")
    assert bell(rep) == {"items": [], "next_cursor": None, "unread": 0}


def test_a_mention_in_a_comment_is_told(api: Api, rep: Api) -> None:
    note = api.post("/v1/notes", {"content": "x", "deal_id": add_deal(api, "Roof")}).data["id"]
    comment = api.post(f"/v1/notes/{note}/comments", {"content": f"<b>Well.</b> {mention(2)}"}).data["uuid"]
    [one] = bell(rep)["items"]
    assert (one["kind"], one["text"], one["about"]["name"]) == ("mentioned", "Well. Ask @Rep about the roof", "Roof")
    api.put(f"/v1/notes/{note}/comments/{comment}", {"content": f"{mention(2)} {mention(1)}"})
    assert len(bell(rep)["items"]) == 1
    # Oneself is not told.
    assert bell(api)["items"] == []
    rep.post(f"/v1/notes/{note}/comments", {"content": mention(1)})
    assert told(api) == [("mentioned", "note", [""])]
    api.delete(f"/v1/notes/{note}/comments/{comment}")
    assert bell(rep)["items"] == []


def test_who_does_not_see_the_record_is_not_told_of_a_mention(api: Api, rep: Api) -> None:
    hidden = add_deal(api, "Hidden", visible_to=1)
    api.post("/v1/notes", {"content": mention(2), "deal_id": hidden})
    with api.principal.company.database.read() as db:
        assert db.rows(sa.select(table)) == []
    for odd in ("x", "", "0", "-2", "2 ", "99", "9" * 40, "٢"):
        api.post("/v1/notes", {"content": mention(odd), "deal_id": add_deal(api, "Roof")})
    # Words that look like it are none.
    api.post("/v1/notes", {"content": '<p>data-mentions="2"</p>', "deal_id": add_deal(api, "Roof")})
    assert bell(rep)["items"] == []


# --- Jobs


def add_lead(api: Api, title: str) -> str:
    person = api.post("/api/v2/persons", {"name": "Grace"}).data["id"]
    id: str = api.post("/v1/leads", {"title": title, "person_id": person}).data["id"]
    return id


def test_a_conversion_that_ended_is_told_to_whoever_began_it(api: Api, rep: Api) -> None:
    lead = add_lead(api, "Shed")
    api.post(f"/api/v2/leads/{lead}/convert/deal")
    assert bell(api)["items"] == []
    run_due(api.companies)
    [one] = bell(api)["items"]
    assert (one["kind"], one["job"], one["outcome"], one["actor"]) == ("job_ended", "conversion", "completed", None)
    [deal] = one["records"]
    assert (deal["object"], deal["name"]) == ("deal", "Shed")
    api.post(f"/api/v2/deals/{deal['id']}/convert/lead")
    run_due(api.companies)
    assert told(api) == [("job_ended", "lead", ["Shed"]), ("job_ended", "deal", [])]
    assert bell(rep)["items"] == []


def test_a_conversion_that_is_refused_is_told_with_the_reason(
    api: Api, rep: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = add_lead(rep, "Shed")
    started = rep.post(f"/api/v2/leads/{lead}/convert/deal")
    assert started.status < 300
    api.delete(f"/v1/leads/{lead}")
    run_due(api.companies)
    [one] = bell(rep)["items"]
    # What is gone is not named; what came of the job is.
    assert (one["outcome"], one["records"], one["text"]) == ("rejected", [], "Lead not found")

    def fail(*_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(conversion, "_make_deal", fail)
    rep.post(f"/api/v2/leads/{add_lead(rep, 'Barn')}/convert/deal")
    for _ in range(4):
        run_due(api.companies)
        api.clock.advance(seconds=60)
    newest = bell(rep)["items"][0]
    assert (newest["outcome"], newest["text"]) == ("failed", "RuntimeError: boom")
    assert [record["name"] for record in newest["records"]] == ["Barn"]
    assert len(bell(rep)["items"]) == 2


def test_the_run_that_began_a_job_is_told(api: Api) -> None:
    lead = add_lead(api, "Shed")
    here = api.get("/app/api/connections").body["items"][0]["id"]
    body = {"connection_id": here, "version": "v2", "name": "post_leads_by_id_convert_deal", "params": {"id": lead}}
    ran = api.post("/app/api/runs", body).body
    assert ran["run"]["status"] == "ok", ran
    run_due(api.companies)
    [one] = bell(api)["items"]
    assert one["run_id"] == ran["run"]["id"]


def test_whether_an_invitation_was_sent_is_told(api: Api, rep: Api, mail_server: FakeMailServer) -> None:
    api.post("/app/api/users/2/invitation")
    run_due(api.companies)
    mail_server.refuses = True
    api.post("/app/api/users/2/invitation")
    run_due(api.companies)
    failed, sent = bell(api)["items"]
    assert (sent["job"], sent["outcome"], sent["records"][0]["name"]) == ("invitation", "completed", "Rep")
    assert failed["outcome"] == "failed"
    assert "does not take mail for this user" in failed["text"]
    assert bell(rep)["items"] == []


# --- Connections and webhooks


def test_a_connection_that_is_refused_is_told_to_its_owner(api: Api, rep: Api, upstream: Upstream) -> None:
    api.companies.webhook_reach = "loopback"
    body = {"name": "sales", "service": "server", "url": upstream.url, "token": TOKEN, "is_shared": True}
    id = rep.post("/app/api/connections", body).body["id"]
    upstream.planned_failures = [StubResponse(200, {"success": True, "data": {"id": 7, "name": "Grace"}})]
    assert rep.post(f"/app/api/connections/{id}/test").body["ok"]
    upstream.access_tokens.clear()
    run = {"connection_id": id, "version": "v2", "name": "get_deals", "params": {}}
    for _ in range(2):
        # A colleague finds out.
        assert api.post("/app/api/runs", run).body["run"]["status"] == "refused"
    [one] = bell(rep)["items"]
    assert (one["kind"], one["object"], one["outcome"]) == ("connection_lost", "connection", "failing")
    assert one["records"] == [{"object": "connection", "id": str(id), "name": "sales"}]
    assert one["text"]
    assert one["actor"] is None
    assert bell(api)["items"] == []
    # It works, and then it does not, once more.
    upstream.access_tokens.add(TOKEN)
    assert api.post("/app/api/runs", run).body["run"]["status"] == "ok"
    upstream.access_tokens.clear()
    api.post("/app/api/runs", run)
    assert len(bell(rep)["items"]) == 2
    rep.delete(f"/app/api/connections/{id}")
    assert bell(rep) == {"items": [], "next_cursor": None, "unread": 0}


def test_one_that_never_worked_is_no_news(api: Api, upstream: Upstream) -> None:
    api.companies.webhook_reach = "loopback"
    body = {"name": "sales", "service": "server", "url": upstream.url, "token": "another-token"}
    id = api.post("/app/api/connections", body).body["id"]
    assert not api.post(f"/app/api/connections/{id}/test").body["ok"]
    assert bell(api)["items"] == []


@pytest.fixture
def receiver(api: Api) -> Iterator[Receiver]:
    api.companies.webhook_reach = "loopback"
    with run_receiver() as receiver:
        receiver.get_status = lambda _: 503
        yield receiver


def test_a_webhook_that_is_switched_off_is_told_to_its_owner(api: Api, rep: Api, receiver: Receiver) -> None:
    hook = {"subscription_url": receiver.url, "event_action": "*", "event_object": "deal", "name": "Orders"}
    id = rep.post("/v1/webhooks", hook).data["id"]

    def fail(count: int) -> None:
        for number in range(count):
            add_deal(api, f"Deal {number}")
        run_due(api.companies)
        for delay in (3, 30, 150):
            api.clock.advance(seconds=delay)
            run_due(api.companies)

    fail(10)
    [banned] = bell(rep)["items"]
    assert (banned["kind"], banned["object"], banned["outcome"]) == ("webhook_off", "webhook", "banned")
    assert banned["records"] == [{"object": "webhook", "id": str(id), "name": "Orders"}]
    assert banned["text"] == "answered 503"
    # It is banned again and again, and told once.
    api.clock.advance(minutes=31)
    fail(11)
    assert len(bell(rep)["items"]) == 1
    api.clock.advance(days=3)
    fail(1)
    removed, _ = bell(rep)["items"]
    assert (removed["outcome"], removed["text"]) == ("removed", "no successful delivery in 3 days")
    assert bell(api)["items"] == []
    rep.delete(f"/v1/webhooks/{id}")
    assert bell(rep)["items"] == []


# --- Open pages


def test_open_pages_know_of_it_at_once(api: Api, rep: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_streams, "POLL_SECONDS", 0.02)
    with listeners() as listening:
        of_rep = listening.open(signed_in(api, 2, "rep@example.com"))
        of_admin = listening.open(signed_in(api))
        deal = add_deal(api, "Roof", owner_id=2)
        [one] = bell(rep)["items"]
        news = ("notification", one["id"])
        assert (*news, "create") in _changes_until(of_rep, news)
        # The page of another tab learns that it was read.
        rep.post(f"{BELL}/{one['id']}/read")
        assert _changes_until(of_rep, news)[-1] == (*news, "update")
        api.patch(f"/api/v2/deals/{deal}", {"title": "Wall"})
        seen = _changes_until(of_admin, ("deal", deal), "update")
        assert "notification" not in {object for object, _, _ in seen}


def _changes_until(stream: Any, record: tuple[str, Any], action: str | None = None) -> list[tuple[str, Any, str]]:
    """What a stream says, up to a change of a record."""
    found: list[tuple[str, Any, str]] = []
    while not found or found[-1][:2] != record or action not in (None, found[-1][2]):
        found += [
            (one.data["object"], one.data["id"], one.data["action"]) for one in stream.read(1) if one.name == "change"
        ]
    return found


# --- Reading


def test_what_was_read_is_kept(api: Api, rep: Api) -> None:
    for number in range(3):
        api.clock.advance(minutes=2)
        add_deal(api, f"Deal {number}", owner_id=2)
    newest, middle, oldest = (one["id"] for one in bell(rep)["items"])
    assert rep.post(f"{BELL}/{oldest}/read").body == {"unread": 2}
    assert rep.post(f"{BELL}/{oldest}/read").body == {"unread": 2}
    assert [one["is_read"] for one in bell(rep)["items"]] == [False, False, True]
    # What has come since is not read.
    assert rep.post(f"{BELL}/read", {"up_to": middle}).body == {"unread": 1}
    assert [one["is_read"] for one in bell(rep)["items"]] == [False, True, True]
    assert rep.post(f"{BELL}/read", {"up_to": newest}).body == {"unread": 0}
    assert rep.post(f"{BELL}/read", {"up_to": newest}).body == {"unread": 0}
    for body in ({}, {"up_to": "x"}, {"up_to": 0}, {"up_to": 1, "more": 1}):
        assert rep.post(f"{BELL}/read", body).status == 400
    assert rep.get(BELL).body["unread"] == 0


def test_those_of_others_cannot_be_touched(api: Api, rep: Api) -> None:
    add_deal(api, "Roof", owner_id=2)
    [one] = bell(rep)["items"]
    other = add_user(api, "Otto")
    for user in (api, other):
        assert bell(user) == {"items": [], "next_cursor": None, "unread": 0}
        assert user.post(f"{BELL}/{one['id']}/read").status == 404
        assert user.post(f"{BELL}/read", {"up_to": one["id"]}).body == {"unread": 0}
    assert rep.post(f"{BELL}/99/read").status == 404
    assert bell(rep)["unread"] == 1


def test_what_is_out_of_sight_is_not_told_and_not_counted(api: Api, rep: Api) -> None:
    id = add_deal(api, "Roof", owner_id=2)
    note = {"content": mention(2), "deal_id": id}
    api.post("/v1/notes", note)
    person = api.post("/api/v2/persons", {"name": "Grace", "owner_id": 2, "visible_to": 1}).data["id"]
    assert bell(rep)["unread"] == 3
    api.patch(f"/api/v2/deals/{id}", {"owner_id": 1, "visible_to": 1})
    assert told(rep) == [("handed_over", "person", ["Grace"])]
    assert bell(rep)["unread"] == 1
    api.delete(f"/api/v2/persons/{person}")
    assert bell(rep) == {"items": [], "next_cursor": None, "unread": 0}
    # In sight again, it is told again.
    set_visibility(api, deals, id, 7)
    assert bell(rep)["unread"] == 2


def test_the_list_comes_in_pages(api: Api, rep: Api) -> None:
    ids = []
    for number in range(45):
        api.clock.advance(minutes=2)
        ids.append(add_deal(api, f"Deal {number}", owner_id=2))
    # Some in between are out of sight.
    for id in ids[5:30]:
        api.delete(f"/api/v2/deals/{id}")
    seen, cursor = [], None
    while True:
        page = bell(rep, limit=6, **({"cursor": cursor} if cursor else {}))
        seen += [one["records"][0]["name"] for one in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert len(page["items"]) == 6
    assert seen == [f"Deal {number}" for number in (*range(44, 29, -1), *range(4, -1, -1))]
    for query in ({"cursor": "x"}, {"limit": 0}, {"limit": 101}, {"cursor": "9" * 16}):
        assert rep.get(BELL, **query).status == 400


def test_they_are_kept_for_a_time(api: Api, rep: Api) -> None:
    add_deal(api, "Old", owner_id=2)
    api.clock.advance(days=89)
    add_deal(api, "New", owner_id=2)
    assert len(bell(rep)["items"]) == 2
    api.clock.advance(days=2)
    assert notifications.delete_expired in retention.COMPANY_CLEANERS
    with open_write(api) as crm:
        notifications.delete_expired(crm)
    assert told(rep) == [("handed_over", "deal", ["New"])]
    with api.principal.company.database.read() as db:
        assert len(db.values(sa.select(changes.c.id).where(changes.c.object == "notification"))) == 1


def test_names_of_colleagues_whom_one_may_not_see_are_left_out(api: Api, rep: Api) -> None:
    from tests.company import set_permissions

    set_permissions(api)
    add_deal(api, "Roof", owner_id=2)
    [one] = bell(rep)["items"]
    assert one["actor"] is None
