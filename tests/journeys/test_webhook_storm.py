"""Webhooks under stress: a receiver that refuses, workers that are killed, and yet everybody is told everything in order."""

from __future__ import annotations

from tests.storm import storm

CHANGES = 400


def test_every_event_is_told_and_those_of_a_record_in_order(location: str) -> None:
    workers = 3 if location.startswith("postgresql") else 1
    report = storm(location, changes=CHANGES, records=40, workers=workers, kills=3)
    assert report.expected == CHANGES
    assert len(report.events) == CHANGES
    assert report.states == {"delivered": CHANGES}
    assert report.out_of_order() == []
    # The receiver did refuse, so there was something to try again.
    assert report.refused > CHANGES // 10
