"""Mail threads: folders, flags, links to deals and leads, who sees them."""

from __future__ import annotations

from typing import Any

import pytest

from dealwright.crm.correspondence import files
from tests.api import Api
from tests.company import add_user
from tests.mailbox import receive, write_mail


def threads(api: Api, folder: str = "inbox") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/v1/mailbox/mailThreads", folder=folder).data
    return found


def only_thread(api: Api, folder: str = "inbox") -> dict[str, Any]:
    [found] = threads(api, folder)
    return found


def change(api: Api, id: int, **values: object) -> dict[str, Any]:
    answer = api.form("PUT", f"/v1/mailbox/mailThreads/{id}", values)
    data: dict[str, Any] = answer.data
    return data


@pytest.fixture
def person(api: Api) -> int:
    org = api.post("/api/v2/organizations", {"name": "Customer"}).data["id"]
    body = {"name": "Mary Major", "org_id": org, "emails": [{"value": "Mary@customer.example"}]}
    id: int = api.post("/api/v2/persons", body).data["id"]
    return id


def test_a_message_makes_a_thread(api: Api, person: int) -> None:
    receive(api)
    thread = only_thread(api)
    assert thread == api.get(f"/v1/mailbox/mailThreads/{thread['id']}").data
    [sender], [receiver] = thread["parties"]["from"], thread["parties"]["to"]
    assert (sender["email_address"], sender["name"], sender["linked_person_id"], sender["linked_person_name"]) == (
        "mary@customer.example",
        "Mary Major",
        person,
        "Mary Major",
    )
    assert (sender["latest_sent"], sender["message_time"], sender["linked_organization_id"]) == (True, 1772443800000, 1)
    assert (receiver["email_address"], receiver["linked_person_id"], receiver["latest_sent"]) == (
        "ada@example.com",
        None,
        False,
    )
    assert {name: thread[name] for name in ("subject", "snippet", "snippet_sent", "snippet_draft")} == {
        "subject": "Question",
        "snippet": "Dear Ada, how much is it?",
        "snippet_sent": None,
        "snippet_draft": None,
    }
    flags = {name.removesuffix("_flag") for name, value in thread.items() if name.endswith("_flag") and value}
    assert flags == {"synced", "first_message_to_me"}
    assert (thread["folders"], thread["version"], thread["message_count"]) == (["inbox"], 1, 1)
    assert thread["last_message_timestamp"] == thread["first_message_timestamp"] == "2026-03-02T09:30:00.000Z"
    assert (thread["last_message_sent_timestamp"], thread["add_time"]) == (None, "2026-03-02T10:00:00.000Z")
    assert (thread["deal_id"], thread["lead_id"], thread["deal_status"]) == (None, None, None)


def test_answers_join_the_thread_in_whatever_order_they_come(api: Api) -> None:
    second = write_mail(
        sender="ada@example.com", to="mary@customer.example", id="second@x", answers="first@x", text="42"
    )
    receive(api, second, folder="sent", is_read=True)
    receive(api, write_mail(id="first@x", time="Mon, 02 Mar 2026 08:00:00 +0000"))
    third = write_mail(id="third@x", answers="second@x", text="Thanks", time="Mon, 02 Mar 2026 09:45:00 +0000")
    receive(api, third)
    receive(api, write_mail(id="other@x", subject="Question", time="Mon, 02 Mar 2026 09:40:00 +0000"))
    thread, other = threads(api)
    assert (thread["message_count"], other["message_count"]) == (3, 1)
    assert (thread["folders"], thread["snippet"], thread["snippet_sent"]) == (["inbox", "sent"], "Thanks", "42")
    assert (thread["first_message_timestamp"], thread["last_message_timestamp"]) == (
        "2026-03-02T08:00:00.000Z",
        "2026-03-02T09:45:00.000Z",
    )
    assert thread["last_message_sent_timestamp"] == "2026-03-02T09:30:00.000Z"
    assert (thread["first_message_to_me_flag"], thread["all_messages_sent_flag"], thread["has_sent_flag"]) == (1, 0, 1)
    answer = api.get(f"/v1/mailbox/mailThreads/{thread['id']}/mailMessages")
    pagination = {"start": 0, "limit": 3, "more_items_in_collection": False}
    assert answer.body["additional_data"] == {"pagination": pagination}
    assert [(one["snippet"], one["sent_flag"]) for one in answer.data] == [
        ("Dear Ada, how much is it?", 0),
        ("42", 1),
        ("Thanks", 0),
    ]
    assert [one["id"] for one in threads(api, "sent")] == [thread["id"]]


def test_a_message_is_in_a_mailbox_once(api: Api) -> None:
    first = receive(api)
    assert receive(api).id == first.id
    assert only_thread(api)["message_count"] == 1
    # Somebody else has a mailbox of their own.
    other = add_user(api, "Bob")
    assert receive(other).id != first.id
    assert only_thread(other)["id"] != only_thread(api)["id"]


