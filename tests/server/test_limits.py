"""Limits: what is let in and what is refused, what it costs, what the headers tell, and who shares what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.server import counters
from dealwright.server.app import Application
from dealwright.server.limits import Limits, new_block
from dealwright.server.plans import PLANS, Terms
from dealwright.storage import spending, tables
from tests.api import Answer, Api
from tests.company import add_user
from tests.oauth import Client, granted, use

OVER_LIMIT = {
    "success": False,
    "error": "request over limit",
    "errorCode": 429,
    "error_info": "Please check developers.pipedrive.com",
}
TODAY = date(2026, 3, 2)
BUDGET = 30_000

Limited = Callable[..., Api]


@pytest.fixture
def limited(api: Api) -> Iterator[Limited]:
    """Serves the company of ``api`` within limits: each call is as from another machine."""
    opened: list[Application] = []

    def serve(plan: str = "lite", **terms: Any) -> Api:
        limits = Limits(api.companies, Terms(plan=PLANS[plan], **terms))
        opened.append(Application(api.companies, limits=limits))
        return Api(opened[-1], api.clock, api.bearer)

    yield serve
    for application in opened:
        application.close()


def told(answer: Answer) -> tuple[int, int, int]:
    """Limit, remaining and reset of the window that an answer tells of."""
    limit, remaining, reset = (int(answer.headers[f"x-ratelimit-{name}"]) for name in ("limit", "remaining", "reset"))
    return limit, remaining, reset


def left(answer: Answer) -> int:
    return int(answer.headers["x-daily-ratelimit-token-remaining"])


def spent(api: Api, day: date = TODAY) -> int:
    """What is written down."""
    return spending.spent(api.companies.platform, api.bearer.company.id, day)


def spend(api: Api, tokens: int, day: date = TODAY) -> None:
    """Something else spends tokens: another machine, or this one before it was started again."""
    spending.add(api.companies.platform, api.bearer.company.id, day, tokens)


def test_a_window_of_two_seconds(limited: Limited) -> None:
    api = limited()
    for number in range(20):
        answer = api.get("/api/v2/deals/1")
        assert (answer.status, told(answer)) == (404, (20, 19 - number, 2))
    for path in ("/api/v2/deals/1", "/v1/deals", "/nothing"):
        refused = api.get(path)
        assert (refused.status, refused.body, told(refused)) == (429, OVER_LIMIT, (20, 0, 2))
        assert refused.headers["retry-after"] == "2"
    api.clock.advance(seconds=1.5)
    assert api.get("/v1/deals").headers["retry-after"] == "1"
    api.clock.advance(seconds=0.5)
    assert told(api.get("/v1/deals")) == (20, 19, 2)


def test_the_window_rolls(limited: Limited) -> None:
    api = limited()
    for seconds in (0.0, 1.2):
        api.clock.advance(seconds=seconds)
        for _ in range(10):
            assert api.get("/v1/stages").status == 200
    assert api.get("/v1/stages").headers["retry-after"] == "1"
    api.clock.advance(seconds=0.8)
    for number in range(10):
        assert told(api.get("/v1/stages")) == (20, 9 - number, 2)
    assert api.get("/v1/stages").status == 429


def test_what_is_refused_changes_and_counts_nothing(limited: Limited) -> None:
    api = limited()
    for _ in range(20):
        api.post("/api/v2/deals", {"title": "Deal"})
    refused = [api.post("/api/v2/deals", {"title": "Deal"}) for _ in range(30)]
    assert {(answer.status, left(answer)) for answer in refused} == {(429, BUDGET - 20 * 5)}
    assert {answer.headers["x-daily-requests-left"] for answer in refused} == {"9980"}
    api.clock.advance(seconds=2)
    assert len(api.get("/api/v2/deals").data) == 20


def test_every_token_has_windows_of_its_own(limited: Limited) -> None:
    api = limited("essential")
    other = add_user(api, "Rep")
    for _ in range(21):
        answer = api.get("/v1/stages")
    assert answer.status == 429
    assert told(other.get("/v1/stages")) == (20, 19, 2)
    issued = api.companies.platform.issue_token(api.bearer.company.id, 1)
    assert told(api.send("GET", "/v1/stages", headers={"x-api-token": issued})) == (20, 19, 2)
    assert api.send("GET", "/v1/stages", headers={}, query={"api_token": api.token}).status == 429


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("plan", "with_api_token", "with_oauth_token", "tokens"),
    [
        ("lite", 20, 80, 30_000),
        ("growth", 40, 160, 60_000),
        ("premium", 100, 400, 150_000),
        ("ultimate", 120, 480, 210_000),
        ("essential", 20, 80, 30_000),
        ("advanced", 40, 160, 60_000),
        ("professional", 80, 320, 90_000),
        ("power", 100, 400, 150_000),
        ("enterprise", 120, 480, 210_000),
    ],
)
def test_plans(limited: Limited, plan: str, with_api_token: int, with_oauth_token: int, tokens: int) -> None:
    api = limited(plan, seats=3)
    answer = api.get("/v1/stages")
    assert told(answer) == (with_api_token, with_api_token - 1, 2)
    assert answer.headers["x-daily-ratelimit-token-limit"] == str(3 * tokens)
    assert told(api.get("/v1/deals/search", term="deal")) == (10, 9, 2)

    app = Client(api)
    access = granted(api, app.app)
    for number in range(with_oauth_token):
        answer = use(api, access, "/nothing")
        assert told(answer) == (with_oauth_token, with_oauth_token - 1 - number, 2)
    assert use(api, access, "/nothing").status == 429
    assert "x-daily-requests-left" not in answer.headers
    another = {"authorization": f"Bearer {granted(api, app.app)}"}
    assert told(api.send("GET", "/v1/deals/search", query={"term": "deal"}, headers=another)) == (10, 9, 2)


def test_what_oauth_costs(limited: Limited) -> None:
    api = limited()
    before = left(api.get("/nothing"))
    app = Client(api)
    tokens = app.tokens()
    for _ in range(30):
        refreshed = app.refresh(tokens["refresh_token"])
        assert refreshed.status == 200
        assert not any("ratelimit" in name for name in refreshed.headers)
    access = refreshed.body["access_token"]
    assert left(api.get("/nothing")) == before
    # What the app does is the company's; also what it may not do.
    assert left(use(api, access, "/v1/deals")) == before - 20
    refused = use(api, access, "/v1/deals", "POST")
    assert (refused.status, left(refused)) == (400, before - 30)
    refused = use(api, access, "/v1/stages", "POST")
    assert (refused.status, refused.error, left(refused)) == (403, "Scope and URL mismatch", before - 40)
    assert left(api.get("/nothing")) == before - 40


def test_searches_have_a_lane_of_their_own(limited: Limited) -> None:
    api = limited()
    searches = ("/v1/deals/search", "/api/v2/persons/search", "/v1/itemSearch", "/api/v2/itemSearch")
    for number in range(10):
        assert told(api.get(searches[number % 4], term="deal")) == (10, 9 - number, 2)
    for path in searches:
        refused = api.get(path, term="deal")
        assert (refused.status, refused.body, told(refused)) == (429, OVER_LIMIT, (10, 0, 2))
    # They were requests like others, too; those that were refused were not.
    assert told(api.get("/v1/stages")) == (20, 9, 2)
    api.clock.advance(seconds=1)
    for _ in range(9):
        api.get("/v1/stages")
    assert told(api.get("/v1/deals/search", term="deal")) == (10, 0, 1)
    assert told(api.get("/v1/stages")) == (20, 0, 1)


def test_what_calls_cost(limited: Limited) -> None:
    api = limited("ultimate")
    deal = api.post("/v1/deals", {"title": "Deal"}).data["id"]
    calls: list[tuple[int, Callable[[], Answer]]] = [
        (2, lambda: api.get(f"/v1/deals/{deal}")),
        (1, lambda: api.get(f"/api/v2/deals/{deal}")),
        (1, lambda: api.call("HEAD", f"/api/v2/deals/{deal}")),
        (20, lambda: api.get("/api/v1/deals")),
        (10, lambda: api.get("/api/v2/deals", limit=1)),
        (5, lambda: api.get("/api/v2/stages")),
        (40, lambda: api.get("/v1/itemSearch", term="deal")),
        (20, lambda: api.get("/api/v2/itemSearch", term="deal")),
        (5, lambda: api.patch(f"/api/v2/deals/{deal}", {"title": "x"})),
        (10, lambda: api.put(f"/v1/deals/{deal}", {"title": "x"})),
        # What fails costs the same.
        (1, lambda: api.get("/api/v2/deals/99")),
        (10, lambda: api.get("/api/v2/deals", limit="x")),
        (10, lambda: api.send("GET", "/api/v2/deals", raw_query=b"cursor=%ff")),
        (5, lambda: api.post("/api/v2/deals", {"titel": "x"})),
        (5, lambda: api.send("POST", "/api/v2/deals", b"{")),
        (2, lambda: api.get("/v1/mailbox/mailMessages/1")),
        # Where there is no operation, there is no price.
        (0, lambda: api.get("/nothing")),
        (0, lambda: api.call("OPTIONS", "/v1/deals")),
        (3, lambda: api.delete(f"/api/v2/deals/{deal}")),
    ]
    before = left(api.get("/nothing"))
    for number, (cost, call) in enumerate(calls):
        answer = call()
        assert (number, before - left(answer)) == (number, cost)
        before = left(answer)


def test_a_day_that_is_spent(limited: Limited) -> None:
    api = limited()
    spend(api, BUDGET - 12)
    first = api.get("/api/v2/deals")
    assert (first.status, left(first)) == (200, 2)
    # The last call may cost more than is left.
    last = api.get("/api/v2/deals")
    assert (last.status, left(last)) == (200, 0)
    for path in ("/api/v2/deals", "/v1/stages", "/nothing"):
        refused = api.get(path)
        assert (refused.status, refused.body, left(refused)) == (429, OVER_LIMIT, 0)
        # The window has room, and the day has ten hours less than a whole one.
        assert told(refused) == (20, 18, 2)
        assert refused.headers["retry-after"] == str(14 * 3600)
    assert api.post("/api/v2/deals", {"title": "x"}).status == 429
    api.clock.advance(hours=14, seconds=-1)
    assert api.get("/v1/stages").headers["retry-after"] == "1"
    api.clock.advance(seconds=1)
    assert left(api.get("/v1/stages")) == BUDGET - 10
    assert api.get("/api/v2/deals").data == []


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_the_day_of_a_time_zone(limited: Limited) -> None:
    api = limited(time_zone="Asia/Kolkata")
    spend(api, BUDGET)
    assert api.get("/v1/stages").headers["retry-after"] == str(int(8.5 * 3600))
    api.clock.advance(hours=8.5)
    answer = api.get("/v1/stages")
    assert (answer.status, left(answer)) == (200, BUDGET - 10)
    assert (spent(api), spent(api, date(2026, 3, 3))) == (BUDGET, 10)


def test_active_users_are_the_seats(limited: Limited) -> None:
    api = limited()
    assert left(api.get("/nothing")) == BUDGET
    rep = add_user(api, "Rep")
    add_user(api, "Other")
    api.clock.advance(seconds=1)
    # It is settled behind this answer.
    api.get("/nothing")
    assert left(api.get("/nothing")) == 3 * BUDGET
    with api.companies.unit(api.bearer.company, 1, write=True) as crm:
        crm.db.execute(sa.update(tables.users).where(tables.users.c.id == rep.bearer.user_id).values(is_active=False))
        crm.settings_changed()
    assert left(limited(top_up=500).get("/nothing")) == 2 * BUDGET + 500
    assert left(limited(top_up=500, seats=10).get("/nothing")) == 10 * BUDGET + 500


def test_what_is_spent_outlives_the_process(limited: Limited) -> None:
    api = limited()
    for _ in range(5):
        api.get("/v1/stages")
    api.clock.advance(seconds=1)
    api.get("/v1/stages")
    assert spent(api) == 60
    api.get("/v1/stages")
    api.get("/v1/stages")
    assert left(api.get("/nothing")) == BUDGET - 80
    assert api.app.limits is not None
    # What came after the last second is lost when the process dies now, and written down when it ends in order.
    assert left(limited().get("/nothing")) == BUDGET - 60
    api.app.limits.settle_all()
    assert left(limited().get("/nothing")) == BUDGET - 80
    api.app.limits.settle_all()
    assert spent(api) == 80


def test_machines_share_a_budget(limited: Limited) -> None:
    one, other = limited(), limited()
    for _ in range(10):
        one.get("/v1/stages")
        other.get("/v1/stages")
    # For a second, each knows only of itself.
    assert (left(one.get("/nothing")), left(other.get("/nothing"))) == (BUDGET - 100, BUDGET - 100)
    for api in (one, other, one):
        one.clock.advance(seconds=1)
        api.get("/nothing")
    assert spent(one) == 200
    assert (left(one.get("/nothing")), left(other.get("/nothing"))) == (BUDGET - 200, BUDGET - 200)
    spend(one, BUDGET - 200)
    one.clock.advance(seconds=1)
    assert [api.get("/nothing").status for api in (one, one, other, other)] == [404, 429, 404, 429]


def test_a_database_that_is_away_for_a_while(
    limited: Limited, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    api = limited()
    api.get("/v1/stages")
    with monkeypatch.context() as patch:

        def away(*_: object) -> int:
            raise OSError("the database is away")

        patch.setattr(spending, "add", away)
        api.clock.advance(seconds=1)
        assert api.get("/v1/stages").status == 200
    assert "not written down yet" in caplog.text
    api.clock.advance(seconds=1)
    assert left(api.get("/v1/stages")) == BUDGET - 30
    assert spent(api) == 30


def test_what_was_spent_is_known_for_a_month(limited: Limited) -> None:
    api = limited()
    days = []
    for _ in range(33):
        api.get("/v1/stages")
        api.clock.advance(seconds=1)
        api.get("/v1/stages")
        days.append(api.clock.now.date())
        api.clock.advance(days=1)
    assert [spent(api, day) for day in days] == [0, 0] + [20] * 31


def test_a_platform_of_before(api: Api, limited: Limited) -> None:
    platform = api.companies.platform
    with platform.database.write() as transaction:
        schema = f"{platform.database.schema}." if platform.database.schema else ""
        transaction.script(f"drop table {schema}token_spending")
    platform.upgrade()
    assert left(limited().get("/v1/stages")) == BUDGET - 10


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_changes_of_a_day_in_utc(limited: Limited) -> None:
    api = limited(time_zone="Asia/Kolkata")

    def changes(answer: Answer) -> str:
        return answer.headers["x-daily-requests-left"]

    assert changes(api.get("/v1/stages")) == "10000"
    assert changes(api.post("/v1/deals", {"title": "Deal"})) == "9999"
    assert changes(api.put("/v1/deals/1", {"titel": "Deal"})) == "9998"
    assert changes(api.patch("/api/v2/deals/1", {"title": "Deal"})) == "9998"
    assert changes(add_user(api, "Rep").get("/v1/stages")) == "10000"
    api.clock.advance(hours=13)
    assert changes(api.get("/v1/stages")) == "9998"
    api.clock.advance(hours=1)
    assert changes(api.get("/v1/stages")) == "10000"


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_the_headers_of_every_answer(limited: Limited) -> None:
    api = limited("ultimate")
    known = [
        api.get("/v1/deals"),
        api.post("/api/v2/deals", {"title": "x"}),
        api.call("HEAD", "/v1/deals"),
        api.get("/v1/deals/99"),
        api.get("/nothing"),
        api.call("PATCH", "/v1/deals"),
        api.post("/v1/deals", {}),
        api.send("POST", "/v1/deals", b"{"),
        api.send("POST", "/v1/deals", b"{}", headers={"x-api-token": api.token, "content-length": "999999999"}),
        api.send("GET", "/v1/deals", raw_query=b"start=%ff"),
        api.get("/v1/mailbox/mailMessages/1"),
    ]
    assert [answer.status for answer in known] == [200, 200, 200, 404, 404, 405, 400, 400, 413, 400, 501]
    for answer in known:
        assert told(answer)[0] == 120
        assert 0 < left(answer) <= 210_000
    # Of those who do not say who they are, nothing is known, and nothing is told.
    strangers = [api.send(method, "/v1/deals", b"{", headers={}) for method in ("GET", "HEAD", "POST")]
    strangers.append(api.send("GET", "/openapi/v1.json", headers={}))
    assert [answer.status for answer in strangers] == [401, 401, 401, 200]
    assert not any("ratelimit" in name for answer in strangers for name in answer.headers)
    assert len({answer.headers["x-correlation-id"] for answer in [*known, *strangers]}) == len(known) + len(strangers)


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_a_clock_that_is_set_back(limited: Limited) -> None:
    api = limited()
    for _ in range(21):
        answer = api.get("/v1/stages")
    assert answer.status == 429
    api.clock.advance(hours=-1)
    assert told(api.get("/v1/stages")) == (20, 19, 2)


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_a_process_that_dies_while_it_counts(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(counters, "PATIENCE_SECONDS", 0.01)
    terms = Terms(plan=PLANS["lite"])
    block = new_block(terms, processes=2)
    app = Application(api.companies, limits=Limits(api.companies, terms, block))
    limited = Api(app, api.clock, api.bearer)
    block.__enter__()
    assert limited.get("/v1/stages").status == 200
    assert "taken over" in caplog.text
    caplog.clear()
    assert told(limited.get("/v1/stages")) == (20, 18, 2)
    assert not caplog.records
    # It was only asleep.
    block.__exit__(None, None, None)
    assert told(limited.get("/v1/stages")) == (20, 17, 2)
    app.close()


def test_more_keys_than_slots() -> None:
    cells = counters.Block(counters.Slots.size(64, 1)).cells()
    slots = counters.Slots(cells, 0, 64, 1)
    for moment in range(3000):
        key = (moment * 7919) % 200 - 100 or 1
        at = slots.find(key, moment)
        # Nobody finds what is another's.
        assert cells[at + counters.OWN] in (0, key)
        cells[at + counters.OWN] = key
    found = slots.all()
    assert len({cells[at] for at in found}) == len(found) == 64
    for key in range(1, 9):
        slots.find(key, 5000)
    assert all(cells[slots.find(key, 5000)] == key for key in range(1, 9))
