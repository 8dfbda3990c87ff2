"""The times of changes never go back, whatever the clocks of the processes that make them say."""

from __future__ import annotations

from tests.api import Api


def test_a_clock_that_is_a_little_behind_changes_no_order(api: Api) -> None:
    deal = api.post("/api/v2/deals", {"title": "Deal"}).data
    api.clock.advance(seconds=-40)
    for title in ("One", "Two"):
        changed = api.patch(f"/api/v2/deals/{deal['id']}", {"title": title}).data
        assert changed["update_time"] == deal["update_time"]
    api.clock.advance(seconds=41)
    changed = api.patch(f"/api/v2/deals/{deal['id']}", {"title": "Three"}).data
    assert changed["update_time"] > deal["update_time"]


def test_a_clock_that_was_set_back_is_believed(api: Api) -> None:
    first = api.post("/api/v2/deals", {"title": "Deal"}).data
    api.clock.advance(hours=-2)
    second, third = (api.post("/api/v2/deals", {"title": "Deal"}).data for _ in range(2))
    assert second["add_time"] == third["add_time"] < first["add_time"]