def test_a_draft_is_sent(api: Api) -> None:
    answer = write_mail(sender="ada@example.com", id="draft@x", text="Draft")
    receive(api, answer, folder="drafts")
    assert (only_thread(api, "drafts")["has_draft_flag"], threads(api, "sent")) == (1, [])
    [message] = api.get(f"/v1/mailbox/mailThreads/{only_thread(api, 'drafts')['id']}/mailMessages").data
    assert (message["draft_flag"], message["sent_flag"]) == (1, 0)
    receive(api, answer, folder="sent")
    assert threads(api, "drafts") == []
    thread = only_thread(api, "sent")
    assert (thread["message_count"], thread["snippet_draft"], thread["snippet_sent"]) == (1, None, "Draft")


def test_the_archive(api: Api) -> None:
    receive(api)
    id = only_thread(api)["id"]
    assert change(api, id, archived_flag=1)["folders"] == ["archive"]
    assert (threads(api), [one["id"] for one in threads(api, "archive")]) == ([], [id])
    assert change(api, id, archived_flag=1)["archived_flag"] == 1
    assert change(api, id, archived_flag=0)["folders"] == ["inbox"]
    change(api, id, archived_flag=1)
    # An answer brings it back.
    receive(api, write_mail(id="second@x", answers="first@customer.example"))
    assert only_thread(api)["id"] == id
    receive(api, write_mail(id="sent@x"), folder="sent")
    sent = only_thread(api, "sent")["id"]
    assert "inbox" in api.form("PUT", f"/v1/mailbox/mailThreads/{sent}", {"archived_flag": 1}).error


def test_what_is_read(api: Api) -> None:
    receive(api)
    receive(api, write_mail(id="second@x", answers="first@customer.example"), is_read=True)
    thread = only_thread(api)
    path = f"/v1/mailbox/mailThreads/{thread['id']}"
    assert thread["read_flag"] == 0
    assert change(api, thread["id"], read_flag=1)["read_flag"] == 1
    assert [one["read_flag"] for one in api.get(f"{path}/mailMessages").data] == [1, 1]
    receive(api, write_mail(id="third@x", answers="second@x"))
    assert api.get(path).data["read_flag"] == 0
    assert [one["read_flag"] for one in api.get(f"{path}/mailMessages").data] == [1, 1, 0]


def test_a_thread_is_about_a_deal_or_a_lead(api: Api, person: int) -> None:
    receive(api, write_mail(files={"offer.pdf": b"%PDF"}))
    id = only_thread(api)["id"]
    deal = api.post("/api/v2/deals", {"title": "Deal"}).data["id"]
    lead = api.post("/v1/leads", {"title": "Lead", "person_id": person}).data["id"]
    api.clock.advance(seconds=5)
    changed = change(api, id, deal_id=deal)
    assert (changed["deal_id"], changed["deal_status"], changed["version"]) == (deal, "open", 2)
    shown = api.get(f"/v1/deals/{deal}").data
    assert (shown["email_messages_count"], shown["files_count"], shown["update_time"]) == (1, 1, "2026-03-02 10:00:05")
    assert (shown["last_incoming_mail_time"], shown["last_outgoing_mail_time"]) == ("2026-03-02 09:30:00", None)
    receive(api, write_mail(id="2@x", answers="first@customer.example", sender="ada@example.com"), folder="sent")
    shown = api.get(f"/v1/deals/{deal}").data
    assert (shown["email_messages_count"], shown["last_outgoing_mail_time"]) == (2, "2026-03-02 09:30:00")
    changed = change(api, id, lead_id=lead.upper())
    assert (changed["deal_id"], changed["lead_id"], changed["deal_status"]) == (None, lead, None)
    shown = api.get(f"/v1/deals/{deal}").data
    assert (shown["email_messages_count"], shown["files_count"], shown["last_incoming_mail_time"]) == (0, 0, None)
    assert api.put(f"/v1/mailbox/mailThreads/{id}", {"lead_id": None}).data["lead_id"] is None
    for body in (
        {"deal_id": 99},
        {"lead_id": "adf21080-0e10-11eb-879b-05d71fb426ec"},
        {"deal_id": deal, "lead_id": lead},
    ):
        assert api.form("PUT", f"/v1/mailbox/mailThreads/{id}", body).status == 400
    assert api.get(f"/v1/mailbox/mailThreads/{id}").data["version"] == 5


