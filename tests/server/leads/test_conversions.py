"""Leads become deals, and deals become leads, in the background."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.crm.history import conversion
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.jobs.run_due import run_due
from dealwright.storage.tables import conversions, deals, leads
from tests.api import Api
from tests.company import add_role, add_user, hide_pipeline, run_purge, set_permissions
from tests.mailbox import receive, write_mail

UNKNOWN = "11111111-2222-4333-8444-555555555555"
NOT_FOUND = {
    "success": False,
    "error": "Entity was not found",
    "error_info": "Object was not found.",
    "data": None,
    "additional_data": None,
}


def add(api: Api, path: str, **values: object) -> Any:
    return api.post(path, values).data["id"]


def add_person(api: Api, name: str = "Mary") -> int:
    id: int = add(api, "/api/v2/persons", name=name)
    return id


def add_lead(api: Api, **values: object) -> str:
    links = {} if {"person_id", "organization_id"} & values.keys() else {"person_id": add_person(api)}
    id: str = add(api, "/v1/leads", **{"title": "Roof", **links, **values})
    return id


def add_deal(api: Api, **values: object) -> int:
    links = {} if {"person_id", "org_id"} & values.keys() else {"person_id": add_person(api)}
    id: int = add(api, "/api/v2/deals", **{"title": "Roof", **links, **values})
    return id


def start(api: Api, noun: str, id: object, body: object = None) -> str:
    target = "deal" if noun == "leads" else "lead"
    answer = api.post(f"/api/v2/{noun}/{id}/convert/{target}", body)
    assert answer.body["additional_data"] is None
    started: str = answer.data["conversion_id"]
    return started


def status(api: Api, noun: str, id: object, conversion_id: str) -> dict[str, Any]:
    answer = api.get(f"/api/v2/{noun}/{id}/convert/status/{conversion_id}")
    assert answer.data["conversion_id"] == conversion_id
    assert answer.body["additional_data"] is None
    return {name: value for name, value in answer.data.items() if name != "conversion_id"}


def convert(api: Api, noun: str, id: object, body: object = None) -> Any:
    """Converts a record, and returns the id of the new one."""
    started = start(api, noun, id, body)
    run_due(api.companies)
    found = status(api, noun, id, started)
    assert found.pop("status") == "completed", found
    [(name, value)] = found.items()
    assert name == {"leads": "deal_id", "deals": "lead_id"}[noun]
    return value


def attach(api: Api, link: str, id: object) -> dict[str, int]:
    """Adds notes, files and activities to a record; returns their ids by the path under which each is."""
    pin = "pinned_to_lead_flag" if link == "lead_id" else "pinned_to_deal_flag"
    note = add(api, "/v1/notes", content="Pinned", **{link: id, pin: 1})
    add(api, "/v1/notes", content="Plain", **{link: id})
    text = {"file": ("a.txt", "text/plain", b"text")}
    file = api.upload("POST", "/v1/files", text, {link: id}).data["id"]
    activity = add(api, "/api/v2/activities", subject="Call", **{link: id})
    done = add(api, "/api/v2/activities", subject="Called", done=True, **{link: id})
    gone = add(api, "/v1/notes", content="Gone", **{link: id})
    api.delete(f"/v1/notes/{gone}")
    return {
        "/v1/notes": note,
        "/v1/files": file,
        "/api/v2/activities": activity,
        "/v1/activities": done,
    }


def test_a_lead_becomes_a_deal_in_the_background(api: Api) -> None:
    person = add_person(api)
    org = add(api, "/api/v2/organizations", name="Acme")
    worth = {"amount": 120.5, "currency": "USD"}
    bob = add_user(api, "Bob").principal.user_id
    lead = add_lead(
        api,
        person_id=person,
        organization_id=org,
        value=worth,
        expected_close_date="2026-05-01",
        owner_id=bob,
        visible_to="7",
        origin_id="form 7",
        channel_id="spring",
    )
    started = start(api, "leads", lead)
    assert status(api, "leads", lead, started) == {"status": "not_started"}
    assert api.get(f"/v1/leads/{lead}").status == 200
    assert api.get("/api/v2/deals").data == []
    api.clock.advance(minutes=1)
    run_due(api.companies)
    assert status(api, "leads", lead.upper(), started.lower()) == {"status": "completed", "deal_id": 1}
    assert api.get(f"/v1/leads/{lead}").status == 404
    assert api.get("/v1/leads").data == []
    deal = api.get("/api/v2/deals/1", include_fields="source_lead_id,participants_count").data
    stage = api.get("/api/v2/stages").data[0]
    expected = {
        "title": "Roof",
        "person_id": person,
        "org_id": org,
        "value": 120.5,
        "currency": "USD",
        "expected_close_date": "2026-05-01",
        "owner_id": bob,
        "creator_user_id": 1,
        "visible_to": 7,
        "stage_id": stage["id"],
        "pipeline_id": stage["pipeline_id"],
        "status": "open",
        "is_archived": False,
        "add_time": "2026-03-02T10:01:00Z",
        "origin": "API",
        "origin_id": "form 7",
        "channel_id": "spring",
        "source_lead_id": lead,
        "participants_count": 1,
    }
    assert {name: deal[name] for name in expected} == expected
    assert api.get(f"/api/v2/persons/{person}", include_fields="open_deals_count").data["open_deals_count"] == 1
    assert [one["person_id"]["value"] for one in api.get("/v1/deals/1/participants").data] == [person]


def test_a_deal_becomes_a_lead_in_the_background(api: Api) -> None:
    person, org = add_person(api), add(api, "/api/v2/organizations", name="Acme")
    bob = add_user(api, "Bob").principal.user_id
    deal = add_deal(
        api,
        person_id=person,
        org_id=org,
        value=99,
        currency="USD",
        expected_close_date="2026-05-01",
        owner_id=bob,
        visible_to=7,
    )
    started = start(api, "deals", deal)
    assert status(api, "deals", deal, started) == {"status": "not_started"}
    api.clock.advance(minutes=1)
    run_due(api.companies)
    found = status(api, "deals", deal, started)
    assert api.get(f"/api/v2/deals/{deal}").status == 404
    assert api.get(f"/v1/deals/{deal}").data["deleted"] is True
    lead = api.get(f"/v1/leads/{found['lead_id']}").data
    expected = {
        "title": "Roof",
        "person_id": person,
        "organization_id": org,
        "owner_id": bob,
        "creator_id": 1,
        "value": {"amount": 99, "currency": "USD"},
        "expected_close_date": "2026-05-01",
        "visible_to": "7",
        "source_name": "Deal",
        "origin": "API",
        "is_archived": False,
        "source_deal_id": deal,
        "add_time": "2026-03-02T10:01:00.000Z",
    }
    assert {name: lead[name] for name in expected} == expected
    assert [one["id"] for one in api.get("/v1/leads").data] == [found["lead_id"]]
    assert api.get(f"/api/v2/persons/{person}", include_fields="open_deals_count").data["open_deals_count"] == 0


@pytest.mark.parametrize("noun", ["leads", "deals"])
def test_what_is_on_a_record_moves_to_what_it_becomes(api: Api, noun: str) -> None:
    id: object = add_lead(api) if noun == "leads" else add_deal(api)
    links = {"leads": "lead_id", "deals": "deal_id"}
    old, new = links.pop(noun), *links.values()
    attached = attach(api, old, id)
    comment = api.post(f"/v1/notes/{attached['/v1/notes']}/comments", {"content": "Yes"}).data["uuid"]
    result = convert(api, noun, id)
    for path, one in attached.items():
        found = api.get(f"{path}/{one}").data
        assert (found[old], found[new]) == (None, result), path
    note = api.get(f"/v1/notes/{attached['/v1/notes']}").data
    assert (note["pinned_to_deal_flag"], note["pinned_to_lead_flag"]) == (noun == "leads", noun == "deals")
    assert {one["content"] for one in api.get("/v1/notes", **{new: result}).data} == {"Pinned", "Plain"}
    assert api.get("/v1/notes", **{old: id}).data in (None, [])
    if noun == "leads":
        names = ("notes_count", "files_count", "activities_count", "done_activities_count")
        deal = api.get(f"/api/v2/deals/{result}", include_fields=",".join((*names, "next_activity_id"))).data
        assert [deal[name] for name in names] == [2, 1, 2, 1]
        assert deal["next_activity_id"] == attached["/api/v2/activities"]
        flow = api.get(f"/v1/deals/{result}/flow").data
        assert {"note", "file", "activity", "dealChange"} <= {one["object"] for one in flow}
        assert [one["data"]["uuid"] for one in flow if one["object"] == "comment"] == [comment]
    else:
        assert api.get(f"/v1/leads/{result}").data["next_activity_id"] == attached["/api/v2/activities"]


@pytest.mark.parametrize("noun", ["leads", "deals"])
def test_the_mail_of_a_record_moves_to_what_it_becomes(api: Api, noun: str) -> None:
    id: object = add_lead(api) if noun == "leads" else add_deal(api)
    links = {"leads": "lead_id", "deals": "deal_id"}
    old, new = links.pop(noun), *links.values()
    message = receive(api, write_mail(files={"offer.pdf": b"%PDF"}), is_private=False, **{old: id})
    thread = f"/v1/mailbox/mailThreads/{message.mail_thread_id}"
    assert api.get(thread).data[old] == id
    result = convert(api, noun, id)
    mail_thread = api.get(thread).data
    assert (mail_thread[old], mail_thread[new]) == (None, result)
    [file] = api.get("/v1/files").data
    assert (file["mail_message_id"], file[old], file[new]) == (str(message.id), None, result)
    if noun == "leads":
        assert [one["data"]["id"] for one in api.get(f"/v1/deals/{result}/mailMessages").data] == [message.id]


def test_what_is_on_another_record_too_stays_there(api: Api) -> None:
    lead, deal = add_lead(api), add_deal(api)
    note = add(api, "/v1/notes", content="Both", lead_id=lead, deal_id=deal)
    made = convert(api, "leads", lead)
    assert api.get(f"/v1/notes/{note}").data["deal_id"] == deal != made


def test_custom_fields_go_along_and_labels_by_their_names(api: Api) -> None:
    key = api.post("/v1/dealFields", {"name": "Colour", "field_type": "varchar"}).data["key"]
    kinds = [{"label": "a"}, {"label": "b"}]
    multiple = api.post("/v1/dealFields", {"name": "Kinds", "field_type": "set", "options": kinds}).data
    options = [one["id"] for one in multiple["options"]]
    labels = api.post("/api/v2/dealFields/label_ids/options", [{"label": "urgent"}, {"label": "Only deals"}]).data
    of_deals = {one["label"]: one["id"] for one in labels}
    of_leads = [add(api, "/v1/leadLabels", name=name, color="red") for name in ("URGENT", "Only leads")]
    fields = {key: "red", multiple["key"]: options}
    lead = add_lead(api, label_ids=of_leads, **{key: "red", multiple["key"]: ",".join(map(str, options))})
    before = api.get(f"/v1/leads/{lead}").data
    deal = convert(api, "leads", lead)
    found = api.get(f"/api/v2/deals/{deal}").data
    assert found["label_ids"] == [of_deals["urgent"]]
    assert {name: found["custom_fields"][name] for name in fields} == fields
    api.patch(f"/api/v2/deals/{deal}", {"label_ids": list(of_deals.values())})
    again = api.get(f"/v1/leads/{convert(api, 'deals', deal)}").data
    assert again["label_ids"] == of_leads[:1]
    assert [again[name] for name in fields] == [before[name] for name in fields]


def test_followers_go_along_and_see_what_it_becomes(api: Api) -> None:
    bob = add_user(api, "Bob", role_id=add_role(api, "Others"))
    deal = add_deal(api, visible_to=1)
    assert bob.get(f"/api/v2/deals/{deal}").status == 404
    api.post(f"/v1/deals/{deal}/followers", {"user_id": bob.principal.user_id})
    lead = convert(api, "deals", deal)
    assert bob.get(f"/v1/leads/{lead}").status == 200
    deal = convert(api, "leads", lead)
    assert bob.get(f"/api/v2/deals/{deal}").status == 200
    assert [one["user_id"] for one in api.get(f"/v1/deals/{deal}/followers").data] == [bob.principal.user_id]
    assert api.get(f"/api/v2/deals/{deal}", include_fields="followers_count").data["followers_count"] == 1


def test_a_lead_that_was_a_deal_gets_back_what_leads_do_not_have(api: Api) -> None:
    mary, ann = add_person(api), add_person(api, "Ann")
    deal = add_deal(api, person_id=mary)
    api.post(f"/v1/deals/{deal}/participants", {"person_id": ann})
    product = add(api, "/api/v2/products", name="Tile")
    api.post(f"/api/v2/deals/{deal}/products", {"product_id": product, "item_price": 10, "quantity": 3})
    api.post(f"/api/v2/deals/{deal}/discounts", {"description": "Spring", "amount": 5, "type": "amount"})
    part = {"description": "Half", "amount": 10, "billing_date": "2026-04-01"}
    api.post(f"/api/v2/deals/{deal}/installments", part)
    board = api.get("/api/v2/boards").data[0]["id"]
    project = add(api, "/api/v2/projects", title="Build", board_id=board, deal_ids=[deal])
    lead = convert(api, "deals", deal)
    assert api.get(f"/v1/leads/{lead}").data["value"] == {"amount": 25, "currency": "EUR"}
    # The deal stays as long as its lead.
    run_purge(api)
    assert api.get(f"/v1/deals/{deal}").status == 200
    made = convert(api, "leads", lead)
    found = api.get(f"/api/v2/deals/{made}", include_fields="products_count,participants_count").data
    assert [found[name] for name in ("value", "products_count", "participants_count")] == [25, 1, 2]
    assert [one["product_id"] for one in api.get(f"/api/v2/deals/{made}/products").data] == [product]
    assert [one["description"] for one in api.get(f"/api/v2/deals/{made}/discounts").data] == ["Spring"]
    installments = api.get("/api/v2/deals/installments", deal_ids=made).data
    assert [one["description"] for one in installments] == ["Half"]
    assert api.get(f"/api/v2/projects/{project}").data["deal_ids"] == [made]
    run_purge(api)
    assert api.get(f"/v1/deals/{deal}").status == 404
    after = api.get(f"/api/v2/deals/{made}", include_fields="source_lead_id").data
    assert after["source_lead_id"] is None


def test_the_deal_gets_back_the_person_that_a_participant_was_merged_into(api: Api) -> None:
    mary, twice, ann = add_person(api), add_person(api, "A."), add_person(api, "Ann")
    deal = add_deal(api, person_id=mary)
    api.post(f"/v1/deals/{deal}/participants", {"person_id": twice})
    lead = convert(api, "deals", deal)
    api.put(f"/v1/persons/{twice}/merge", {"merge_with_id": ann})
    again = convert(api, "leads", lead)
    people = api.get(f"/v1/deals/{again}/participants").data
    assert [one["person_id"]["value"] for one in people] == [mary, ann]


@pytest.mark.parametrize("by", ["stage_id", "pipeline_id", "both"])
def test_the_place_of_the_deal_can_be_chosen(api: Api, by: str) -> None:
    pipeline = add(api, "/api/v2/pipelines", name="Renewals")
    first, second = (add(api, "/api/v2/stages", name=name, pipeline_id=pipeline) for name in ("One", "Two"))
    body = {"stage_id": second, "pipeline_id": 1 if by == "both" else pipeline}
    body = {name: value for name, value in body.items() if by in (name, "both")}
    deal = api.get(f"/api/v2/deals/{convert(api, 'leads', add_lead(api), body)}").data
    assert (deal["pipeline_id"], deal["stage_id"]) == (pipeline, first if by == "pipeline_id" else second)


@pytest.mark.parametrize(
    ("body", "field"),
    [({"stage_id": 99}, "stage_id"), ({"pipeline_id": 99}, "pipeline_id"), ({"stage": 1}, "stage")],
)
def test_wrong_places_are_refused_at_once(api: Api, body: dict[str, int], field: str) -> None:
    answer = api.post(f"/api/v2/leads/{add_lead(api)}/convert/deal", body)
    assert answer.status == 400
    assert field in answer.error
    run_due(api.companies)
    assert api.get("/api/v2/deals").data == []


def test_a_stage_in_a_hidden_pipeline_is_none(api: Api) -> None:
    pipeline = add(api, "/api/v2/pipelines", name="Secret")
    stage = add(api, "/api/v2/stages", name="One", pipeline_id=pipeline)
    role = add_role(api, "Reps")
    hide_pipeline(api, role, pipeline)
    rep = add_user(api, "Rep", role_id=role)
    lead = add_lead(rep)
    for body in ({"stage_id": stage}, {"pipeline_id": pipeline}):
        assert rep.post(f"/api/v2/leads/{lead}/convert/deal", body).status == 400


def test_what_there_is_not_cannot_be_converted_or_asked_for(api: Api) -> None:
    lead, deal = add_lead(api), add_deal(api)
    of_lead, of_deal = start(api, "leads", lead), start(api, "deals", deal)
    gone = add_deal(api)
    api.delete(f"/api/v2/deals/{gone}")
    other = add_lead(api)
    api.delete(f"/v1/leads/{other}")
    for answer in (
        api.post("/api/v2/deals/99/convert/lead"),
        api.post(f"/api/v2/deals/{gone}/convert/lead"),
        api.post(f"/api/v2/leads/{UNKNOWN}/convert/deal"),
        api.post(f"/api/v2/leads/{other}/convert/deal"),
        api.get(f"/api/v2/deals/{deal}/convert/status/{of_lead}"),
        api.get(f"/api/v2/deals/99/convert/status/{of_deal}"),
        api.get(f"/api/v2/deals/{gone}/convert/status/{of_deal}"),
        api.get(f"/api/v2/deals/{deal}/convert/status/{UNKNOWN}"),
        api.get(f"/api/v2/leads/{lead}/convert/status/{of_deal}"),
        api.get(f"/api/v2/leads/{UNKNOWN}/convert/status/{of_lead}"),
        api.get(f"/api/v2/leads/{lead}/convert/status/{UNKNOWN}"),
    ):
        assert (answer.status, answer.body) == (404, NOT_FOUND)


def test_who_does_not_see_a_record_neither_converts_it_nor_sees_its_conversion(api: Api) -> None:
    bob = add_user(api, "Bob", role_id=add_role(api, "Others"))
    lead, deal = add_lead(api, visible_to="1"), add_deal(api, visible_to=1)
    for noun, id in (("leads", lead), ("deals", deal)):
        started = start(api, noun, id)
        assert bob.post(f"/api/v2/{noun}/{id}/convert/{'deal' if noun == 'leads' else 'lead'}").status in (403, 404)
        assert bob.get(f"/api/v2/{noun}/{id}/convert/status/{started}").status == 404


def test_a_deal_without_person_and_organization_becomes_no_lead(api: Api) -> None:
    deal = add(api, "/api/v2/deals", title="Alone")
    answer = api.post(f"/api/v2/deals/{deal}/convert/lead")
    assert answer.status == 400
    assert "person" in answer.error


def rejected(api: Api, noun: str, id: object, started: str) -> None:
    run_due(api.companies)
    assert status(api, noun, id, started) == {"status": "rejected"}


def test_only_the_first_of_two_conversions_is_done(api: Api) -> None:
    lead = add_lead(api)
    first, second = start(api, "leads", lead), start(api, "leads", lead)
    rejected(api, "leads", lead, second)
    assert status(api, "leads", lead, first) == {"status": "completed", "deal_id": 1}
    assert len(api.get("/api/v2/deals").data) == 1


def delete_source(api: Api, deal: int, _rep: Api) -> None:
    api.delete(f"/api/v2/deals/{deal}")


def unlink_person(api: Api, deal: int, _rep: Api) -> None:
    api.patch(f"/api/v2/deals/{deal}", {"person_id": None})


def withdraw_permission(api: Api, _deal: int, _rep: Api) -> None:
    set_permissions(api)


def deactivate(api: Api, _deal: int, rep: Api) -> None:
    api.put(f"/v1/users/{rep.principal.user_id}", {"active_flag": False})


@pytest.mark.parametrize("change", [delete_source, unlink_person, withdraw_permission, deactivate])
def test_what_is_forbidden_by_the_time_it_runs_is_rejected(api: Api, change: Callable[[Api, int, Api], None]) -> None:
    set_permissions(api, "can_convert_deals_to_leads")
    rep = add_user(api, "Rep")
    deal = add_deal(rep)
    note = add(rep, "/v1/notes", content="Hm", deal_id=deal)
    started = start(rep, "deals", deal)
    change(api, deal, rep)
    rejected(api, "deals", deal, started)
    assert api.get("/v1/leads").data == []
    assert api.get(f"/v1/notes/{note}").data["deal_id"] == deal


def test_a_stage_that_is_deleted_meanwhile_rejects_the_conversion(api: Api) -> None:
    stage = add(api, "/api/v2/stages", name="Late", pipeline_id=1)
    lead = add_lead(api)
    started = start(api, "leads", lead, {"stage_id": stage})
    api.delete(f"/api/v2/stages/{stage}")
    rejected(api, "leads", lead, started)
    assert api.get(f"/v1/leads/{lead}").status == 200


def test_a_conversion_that_fails_changes_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    lead = add_lead(api)
    attached = attach(api, "lead_id", lead)
    before = snapshot(api)
    started = start(api, "leads", lead)
    seen: list[dict[str, Any]] = []

    def fail(*_: object, **__: object) -> None:
        # Everything has been moved by now.
        seen.append(status(api, "leads", lead, started))
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("dealwright.crm.kernel.followers.copy_followers", fail)
        run_due(api.companies)
        assert status(api, "leads", lead, started) == {"status": "running"}
        for _ in range(3):
            api.clock.advance(minutes=1)
            run_due(api.companies)
    assert seen == [{"status": "running"}] * 4
    assert status(api, "leads", lead, started) == {"status": "failed"}
    assert snapshot(api) == before
    assert api.get(f"/v1/notes/{attached['/v1/notes']}").data["lead_id"] == lead
    deal = convert(api, "leads", lead)
    assert api.get(f"/api/v2/deals/{deal}", include_fields="source_lead_id").data["source_lead_id"] == lead


def snapshot(api: Api) -> list[Any]:
    with api.principal.company.database.read() as db:
        return [db.rows(sa.select(table)) for table in (leads, deals)]


def test_a_conversion_that_was_interrupted_is_done_once(api: Api) -> None:
    lead = add_lead(api)
    started = start(api, "leads", lead)
    run_due(api.companies)

    def again(crm: UnitOfWork) -> None:
        conversion.convert(crm, started)

    api.companies.run(api.principal.company, 1, again, write=True)
    assert len(api.get("/api/v2/deals").data) == 1


def test_conversions_are_forgotten_after_a_week(api: Api) -> None:
    lead = add_lead(api)
    started = start(api, "leads", lead)
    run_due(api.companies)
    api.clock.advance(days=6)
    run_due(api.companies)
    assert status(api, "leads", lead, started)["status"] == "completed"
    api.clock.advance(days=2)
    run_due(api.companies)
    assert api.get(f"/api/v2/leads/{lead}/convert/status/{started}").status == 404
    with api.principal.company.database.read() as db:
        assert db.rows(sa.select(conversions)) == []


def test_both_records_say_in_their_changelogs_what_happened(api: Api) -> None:
    deal = add_deal(api)
    lead = convert(api, "deals", deal)
    made = convert(api, "leads", lead)
    recents = api.get("/v1/recents", since_timestamp="2026-03-01 00:00:00").data
    assert [one["id"] for one in recents if one["item"] == "deal"] == [deal, made]
    flow = api.get(f"/v1/deals/{made}/flow").data
    assert [one["data"]["field_key"] for one in flow if one["object"] == "dealChange"] == ["add_time"]
