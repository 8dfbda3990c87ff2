"""Leads: labelled, found by whom they are about, archived, and made into deals and back."""

from __future__ import annotations

from tests.actions.local_crm import LocalCrm
from tests.waiting import wait_for


def test_leads_carry_labels_until_these_are_deleted(crm: LocalCrm) -> None:
    hot = crm.create("v1.post_lead_labels", name="Very hot", color="red")
    crm.data("v1.patch_lead_labels_by_id", id=hot, data={"name": "Hottest", "color": "yellow"})
    [label] = [one for one in crm.data("v1.get_lead_labels") if one["id"] == hot]
    assert (label["name"], label["color"]) == ("Hottest", "yellow")
    person = crm.create("v2.post_persons", name="Mary")
    lead = crm.create("v1.post_leads", title="Roof", person_id=person, label_ids=[hot])
    assert crm.data("v1.get_leads_by_id", id=lead)["label_ids"] == [hot]
    assert crm.data("v1.delete_lead_labels_by_id", id=hot)["id"] == hot
    assert crm.data("v1.get_leads_by_id", id=lead)["label_ids"] == []
    assert hot not in crm.ids("v1.get_lead_labels")


def test_a_lead_from_its_source_to_the_archive_and_the_bin(crm: LocalCrm) -> None:
    org = crm.create("v2.post_organizations", name="Harbour Bakery")
    worth = {"amount": 1200.5, "currency": "USD"}
    lead = crm.create("v1.post_leads", title="Two ovens", organization_id=org, value=worth)
    other = crm.create("v1.post_leads", title="Other", person_id=crm.create("v2.post_persons", name="Bo"))
    found = crm.data("v1.get_leads_by_id", id=lead)
    assert (found["title"], found["organization_id"], found["value"]) == ("Two ovens", org, worth)
    assert found["source_name"] in [one["name"] for one in crm.data("v1.get_lead_sources")]
    assert crm.ids("v1.get_leads", organization_id=org) == [lead]
    assert {lead, other} <= set(crm.ids("v1.get_leads"))

    user = crm.create("v1.post_users", email="rita@example.com", access=[{"app": "sales"}])
    crm.data("v1.patch_leads_by_id", id=lead, data={"visible_to": "1", "title": "Three ovens"})
    assert crm.data("v1.get_leads_by_id", id=lead)["title"] == "Three ovens"
    assert crm.data("v1.put_leads_by_id", id=lead, data={"title": "Four ovens"})["title"] == "Four ovens"
    assert user not in crm.data("v1.get_leads_by_id_permitted_users", id=lead)
    crm.data("v1.patch_leads_by_id", id=lead, data={"visible_to": "3"})
    assert user in crm.data("v1.get_leads_by_id_permitted_users", id=lead)

    crm.data("v1.put_leads_by_id", id=lead, data={"title": "Four ovens"})
    assert crm.data("v1.get_leads_by_id", id=lead)["title"] == "Four ovens"

    crm.data("v1.patch_leads_by_id", id=lead, data={"is_archived": True})
    assert lead not in crm.ids("v1.get_leads")
    assert crm.ids("v1.get_leads_archived") == [lead]
    crm.data("v1.delete_leads_by_id", id=lead)
    assert crm.ids("v1.get_leads_archived") == []
    assert crm.refusal("v1.get_leads_by_id", id=lead) == 404


def test_a_lead_becomes_a_deal_and_the_deal_a_lead_again(crm: LocalCrm) -> None:
    person = crm.create("v2.post_persons", name="Mary")
    worth = {"amount": 900, "currency": "EUR"}
    lead = crm.create("v1.post_leads", title="Canopy", person_id=person, value=worth)
    note = crm.create("v1.post_notes", content="Wants it green", lead_id=lead)
    stage = crm.ids("v2.get_stages")[1]

    started = crm.data("v2.post_leads_by_id_convert_deal", id=lead, data={"stage_id": stage})["conversion_id"]
    outcome = wait_for(
        lambda: crm.data("v2.get_leads_by_id_convert_status_by_conversion_id", id=lead, conversion_id=started),
        lambda found: found["status"] == "completed",
    )
    deal = crm.data("v2.get_deals_by_id", id=outcome["deal_id"])
    assert (deal["title"], deal["value"], deal["person_id"], deal["stage_id"]) == ("Canopy", 900, person, stage)
    assert crm.ids("v1.get_notes", deal_id=deal["id"]) == [note]
    assert crm.refusal("v1.get_leads_by_id", id=lead) == 404

    started = crm.data("v2.post_deals_by_id_convert_lead", id=deal["id"])["conversion_id"]
    outcome = wait_for(
        lambda: crm.data("v2.get_deals_by_id_convert_status_by_conversion_id", id=deal["id"], conversion_id=started),
        lambda found: found["status"] == "completed",
    )
    again = crm.data("v1.get_leads_by_id", id=outcome["lead_id"])
    assert (again["title"], again["value"], again["person_id"]) == ("Canopy", worth, person)
    assert crm.ids("v1.get_notes", lead_id=again["id"]) == [note]
    assert crm.refusal("v2.get_deals_by_id", id=deal["id"]) == 404
