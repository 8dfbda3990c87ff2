"""Deals: in both versions, won, archived, copied, merged and deleted; who takes part, and what a pipeline adds up to."""

from __future__ import annotations

from datetime import date, timedelta

from tests.actions.local_crm import LocalCrm


def test_a_deal_of_v2_is_won_archived_and_deleted(crm: LocalCrm) -> None:
    mary = crm.create("v2.post_persons", name="Mary")
    deal = crm.create("v2.post_deals", title="Ovens", value=960, currency="USD", person_id=mary)
    found = crm.data("v2.get_deals_by_id", id=deal, include_fields="products_count")
    assert (found["title"], found["value"], found["currency"], found["status"]) == ("Ovens", 960, "USD", "open")
    assert (found["person_id"], found["products_count"]) == (mary, 0)
    crm.data("v2.patch_deals_by_id", id=deal, data={"status": "won", "title": "Two ovens"})
    [listed] = crm.data("v2.get_deals", person_id=mary, status="won")
    assert (listed["id"], listed["title"]) == (deal, "Two ovens")
    assert listed["won_time"] == listed["close_time"] is not None
    crm.data("v2.patch_deals_by_id", id=deal, data={"is_archived": True})
    assert crm.ids("v2.get_deals", person_id=mary) == []
    assert crm.ids("v2.get_deals_archived", person_id=mary) == [deal]
    crm.data("v2.patch_deals_by_id", id=deal, data={"is_archived": False})
    assert crm.data("v2.delete_deals_by_id", id=deal)["id"] == deal
    assert crm.refusal("v2.get_deals_by_id", id=deal) == 404
    assert crm.data("v1.get_deals_by_id", id=deal)["status"] == "deleted"


def test_a_deal_of_v1_is_lost_archived_and_deleted(crm: LocalCrm) -> None:
    rita = crm.create("v1.post_users", email="rita@example.com", access=[{"app": "sales"}])
    deal = crm.create("v1.post_deals", title="Mixers", value="120.50", currency="EUR", visible_to="1")
    found = crm.data("v1.get_deals_by_id", id=deal)
    assert (found["title"], found["value"], found["currency"], found["status"]) == ("Mixers", 120.5, "EUR", "open")
    assert rita not in crm.data("v1.get_deals_by_id_permitted_users", id=deal)
    changes = {"status": "lost", "lost_reason": "Too dear", "visible_to": "3"}
    crm.data("v1.put_deals_by_id", id=deal, data=changes)
    assert rita in crm.data("v1.get_deals_by_id_permitted_users", id=deal)
    [listed] = crm.data("v1.get_deals", status="lost")
    assert (listed["id"], listed["lost_reason"]) == (deal, "Too dear")
    assert crm.ids("v1.get_deals_collection", status="lost") == [deal]
    crm.data("v1.put_deals_by_id", id=deal, data={"is_archived": True})
    assert crm.data("v1.get_deals", status="lost") is None
    assert crm.ids("v1.get_deals_archived", status="lost") == [deal]
    assert crm.data("v1.delete_deals_by_id", id=deal)["id"] == deal
    assert crm.data("v1.get_deals_archived", status="lost") is None
    assert crm.refusal("v2.get_deals_by_id", id=deal) == 404


def test_several_deals_are_deleted_at_once(crm: LocalCrm) -> None:
    one, other, third = (crm.create("v2.post_deals", title=title) for title in ("One", "Other", "Third"))
    assert crm.data("v1.delete_deals", ids=f"{one},{other}")["id"] == [one, other]
    assert crm.ids("v2.get_deals", ids=[one, other, third]) == [third]


def test_a_deal_is_copied_and_the_copy_merged_into_it(crm: LocalCrm) -> None:
    mary = crm.create("v2.post_persons", name="Mary")
    deal = crm.create("v2.post_deals", title="Ovens", value=960, person_id=mary)
    copy = crm.data("v1.post_deals_by_id_duplicate", id=deal)["id"]
    again = crm.data("v2.post_deals_by_id_duplicate", id=deal)
    assert (again["id"] not in (deal, copy), again["title"]) == (True, crm.data("v2.get_deals_by_id", id=deal)["title"])
    copied = crm.data("v2.get_deals_by_id", id=copy)
    assert (copied["title"], copied["value"], copied["person_id"]) == ("Ovens", 960, mary)
    note = crm.create("v1.post_notes", content="About the copy", deal_id=copy)
    assert crm.data("v1.put_deals_by_id_merge", id=copy, data={"merge_with_id": deal})["id"] == deal
    assert crm.ids("v1.get_notes", deal_id=deal) == [note]
    assert crm.refusal("v2.get_deals_by_id", id=copy) == 404
    copied = crm.data("v2.post_deals_by_id_duplicate", id=deal)
    assert copied["id"] not in (deal, copy)
    assert (copied["title"], copied["value"], copied["person_id"]) == ("Ovens", 960, mary)