def test_private_mail_is_its_owners_alone(api: Api, person: int) -> None:
    rep = add_user(api, "Rep")
    message = receive(rep, write_mail(files={"offer.pdf": b"%PDF"}))
    id = message.mail_thread_id
    deal = api.post("/api/v2/deals", {"title": "Deal", "visible_to": 7}).data["id"]
    change(rep, id, deal_id=deal)
    [file] = rep.get(f"/v1/deals/{deal}/files").data
    paths = (
        f"/v1/mailbox/mailThreads/{id}",
        f"/v1/mailbox/mailThreads/{id}/mailMessages",
        f"/v1/mailbox/mailMessages/{message.id}",
        f"/v1/files/{file['id']}",
    )
    lists = (f"/v1/deals/{deal}/mailMessages", f"/v1/persons/{person}/mailMessages", "/v1/organizations/1/mailMessages")
    assert [rep.get(path).status for path in paths] == [200] * 4
    assert [len(rep.get(path).data) for path in lists] == [1] * 3
    assert [api.get(path).status for path in paths] == [404] * 4
    assert [api.get(path).data for path in (*lists, f"/v1/deals/{deal}/files")] == [None] * 4
    assert api.get("/v1/itemSearch", term="offer.pdf").data["items"] == []
    # The number of messages is no secret.
    assert api.get(f"/v1/deals/{deal}").data["email_messages_count"] == 1
    change(rep, id, shared_flag=1)
    assert [api.get(path).status for path in paths] == [200] * 4
    assert [len(api.get(path).data) for path in (*lists, f"/v1/deals/{deal}/files")] == [1] * 4
    assert threads(api) == []
    assert api.form("PUT", paths[0], {"read_flag": 1}).status == 403
    assert api.delete(paths[0]).status == 403
    change(rep, id, shared_flag=0)
    assert [api.get(path).status for path in paths] == [404] * 4
    assert api.delete(paths[0]).status == 404


def test_shared_mail_is_seen_by_those_who_see_what_it_is_about(api: Api) -> None:
    rep, other = add_user(api, "Rep"), add_user(api, "Other")
    hidden = rep.post(
        "/api/v2/persons", {"name": "Mary", "emails": [{"value": "mary@customer.example"}], "visible_to": 1}
    )
    message = receive(rep, is_private=False)
    path = f"/v1/mailbox/mailMessages/{message.id}"
    assert (other.get(path).status, api.get(path).status) == (404, 200)
    rep.patch(f"/api/v2/persons/{hidden.data['id']}", {"visible_to": 7})
    assert other.get(path).status == 200
    # Links are to those whom the owner of the mailbox sees.
    unseen = api.post(
        "/api/v2/persons", {"name": "Ann", "emails": [{"value": "ann@customer.example"}], "visible_to": 1}
    )
    receive(rep, write_mail(id="2@x", sender="ann@customer.example"), is_private=False)
    assert api.get(f"/v1/persons/{unseen.data['id']}/mailMessages").data is None


def test_a_thread_is_deleted(api: Api, person: int) -> None:
    message = receive(api, write_mail(files={"offer.pdf": b"%PDF"}))
    deal = api.post("/api/v2/deals", {"title": "Deal"}).data["id"]
    change(api, message.mail_thread_id, deal_id=deal)
    path = f"/v1/mailbox/mailThreads/{message.mail_thread_id}"
    answer = api.delete(path)
    assert answer.body == {
        "success": True,
        "statusCode": 2000,
        "statusText": "Success",
        "service": "email-api",
        "data": {"id": message.mail_thread_id},
    }
    assert (api.get(path).status, api.delete(path).status, threads(api)) == (404, 404, [])
    assert api.get(f"/v1/persons/{person}/mailMessages").data is None
    shown = api.get(f"/v1/deals/{deal}").data
    assert (shown["email_messages_count"], shown["files_count"]) == (0, 0)
    assert api.get(f"/v1/persons/{person}").data["email_messages_count"] == 0
    # It does not come back, but an answer to it makes a new thread.
    receive(api)
    assert threads(api) == []
    receive(api, write_mail(id="2@x", answers="first@customer.example"))
    assert only_thread(api)["message_count"] == 1
    receive(api, write_mail(id="3@x", answers="first@customer.example"))
    assert only_thread(api)["message_count"] == 2


def test_folders_are_paged_with_the_newest_first(api: Api) -> None:
    for number in range(5):
        receive(api, write_mail(id=f"{number}@x", time=f"Mon, 02 Mar 2026 09:0{number}:00 +0000", subject=str(number)))
    page = api.get("/v1/mailbox/mailThreads", folder="inbox", start=1, limit=2)
    assert [one["subject"] for one in page.data] == ["3", "2"]
    assert page.body["additional_data"]["pagination"]["more_items_in_collection"] is True
    assert api.get("/v1/mailbox/mailThreads", folder="outbox").status == 400
    assert api.get("/v1/mailbox/mailThreads").status == 400


def test_lines_of_the_files_say_where_they_came_from(api: Api) -> None:
    html = '<p>See <img src="cid:logo@x"></p>'
    message = receive(api, write_mail(html=html, images={"logo@x": b"PNG"}, files={"../../offer.pdf": b"%PDF"}))
    shown = {one["name"]: one for one in api.get("/v1/files").data}
    assert {one["mail_message_id"] for one in shown.values()} == {str(message.id)}
    logo, offer = shown["attachment.png"], shown["offer.pdf"]
    assert (logo["inline_flag"], logo["cid"], logo["file_type"]) == (True, "logo@x", "img")
    assert (offer["inline_flag"], offer["cid"], offer["remote_location"]) == (False, None, files.OWN_STORAGE)
    assert api.send("GET", f"/v1/files/{offer['id']}/download").body == b"%PDF"
