"""The stream of changes: what a user sees as it happens, nothing of what the user may not see, and nothing lost in between."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.crm.history import change_feed
from dealwright.crm.history.change_feed import ChangeFeed
from dealwright.crm.kernel import changes
from dealwright.server import change_streams
from dealwright.storage.tables import changes as log
from tests import company
from tests.api import Api
from tests.app_browser import AppBrowser, signed_in
from tests.company import add_user, set_permissions
from tests.event_stream import Event, Listeners, listeners
from tests.waiting import wait_for


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_streams, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(change_streams, "SESSION_CHECK_SECONDS", 0.0)


@pytest.fixture
def listening() -> Iterator[Listeners]:
    with listeners() as opened:
        yield opened


def add_deal(api: Api, title: str = "Deal", **values: object) -> int:
    id: int = api.post("/api/v2/deals", {"title": title, **values}).data["id"]
    return id


def settled_feed(api: Api) -> ChangeFeed:
    """Returns a feed to which nothing can come before its position, whatever others write on the same server meanwhile."""
    with api.principal.company.database.read() as db:
        newest = db.value(sa.select(sa.func.max(log.c.id)))
    return wait_for(lambda: ChangeFeed(api.principal.company), lambda feed: feed.position == newest)


def changed(events: list[Event]) -> list[tuple[str, Any, str]]:
    """Returns what has changed in the events, without what follows from it."""
    return [(one.data["object"], one.data["id"], one.data["action"]) for one in events if one.name == "change"]


def rep_browser(api: Api, name: str = "Rep", user_id: int = 2) -> AppBrowser:
    add_user(api, name)
    return signed_in(api, user_id, f"{name.lower()}@example.com")


def test_changes_come_as_they_happen(api: Api, listening: Listeners) -> None:
    stream = listening.open(signed_in(api))
    assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert stream.headers["cache-control"] == "no-store"
    id = add_deal(api)
    api.patch(f"/api/v2/deals/{id}", {"title": "Changed"})
    api.delete(f"/api/v2/deals/{id}")
    lead = api.post("/v1/leads", {"title": "Lead", "person_id": api.post("/v1/persons", {"name": "P"}).data["id"]}).data
    found: list[Event] = []
    while ("lead", lead["id"], "create") not in changed(found):
        found += stream.read(1)
    deals = [one for one in changed(found) if one[0] == "deal"]
    assert deals == [("deal", id, action) for action in ("create", "update", "delete")]
    positions = [one.id for one in found]
    assert positions == sorted(positions)
    assert positions[0] >= stream.position


def test_a_stream_goes_on_where_it_was(api: Api, listening: Listeners) -> None:
    browser = signed_in(api)
    stream = listening.open(browser)
    first = add_deal(api)
    last = stream.read(1)[-1]
    listening.close(stream)
    missed = [add_deal(api) for _ in range(3)]
    for again in (listening.open(browser, last_event_id=last.id), listening.open(browser, after=last.id)):
        found: list[Event] = []
        while ("deal", missed[-1], "create") not in changed(found):
            found += again.read(1)
        created = [id for object, id, action in changed(found) if object == "deal" and action == "create"]
        # What was last may come again.
        assert [id for id in created if id != first] == missed


def test_what_the_browser_got_last_counts_more_than_the_address(api: Api, listening: Listeners) -> None:
    browser = signed_in(api)
    position = listening.open(browser).position
    add_deal(api)
    stream = listening.open(browser, after=10**9, last_event_id=position)
    assert stream.read(1)[0].name == "change"
    assert browser.get("/app/api/changes", after="x").status == 400
    assert browser.send("GET", "/app/api/changes", headers={"last-event-id": "-1"}).status == 400
    assert browser.send("HEAD", "/app/api/changes").headers["content-type"].startswith("text/event-stream")


def test_an_unknown_position_means_to_read_anew(
    api: Api, listening: Listeners, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(api)
    assert listening.open(browser, last_event_id=10**9).read(1)[0].name == "reset"
    monkeypatch.setattr(change_feed, "MAX_ENTRIES", 3)
    position = listening.open(browser).position
    for _ in range(4):
        add_deal(api)
    assert listening.open(browser, after=position).read(1)[0].name == "reset"


def test_many_changes_at_once_mean_to_read_anew(
    api: Api, listening: Listeners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_feed, "MAX_ENTRIES", 5)
    stream = listening.open(signed_in(api))
    with company.open_write(api) as crm:
        for _ in range(6):
            changes.log_change(crm, "user", 1, "update", [])
    assert stream.read(1)[0].name == "reset"
    id = add_deal(api)
    assert ("deal", id, "create") in changed(stream.read(1))


def test_nobody_learns_of_what_he_does_not_see(api: Api, listening: Listeners) -> None:
    rep = listening.open(rep_browser(api))
    admin = listening.open(signed_in(api))
    hidden = add_deal(api, "Hidden", visible_to=1)
    note = api.post("/v1/notes", {"content": "x", "deal_id": hidden}).data["id"]
    private = api.post(
        "/v1/filters",
        {
            "name": "Mine",
            "type": "deals",
            "conditions": {
                "glue": "and",
                "conditions": [{"glue": "and", "conditions": []}, {"glue": "or", "conditions": []}],
            },
        },
    )
    shown = add_deal(api, "Shown", visible_to=7)
    all_events: list[Event] = []
    while ("deal", shown, "create") not in changed(all_events):
        all_events += admin.read(1)
    seen: list[Event] = []
    while ("deal", shown, "create") not in changed(seen):
        seen += rep.read(1)
    assert {("deal", hidden, "create"), ("note", note, "create")} <= set(changed(all_events))
    about = {(object, id) for object, id, _ in changed(seen)}
    assert about <= {("deal", shown)}
    if private.status < 400:
        assert "filter" not in {object for object, _ in about}


def test_users_and_roles_are_told_to_those_who_may_read_them(api: Api, listening: Listeners) -> None:
    set_permissions(api)
    rep = listening.open(rep_browser(api))
    admin = listening.open(signed_in(api))
    api.post("/v1/users", {"email": "new@example.com"})
    api.post("/v1/roles", {"name": "Role"})
    api.put("/v1/users/2", {"active_flag": True})
    shown = add_deal(api, visible_to=7)
    all_events: list[Event] = []
    while ("deal", shown, "create") not in changed(all_events):
        all_events += admin.read(1)
    seen: list[Event] = []
    while ("deal", shown, "create") not in changed(seen):
        seen += rep.read(1)
    assert {"user", "role"} <= {object for object, _, _ in changed(all_events)}
    assert {(object, id) for object, id, _ in changed(seen) if object in ("user", "role")} <= {("user", 2)}


def test_a_stream_ends_with_its_session(api: Api, listening: Listeners) -> None:
    browser = signed_in(api)
    stream = listening.open(browser)
    assert browser.delete("/app/api/session").status == 200
    assert stream.next() is None
    assert listening.open(browser).status == 401


def test_a_stream_ends_when_the_session_expires(api: Api, listening: Listeners) -> None:
    stream = listening.open(signed_in(api))
    api.clock.advance(hours=12)
    assert stream.next() is None


def test_a_stream_ends_when_the_user_is_deactivated(api: Api, listening: Listeners) -> None:
    browser = rep_browser(api)
    stream = listening.open(browser)
    assert api.put("/v1/users/2", {"active_flag": False}).status == 200
    assert stream.next() is None
    assert listening.open(browser).status == 401


def test_of_too_many_streams_of_a_user_the_oldest_ends(
    api: Api, listening: Listeners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_streams, "MAX_PER_USER", 2)
    other = listening.open(rep_browser(api))
    browser = signed_in(api)
    opened = [listening.open(browser) for _ in range(4)]
    assert [stream.next() for stream in opened[:2]] == [None, None]
    id = add_deal(api, visible_to=7)
    for stream in (other, *opened[2:]):
        found: list[Event] = []
        while ("deal", id, "create") not in changed(found):
            found += stream.read(1)


def test_a_slow_reader_holds_nobody_back(api: Api, listening: Listeners, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_streams, "MAX_PENDING", 3)
    browser = signed_in(api)
    slow, fast = listening.open(browser), listening.open(browser)
    slow.may_read.clear()
    for _ in range(8):
        id = add_deal(api)
        found: list[Event] = []
        while ("deal", id, "create") not in changed(found):
            found += fast.read(1)
    slow.may_read.set()
    # It is told that it has missed something, and goes on from there.
    assert slow.read_until("reset")
    id = add_deal(api)
    found = []
    while ("deal", id, "create") not in changed(found):
        found += slow.read(1)


def test_a_stream_outlives_trouble_with_the_database(
    api: Api, listening: Listeners, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = listening.open(signed_in(api))
    failed = threading.Event()
    poll = ChangeFeed.poll

    def fail(feed: ChangeFeed) -> Any:
        if not failed.is_set():
            failed.set()
            raise OSError("no such disk")
        return poll(feed)

    monkeypatch.setattr(ChangeFeed, "poll", fail)
    assert failed.wait(30)
    id = add_deal(api)
    assert ("deal", id, "create") in changed(stream.read(1))


def test_heartbeats_keep_the_connection_and_the_position(
    api: Api, listening: Listeners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(change_streams, "HEARTBEAT_SECONDS", 0.05)
    rep = listening.open(rep_browser(api))
    add_deal(api, visible_to=1)
    beat = rep.next()
    while beat is not None and beat.id == rep.position:
        beat = rep.next()
    assert beat is not None
    assert (beat.name, beat.data) == ("", None)


def test_entries_that_are_committed_late_are_not_missed(api: Api) -> None:
    """On PostgreSQL, of two that write side by side the one that got its number first may end last."""
    if api.companies.platform.database.dialect == "sqlite":
        pytest.skip("SQLite has one writer")
    for _ in range(2):
        add_deal(api)
    feed = settled_feed(api)
    first, second = (
        api.companies.unit_of_work(api.principal.company, 1, write=True, exclusive=False) for _ in range(2)
    )
    early, late = first.__enter__(), second.__enter__()
    changes.log_change(early, "deal", 1, "update", [])
    early.db.values(sa.text("select 1"))
    changes.log_change(late, "deal", 2, "update", [])
    second.__exit__(None, None, None)
    found = feed.poll()
    assert found is not None
    assert [entry.record_id for entry in found] == [2]
    # The position stays before the entry that is still to come.
    position = found[0].position
    assert [entry.record_id for entry in feed.replay(position) or []] == [2]
    first.__exit__(None, None, None)
    assert [entry.record_id for entry in feed.poll() or []] == [1]
    assert {entry.record_id for entry in feed.replay(position) or []} == {1, 2}
    wait_for(lambda: (feed.poll(), feed.position), lambda polled: polled[1] > position)


def test_a_feed_of_a_busy_company_misses_nothing(api: Api) -> None:
    feed, stop = ChangeFeed(api.principal.company), threading.Event()
    made: list[int] = []

    def write() -> None:
        for _ in range(15):
            made.append(add_deal(api))

    seen: list[int] = []

    def watch() -> None:
        while True:
            is_last = stop.is_set()
            seen.extend(one.record_id for one in feed.poll() or [] if (one.object, one.action) == ("deal", "create"))
            if is_last:
                return

    threads = [threading.Thread(target=write) for _ in range(3)]
    watcher = threading.Thread(target=watch)
    for thread in (*threads, watcher):
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    watcher.join()
    assert sorted(seen) == sorted(made)