def test_persons_take_part_in_a_deal(crm: LocalCrm) -> None:
    mary, ann = (crm.create("v2.post_persons", name=name) for name in ("Mary", "Ann"))
    deal = crm.create("v2.post_deals", title="Ovens", person_id=mary)
    participant = crm.data("v1.post_deals_by_id_participants", id=deal, data={"person_id": ann})["id"]
    listed = crm.data("v1.get_deals_by_id_participants", id=deal)
    assert [one["person_id"]["value"] for one in listed] == [mary, ann]
    assert crm.ids("v1.get_deals_by_id_persons", id=deal) == [mary, ann]
    crm.data("v1.delete_deals_by_id_participants_by_deal_participant_id", id=deal, deal_participant_id=participant)
    listed = crm.data("v1.get_deals_by_id_participants", id=deal)
    assert [one["person_id"]["value"] for one in listed] == [mary]
    history = crm.data("v1.get_deals_by_id_participants_changelog", id=deal)
    assert [(one["action"], one["person_id"]) for one in history if one["person_id"] == ann] == [
        ("removed", ann),
        ("added", ann),
    ]


def test_what_has_to_do_with_a_deal(crm: LocalCrm) -> None:
    deal, other = (crm.create("v2.post_deals", title=title) for title in ("Ovens", "Other"))
    call = crm.create("v2.post_activities", subject="Call", deal_id=deal)
    visit = crm.create("v2.post_activities", subject="Visit", deal_id=deal, done=True)
    file = crm.create("v1.post_files", file=("plan.txt", b"Plan"), deal_id=deal)
    assert crm.ids("v1.get_deals_by_id_activities", id=deal) == [call, visit]
    assert crm.ids("v1.get_deals_by_id_activities", id=deal, done=1) == [visit]
    assert crm.ids("v1.get_deals_by_id_files", id=deal) == [file]
    assert crm.data("v1.get_deals_by_id_files", id=other) is None


def test_deals_add_up(crm: LocalCrm) -> None:
    pipeline = crm.create("v2.post_pipelines", name="Large ones")
    stage = crm.create("v2.post_stages", name="Talking", pipeline_id=pipeline)
    month, next_month = date(2030, 5, 1), date(2030, 6, 1)
    for value, day in ((100, month), (250, month + timedelta(days=30)), (30, next_month)):
        due = {"expected_close_date": day, "stage_id": stage, "currency": "EUR"}
        crm.create("v2.post_deals", title=f"For {value}", value=value, **due)
    old = crm.create("v2.post_deals", title="Old", value=7, stage_id=stage, currency="EUR", expected_close_date=month)
    crm.data("v2.patch_deals_by_id", id=old, data={"is_archived": True})

    summary = crm.data("v1.get_deals_summary", pipeline_id=pipeline)
    assert (summary["total_count"], summary["values_total"]["EUR"]["value"]) == (3, 380)
    archived = crm.data("v1.get_deals_summary_archived", pipeline_id=pipeline)
    assert (archived["total_count"], archived["values_total"]["EUR"]["value"]) == (1, 7)
    months = {"start_date": month, "interval": "month", "amount": 2, "field_key": "expected_close_date"}
    timeline = crm.data("v1.get_deals_timeline", pipeline_id=pipeline, **months)
    assert [one["totals"]["values"] for one in timeline] == [{"EUR": 350}, {"EUR": 30}]
    assert [[deal["title"] for deal in one["deals"]] for one in timeline] == [["For 100", "For 250"], ["For 30"]]
    timeline = crm.data("v1.get_deals_timeline_archived", pipeline_id=pipeline, **months)
    assert [[deal["id"] for deal in one["deals"]] for one in timeline] == [[old], []]


def test_currencies_are_found(crm: LocalCrm) -> None:
    [euro] = crm.data("v1.get_currencies", term="EUR")
    assert (euro["name"], euro["symbol"], euro["decimal_points"]) == ("Euro", "€", 2)
