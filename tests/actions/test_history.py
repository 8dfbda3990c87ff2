"""What has happened to records: changelogs, flows, and what is new since a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.actions.local_crm import LocalCrm


@pytest.mark.parametrize(("noun", "name", "link"), [("deals", "title", "deal_id"), ("organizations", "name", "org_id")])
def test_what_has_become_of_a_record(crm: LocalCrm, noun: str, name: str, link: str) -> None:
    record = crm.create(f"v2.post_{noun}", **{name: "Before"})
    crm.data(f"v2.patch_{noun}_by_id", id=record, data={name: "After"})
    note = crm.create("v1.post_notes", content="Look", **{link: record})
    called = crm.create("v2.post_activities", subject="Called", done=True, **{link: record})
    planned = crm.create("v2.post_activities", subject="Visit", **{link: record})

    changes = crm.data(f"v1.get_{noun}_by_id_changelog", id=record)
    assert [(one["old_value"], one["new_value"]) for one in changes if one["field_key"] == name] == [
        ("Before", "After")
    ]
    flow = crm.data(f"v1.get_{noun}_by_id_flow", id=record)
    happened = {(one["object"], one["data"]["id"]) for one in flow}
    assert {("note", note), ("activity", called), ("plannedActivity", planned)} <= happened
    only_notes = crm.data(f"v1.get_{noun}_by_id_flow", id=record, items="note")
    assert [(one["object"], one["data"]["id"]) for one in only_notes] == [("note", note)]


def test_what_has_become_of_a_person(crm: LocalCrm) -> None:
    mary = crm.create("v2.post_persons", name="Mary")
    deal = crm.create("v2.post_deals", title="Ovens", person_id=mary)
    crm.data("v1.put_persons_by_id", id=mary, data={"name": "Maria"})
    changes = crm.data("v1.get_persons_by_id_changelog", id=mary)
    assert ("name", "Mary", "Maria") in [(one["field_key"], one["old_value"], one["new_value"]) for one in changes]
    flow = crm.data("v1.get_persons_by_id_flow", id=mary)
    assert ("deal", deal) in [(one["object"], one["data"]["id"]) for one in flow]


def test_what_is_new_since_a_time(crm: LocalCrm) -> None:
    since = datetime.now(UTC) - timedelta(seconds=1)
    deal = crm.create("v2.post_deals", title="New one")
    recent = crm.data("v1.get_recents", since_timestamp=since, items="deal")
    assert (recent[-1]["item"], recent[-1]["id"], recent[-1]["data"]["title"]) == ("deal", deal, "New one")
    later = since + timedelta(days=1)
    assert crm.data("v1.get_recents", since_timestamp=later) is None
