"""What is written and said: notes with comments, files, mail, calls, and the conversations of messengers."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from tests.actions.local_crm import LocalCrm
from tests.cli.command_result import Run
from tests.mailbox import receive, write_mail


def test_a_note_is_pinned_discussed_and_deleted(crm: LocalCrm) -> None:
    deal, other = (crm.create("v2.post_deals", title=title) for title in ("Ovens", "Other"))
    note = crm.create("v1.post_notes", content="They want <b>two</b>", deal_id=deal)
    crm.create("v1.post_notes", content="Nothing", deal_id=other)
    found = crm.data("v1.get_notes_by_id", id=note)
    assert (found["content"], found["deal_id"]) == ("They want <b>two</b>", deal)
    crm.data("v1.put_notes_by_id", id=note, data={"content": "They want three", "pinned_to_deal_flag": 1})
    [listed] = crm.data("v1.get_notes", deal_id=deal, pinned_to_deal_flag=1)
    assert (listed["id"], listed["content"]) == (note, "They want three")

    comment = crm.data("v1.post_notes_by_id_comments", id=note, data={"content": "Really?"})["uuid"]
    crm.data("v1.put_notes_by_id_comments_by_comment_id", id=note, commentId=comment, data={"content": "Yes."})
    found = crm.data("v1.get_notes_by_id_comments_by_comment_id", id=note, commentId=comment)
    assert found["content"] == "Yes."
    assert [one["uuid"] for one in crm.data("v1.get_notes_by_id_comments", id=note)] == [comment]
    assert crm.data("v1.delete_notes_by_id_comments_by_comment_id", id=note, commentId=comment) is True
    assert not [one for one in crm.data("v1.get_notes_by_id_comments", id=note) or [] if one["active_flag"]]

    assert crm.data("v1.delete_notes_by_id", id=note) is True
    assert crm.data("v1.get_notes", deal_id=deal) is None


def test_a_file_is_uploaded_renamed_fetched_and_deleted(crm: LocalCrm, tmp_path: Path) -> None:
    deal = crm.create("v2.post_deals", title="Ovens")
    plan = tmp_path / "plan.pdf"
    plan.write_bytes(b"%PDF-1.7 a plan")
    file = crm.create("v1.post_files", file=plan, deal_id=deal)
    found = crm.data("v1.get_files_by_id", id=file)
    assert (found["name"], found["file_size"], found["deal_id"]) == ("plan.pdf", 15, deal)
    crm.data("v1.put_files_by_id", id=file, data={"name": "The plan", "description": "Of the kitchen"})
    [listed] = [one for one in crm.data("v1.get_files") if one["id"] == file]
    assert (listed["name"], listed["description"]) == ("The plan", "Of the kitchen")
    assert crm.run("v1.get_files_by_id_download", id=file) == b"%PDF-1.7 a plan"
    assert crm.data("v1.delete_files_by_id", id=file)["id"] == file
    assert crm.data("v1.get_deals_by_id_files", id=deal) is None
    assert crm.refusal("v1.get_files_by_id_download", id=file) in (404, 410)


def test_documents_elsewhere_belong_to_deals(crm: LocalCrm) -> None:
    deal = crm.create("v2.post_deals", title="Ovens")
    where = {"item_type": "deal", "item_id": deal, "remote_location": "googledrive"}
    made = crm.create("v1.post_files_remote", file_type="gdoc", title="Offer", **where)
    linked = crm.create("v1.post_files_remote_link", remote_id="1a2b", **where)
    found = {one["id"]: one for one in crm.data("v1.get_deals_by_id_files", id=deal)}
    assert set(found) == {made, linked}
    assert (found[made]["name"], found[made]["file_type"]) == ("Offer", "gdoc")
    assert found[linked]["remote_id"] == "1a2b"


def test_mail_is_read_linked_archived_and_deleted(crm: LocalCrm) -> None:
    org = crm.create("v2.post_organizations", name="Customer")
    mary = crm.create("v2.post_persons", name="Mary", org_id=org, emails=[{"value": "mary@customer.example"}])
    deal = crm.create("v2.post_deals", title="Ovens")
    receive(crm.as_user(), write_mail(html="<p>How much is it?</p>"))
    receive(crm.as_user(), write_mail(id="second@customer.example", answers="first@customer.example", text="Well?"))

    [thread] = crm.data("v1.get_mailbox_mail_threads", folder="inbox")
    assert (thread["subject"], thread["message_count"], thread["read_flag"]) == ("Question", 2, 0)
    id = thread["id"]
    first, second = crm.data("v1.get_mailbox_mail_threads_by_id_mail_messages", id=id)
    message = crm.data("v1.get_mailbox_mail_messages_by_id", id=first["id"], include_body=1)
    assert (message["mail_thread_id"], message["from"][0]["linked_person_id"]) == (id, mary)
    assert "How much is it?" in message["body"]

    crm.data("v1.put_mailbox_mail_threads_by_id", id=id, data={"deal_id": deal, "shared_flag": 1, "read_flag": 1})
    found = crm.data("v1.get_mailbox_mail_threads_by_id", id=id)
    assert (found["deal_id"], found["shared_flag"], found["read_flag"]) == (deal, 1, 1)
    for action, of in (
        ("v1.get_deals_by_id_mail_messages", deal),
        ("v1.get_persons_by_id_mail_messages", mary),
        ("v1.get_organizations_by_id_mail_messages", org),
    ):
        listed = [one["data"]["id"] for one in crm.data(action, id=of)]
        assert sorted(listed) == [first["id"], second["id"]], action

    crm.data("v1.put_mailbox_mail_threads_by_id", id=id, data={"archived_flag": 1})
    assert crm.ids("v1.get_mailbox_mail_threads", folder="inbox") == []
    assert crm.ids("v1.get_mailbox_mail_threads", folder="archive") == [id]
    assert crm.data("v1.delete_mailbox_mail_threads_by_id", id=id)["id"] == id
    assert crm.ids("v1.get_mailbox_mail_threads", folder="archive") == []


def test_a_call_is_logged_recorded_and_forgotten(crm: LocalCrm) -> None:
    mary = crm.create("v2.post_persons", name="Mary")
    call = crm.data(
        "v1.post_call_logs",
        data={
            "subject": "Asked for a price",
            "outcome": "connected",
            "to_phone_number": "+37249234343",
            "start_time": datetime(2030, 3, 2, 9, 30, tzinfo=UTC),
            "end_time": datetime(2030, 3, 2, 9, 41, tzinfo=UTC),
            "person_id": mary,
        },
    )
    activity = crm.data("v2.get_activities_by_id", id=call["activity_id"])
    assert (activity["type"], activity["subject"], activity["done"]) == ("call", "Asked for a price", True)
    crm.run("v1.post_call_logs_by_id_recordings", id=call["id"], file=("call.mp3", b"ID3 a song"))
    found = crm.data("v1.get_call_logs_by_id", id=call["id"])
    assert (found["person_id"], found["duration"], found["has_recording"]) == (mary, "660", True)
    assert crm.ids("v1.get_call_logs") == [call["id"]]
    crm.run("v1.delete_call_logs_by_id", id=call["id"])
    assert crm.ids("v1.get_call_logs") == []
    assert crm.data("v2.get_activities_by_id", id=call["activity_id"])["subject"] == "Asked for a price"


def test_messages_come_in_through_a_channel(crm: LocalCrm, run: Run) -> None:
    channel = crm.create("v1.post_channels", name="Our shop", provider_channel_id="shop")
    message = {
        "id": "m1",
        "channel_id": "shop",
        "sender_id": "ann",
        "conversation_id": "c1",
        "message": "Is it still there?",
        "status": "sent",
        "created_at": "2030-03-02T09:58:35.449Z",
    }
    assert crm.data("v1.post_channels_messages_receive", data=message)["message"] == "Is it still there?"

    # The API does not show what has come in; the command line does.
    assert "Is it still there?" in run("channels", "conversations", channel).out
    crm.run(
        "v1.delete_channels_by_channel_id_conversations_by_conversation_id",
        **{"channel-id": channel, "conversation-id": "c1"},
    )
    assert "Is it still there?" not in run("channels", "conversations", channel).out
    crm.run("v1.delete_channels_by_id", id=channel)
    assert crm.refusal("v1.post_channels_messages_receive", data=message) in (403, 404)
