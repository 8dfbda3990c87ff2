"""Webhooks under load: a receiver refuses, workers are killed, and yet every event is delivered in order."""

from __future__ import annotations

from tests.webhook_load import run_load_test

CHANGES = 400


def test_every_event_is_delivered_and_those_of_a_record_in_order(location: str) -> None:
    workers = 3 if location.startswith("postgresql") else 1
    report = run_load_test(location, changes=CHANGES, records=40, workers=workers, kills=3)
    assert report.expected_count == CHANGES
    assert len(report.events) == CHANGES
    assert report.state_counts == {"delivered": CHANGES}
    assert report.out_of_order() == []
    # The receiver did refuse, so there was something to try again.
    assert report.refused_count > CHANGES // 10
