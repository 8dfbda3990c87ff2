"""Limits: accepted and refused requests, their costs, the headers, and which requests share a limit."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
import sqlalchemy as sa

from dealwright.server import shared_counters
from dealwright.server.application import Application
from dealwright.server.limits import RateLimiter, new_shared_array
from dealwright.server.rate_limit_plans import PLANS, RateLimitPolicy
from dealwright.storage import tables, token_usage
from tests.api import Api, Response
from tests.company import add_user
from tests.limited_api import LimitedApiFactory
from tests.oauth import Client, call_with_token, issue_access_token

OVER_LIMIT = {
    "success": False,
    "error": "request over limit",
    "errorCode": 429,
    "error_info": "Please check developers.pipedrive.com",
}
TODAY = date(2026, 3, 2)
BUDGET = 30_000


def rate_limit_window(answer: Response) -> tuple[int, int, int]:
    """Returns limit, remaining and reset of the window in the headers of an answer."""
    limit, remaining, reset = (int(answer.headers[f"x-ratelimit-{name}"]) for name in ("limit", "remaining", "reset"))
    return limit, remaining, reset


def tokens_left(answer: Response) -> int:
    return int(answer.headers["x-daily-ratelimit-token-remaining"])


def recorded_usage(api: Api, day: date = TODAY) -> int:
    """Returns the tokens that are recorded for a day."""
    return token_usage.get_tokens_spent(api.companies.platform, api.principal.company.id, day)


def record_usage(api: Api, tokens: int, day: date = TODAY) -> None:
    """Records tokens as another machine, or as this one before a restart."""
    token_usage.add(api.companies.platform, api.principal.company.id, day, tokens)


def test_a_window_of_two_seconds(make_limited_api: LimitedApiFactory) -> None:
    api = make_limited_api()
    for number in range(20):
        answer = api.get("/api/v2/deals/1")
        assert (answer.status, rate_limit_window(answer)) == (404, (20, 19 - number, 2))
    for path in ("/api/v2/deals/1", "/v1/deals", "/nothing"):
        refused = api.get(path)
        assert (refused.status, refused.body, rate_limit_window(refused)) == (429, OVER_LIMIT, (20, 0, 2))
        assert refused.headers["access-control-allow-origin"] == "*"
        assert refused.headers["retry-after"] == "2"
    api.clock.advance(seconds=1.5)
    assert api.get("/v1/deals").headers["retry-after"] == "1"
    api.clock.advance(seconds=0.5)
    assert rate_limit_window(api.get("/v1/deals")) == (20, 19, 2)


def test_the_window_rolls(make_limited_api: LimitedApiFactory) -> None:
    api = make_limited_api()
    for seconds in (0.0, 1.2):
        api.clock.advance(seconds=seconds)
        for _ in range(10):
            assert api.get("/v1/stages").status == 200
    assert api.get("/v1/stages").headers["retry-after"] == "1"
    api.clock.advance(seconds=0.8)
    for number in range(10):
        assert rate_limit_window(api.get("/v1/stages")) == (20, 9 - number, 2)
    assert api.get("/v1/stages").status == 429


def test_what_is_refused_changes_and_counts_nothing(make_limited_api: LimitedApiFactory) -> None:
    api = make_limited_api()
    for _ in range(20):
        api.post("/api/v2/deals", {"title": "Deal"})
    refused = [api.post("/api/v2/deals", {"title": "Deal"}) for _ in range(30)]
    assert {(answer.status, tokens_left(answer)) for answer in refused} == {(429, BUDGET - 20 * 5)}
    assert {answer.headers["x-daily-requests-left"] for answer in refused} == {"9980"}
    api.clock.advance(seconds=2)
    assert len(api.get("/api/v2/deals").data) == 20


def test_every_token_has_windows_of_its_own(make_limited_api: LimitedApiFactory) -> None:
    api = make_limited_api("essential")
    other = add_user(api, "Rep")
    for _ in range(21):
        answer = api.get("/v1/stages")
    assert answer.status == 429
    assert rate_limit_window(other.get("/v1/stages")) == (20, 19, 2)
    issued = api.companies.platform.issue_token(api.principal.company.id, 1)
    assert rate_limit_window(api.send("GET", "/v1/stages", headers={"x-api-token": issued})) == (20, 19, 2)
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
def test_plans(
    make_limited_api: LimitedApiFactory, plan: str, with_api_token: int, with_oauth_token: int, tokens: int
) -> None:
    api = make_limited_api(plan, seats=3)
    answer = api.get("/v1/stages")
    assert rate_limit_window(answer) == (with_api_token, with_api_token - 1, 2)
    assert answer.headers["x-daily-ratelimit-token-limit"] == str(3 * tokens)
    assert rate_limit_window(api.get("/v1/deals/search", term="deal")) == (10, 9, 2)

    app = Client(api)
    access = issue_access_token(api, app.app)
    for number in range(with_oauth_token):
        answer = call_with_token(api, access, "/nothing")
        assert rate_limit_window(answer) == (with_oauth_token, with_oauth_token - 1 - number, 2)
    assert call_with_token(api, access, "/nothing").status == 429
    assert "x-daily-requests-left" not in answer.headers
    another = {"authorization": f"Bearer {issue_access_token(api, app.app)}"}
    assert rate_limit_window(api.send("GET", "/v1/deals/search", query={"term": "deal"}, headers=another)) == (10, 9, 2)


def test_what_oauth_costs(make_limited_api: LimitedApiFactory) -> None:
    api = make_limited_api()
    before = tokens_left(api.get("/nothing"))
    app = Client(api)
    tokens = app.get_tokens()
    for _ in range(30):
        refreshed = app.refresh(tokens["refresh_token"])
        assert refreshed.status == 200
        assert not any("ratelimit" in name for name in refreshed.headers)
    access = refreshed.body["access_token"]
    assert tokens_left(api.get("/nothing")) == before
    # Requests of the app count for the company, also those that are forbidden.
    assert tokens_left(call_with_token(api, access, "/v1/deals")) == before - 20
    refused = call_with_token(api, access, "/v1/deals", "POST")
    assert (refused.status, tokens_left(refused)) == (400, before - 30)
    refused = call_with_token(api, access, "/v1/stages", "POST")
    assert (refused.status, refused.error, tokens_left(refused)) == (403, "Scope and URL mismatch", before - 40)
    assert tokens_left(api.get("/nothing")) == before - 40


def test_searches_have_a_window_of_their_own(make_limited_api: LimitedApiFactory) -> None:
    api = make_limited_api()
    searches = ("/v1/deals/search", "/api/v2/persons/search", "/v1/itemSearch", "/api/v2/itemSearch")
    for number in range(10):
        assert rate_limit_window(api.get(searches[number % 4], term="deal")) == (10, 9 - number, 2)
    for path in searches:
        refused = api.get(path, term="deal")
        assert (refused.status, refused.body, rate_limit_window(refused)) == (429, OVER_LIMIT, (10, 0, 2))
    # The accepted searches count in the general window, too; the refused ones do not.
    assert rate_limit_window(api.get("/v1/stages")) == (20, 9, 2)
    api.clock.advance(seconds=1)
    for _ in range(9):
        api.get("/v1/stages")
    assert rate_limit_window(api.get("/v1/deals/search", term="deal")) == (10, 0, 1)
    assert rate_limit_window(api.get("/v1/stages")) == (20, 0, 1)


def test_what_calls_cost(make_limited_api: LimitedApiFactory) -> None:
    api = make_limited_api("ultimate")
    deal = api.post("/v1/deals", {"title": "Deal"}).data["id"]
    calls: list[tuple[int, Callable[[], Response]]] = [
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
        # A request that fails costs the same.
        (1, lambda: api.get("/api/v2/deals/99")),
        (10, lambda: api.get("/api/v2/deals", limit="x")),
        (10, lambda: api.send("GET", "/api/v2/deals", raw_query=b"cursor=%ff")),
        (5, lambda: api.post("/api/v2/deals", {"titel": "x"})),
        (5, lambda: api.send("POST", "/api/v2/deals", b"{")),
        (2, lambda: api.get("/v1/mailbox/mailMessages/1")),
        # A request without an operation costs nothing.
        (0, lambda: api.get("/nothing")),
        (0, lambda: api.call("OPTIONS", "/v1/deals")),
        (3, lambda: api.delete(f"/api/v2/deals/{deal}")),
    ]
    before = tokens_left(api.get("/nothing"))
    for number, (cost, call) in enumerate(calls):
        answer = call()
        assert (number, before - tokens_left(answer)) == (number, cost)
        before = tokens_left(answer)


def test_a_day_that_is_spent(make_limited_api: LimitedApiFactory) -> None:
    api = make_limited_api()
    record_usage(api, BUDGET - 12)
    first = api.get("/api/v2/deals")
    assert (first.status, tokens_left(first)) == (200, 2)
    # The last call may cost more than is left.
    last = api.get("/api/v2/deals")
    assert (last.status, tokens_left(last)) == (200, 0)
    for path in ("/api/v2/deals", "/v1/stages", "/nothing"):
        refused = api.get(path)
        assert (refused.status, refused.body, tokens_left(refused)) == (429, OVER_LIMIT, 0)
        # The window is not full, and ten hours of the day have passed.
        assert rate_limit_window(refused) == (20, 18, 2)
        assert refused.headers["retry-after"] == str(14 * 3600)
    assert api.post("/api/v2/deals", {"title": "x"}).status == 429
    api.clock.advance(hours=14, seconds=-1)
    assert api.get("/v1/stages").headers["retry-after"] == "1"
    api.clock.advance(seconds=1)
    assert tokens_left(api.get("/v1/stages")) == BUDGET - 10
    assert api.get("/api/v2/deals").data == []


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_the_day_of_a_time_zone(make_limited_api: LimitedApiFactory) -> None:
    api = make_limited_api(time_zone="Asia/Kolkata")
    record_usage(api, BUDGET)
    assert api.get("/v1/stages").headers["retry-after"] == str(int(8.5 * 3600))
    api.clock.advance(hours=8.5)
    answer = api.get("/v1/stages")
    assert (answer.status, tokens_left(answer)) == (200, BUDGET - 10)
    assert (recorded_usage(api), recorded_usage(api, date(2026, 3, 3))) == (BUDGET, 10)


def test_active_users_are_the_seats(make_limited_api: LimitedApiFactory) -> None:
    api = make_limited_api()
    assert tokens_left(api.get("/nothing")) == BUDGET
    rep = add_user(api, "Rep")
    add_user(api, "Other")
    api.clock.advance(seconds=1)
    # The seats are counted again after this answer.
    api.get("/nothing")
    assert tokens_left(api.get("/nothing")) == 3 * BUDGET
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        crm.db.execute(
            sa.update(tables.users).where(tables.users.c.id == rep.principal.user_id).values(is_active=False)
        )
        crm.invalidate_company_data()
    assert tokens_left(make_limited_api(top_up=500).get("/nothing")) == 2 * BUDGET + 500
    assert tokens_left(make_limited_api(top_up=500, seats=10).get("/nothing")) == 10 * BUDGET + 500


def test_usage_outlives_the_process(make_limited_api: LimitedApiFactory) -> None:
    api = make_limited_api()
    for _ in range(5):
        api.get("/v1/stages")
    api.clock.advance(seconds=1)
    api.get("/v1/stages")
    assert recorded_usage(api) == 60
    api.get("/v1/stages")
    api.get("/v1/stages")
    assert tokens_left(api.get("/nothing")) == BUDGET - 80
    assert api.app.limits is not None
    # Usage since the last second is lost when the process dies now, and recorded when it ends normally.
    assert tokens_left(make_limited_api().get("/nothing")) == BUDGET - 60
    api.app.limits.flush_all()
    assert tokens_left(make_limited_api().get("/nothing")) == BUDGET - 80
    api.app.limits.flush_all()
    assert recorded_usage(api) == 80


def test_machines_share_a_budget(make_limited_api: LimitedApiFactory) -> None:
    one, other = make_limited_api(), make_limited_api()
    for _ in range(10):
        one.get("/v1/stages")
        other.get("/v1/stages")
    # For a second, each knows only its own usage.
    assert (tokens_left(one.get("/nothing")), tokens_left(other.get("/nothing"))) == (BUDGET - 100, BUDGET - 100)
    for api in (one, other, one):
        one.clock.advance(seconds=1)
        api.get("/nothing")
    assert recorded_usage(one) == 200
    assert (tokens_left(one.get("/nothing")), tokens_left(other.get("/nothing"))) == (BUDGET - 200, BUDGET - 200)
    record_usage(one, BUDGET - 200)
    one.clock.advance(seconds=1)
    assert [api.get("/nothing").status for api in (one, one, other, other)] == [404, 429, 404, 429]


def test_a_database_that_is_temporarily_unavailable(
    make_limited_api: LimitedApiFactory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    api = make_limited_api()
    api.get("/v1/stages")
    with monkeypatch.context() as patch:

        def raise_os_error(*_: object) -> int:
            raise OSError("the database is unavailable")

        patch.setattr(token_usage, "add", raise_os_error)
        api.clock.advance(seconds=1)
        assert api.get("/v1/stages").status == 200
    assert "not written down yet" in caplog.text
    api.clock.advance(seconds=1)
    assert tokens_left(api.get("/v1/stages")) == BUDGET - 30
    assert recorded_usage(api) == 30


def test_usage_is_kept_for_a_month(make_limited_api: LimitedApiFactory) -> None:
    api = make_limited_api()
    days = []
    for _ in range(33):
        api.get("/v1/stages")
        api.clock.advance(seconds=1)
        api.get("/v1/stages")
        days.append(api.clock.now.date())
        api.clock.advance(days=1)
    assert [recorded_usage(api, day) for day in days] == [0, 0] + [20] * 31


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_changes_of_a_day_in_utc(make_limited_api: LimitedApiFactory) -> None:
    api = make_limited_api(time_zone="Asia/Kolkata")

    def requests_left(answer: Response) -> str:
        return answer.headers["x-daily-requests-left"]

    assert requests_left(api.get("/v1/stages")) == "10000"
    assert requests_left(api.post("/v1/deals", {"title": "Deal"})) == "9999"
    assert requests_left(api.put("/v1/deals/1", {"titel": "Deal"})) == "9998"
    assert requests_left(api.patch("/api/v2/deals/1", {"title": "Deal"})) == "9998"
    assert requests_left(add_user(api, "Rep").get("/v1/stages")) == "10000"
    api.clock.advance(hours=13)
    assert requests_left(api.get("/v1/stages")) == "9998"
    api.clock.advance(hours=1)
    assert requests_left(api.get("/v1/stages")) == "10000"


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_the_headers_of_every_answer(make_limited_api: LimitedApiFactory) -> None:
    api = make_limited_api("ultimate")
    authenticated = [
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
    ]
    assert [answer.status for answer in authenticated] == [200, 200, 200, 404, 404, 405, 400, 400, 413, 400]
    for answer in authenticated:
        assert rate_limit_window(answer)[0] == 120
        assert 0 < tokens_left(answer) <= 210_000
    # Answers to requests without a token have no headers about limits.
    unauthenticated = [api.send(method, "/v1/deals", b"{", headers={}) for method in ("GET", "HEAD", "POST")]
    unauthenticated.append(api.send("GET", "/openapi/v1.json", headers={}))
    assert [answer.status for answer in unauthenticated] == [401, 401, 401, 200]
    assert not any("ratelimit" in name for answer in unauthenticated for name in answer.headers)
    assert len({answer.headers["x-correlation-id"] for answer in [*authenticated, *unauthenticated]}) == len(
        authenticated
    ) + len(unauthenticated)


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_a_clock_that_is_set_back(make_limited_api: LimitedApiFactory) -> None:
    api = make_limited_api()
    for _ in range(21):
        answer = api.get("/v1/stages")
    assert answer.status == 429
    api.clock.advance(hours=-1)
    assert rate_limit_window(api.get("/v1/stages")) == (20, 19, 2)


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_a_process_that_dies_while_it_counts(
    api: Api, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shared_counters, "LOCK_TIMEOUT_SECONDS", 0.01)
    terms = RateLimitPolicy(plan=PLANS["lite"])
    block = new_shared_array(terms, processes=2)
    app = Application(api.companies, limits=RateLimiter(api.companies, terms, block))
    limited = Api(app, api.clock, api.principal)
    block.__enter__()
    assert limited.get("/v1/stages").status == 200
    assert "taken over" in caplog.text
    caplog.clear()
    assert rate_limit_window(limited.get("/v1/stages")) == (20, 18, 2)
    assert not caplog.records
    # The process that held the lock was only suspended.
    block.__exit__(None, None, None)
    assert rate_limit_window(limited.get("/v1/stages")) == (20, 17, 2)
    app.close()


def test_more_keys_than_slots() -> None:
    cells = shared_counters.SharedArray(shared_counters.SlotTable.size(64, 1)).cells()
    slots = shared_counters.SlotTable(cells, 0, 64, 1)
    for now in range(3000):
        key = (now * 7919) % 200 - 100 or 1
        slot = slots.get_or_create(key, now)
        # No key gets the slot of another key.
        assert cells[slot + shared_counters.HEADER_SIZE] in (0, key)
        cells[slot + shared_counters.HEADER_SIZE] = key
    found = slots.list_used()
    assert len({cells[slot] for slot in found}) == len(found) == 64
    for key in range(1, 9):
        slots.get_or_create(key, 5000)
    assert all(cells[slots.get_or_create(key, 5000)] == key for key in range(1, 9))


def test_a_deactivated_user_spends_nothing(make_limited_api: LimitedApiFactory, api: Api) -> None:
    rep, limited = add_user(api, "Rep"), make_limited_api()
    token = {"x-api-token": rep.token}
    left = tokens_left(limited.send("GET", "/v1/deals", headers=token))
    api.put(f"/v1/users/{rep.principal.user_id}", {"active_flag": False})
    assert [limited.send("GET", "/v1/deals", headers=token).status for _ in range(3)] == [401] * 3
    assert tokens_left(limited.get("/v1/deals")) == left - 20
