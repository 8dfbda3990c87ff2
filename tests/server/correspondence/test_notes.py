"""Notes and the comments on them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import nh3
import pytest

from dealwright.contract.endpoint import Endpoint
from dealwright.crm.errors import Invalid
from dealwright.crm.values import html
from dealwright.server.binding import handlers
from tests.api import Api
from tests.call_strategies import properties
from tests.company import add_user
from tests.growth.growth import assert_linear


@pytest.fixture
def deal(api: Api) -> int:
    id: int = api.post("/api/v2/deals", {"title": "Deal"}).data["id"]
    return id


def create_note(api: Api, **values: object) -> dict[str, Any]:
    data: dict[str, Any] = api.post("/v1/notes", {"content": "A note", **values}).data
    return data


def test_a_note_has_the_names_of_its_records(api: Api, deal: int) -> None:
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    person = api.post("/api/v2/persons", {"name": "Ann"}).data["id"]
    made = create_note(api, deal_id=deal, org_id=org, person_id=person)
    assert (made["deal"], made["organization"], made["person"]) == (
        {"title": "Deal"},
        {"name": "Acme"},
        {"name": "Ann"},
    )
    assert made["user"] == {"email": "ada@example.com", "icon_url": "", "is_you": True, "name": "Ada Admin"}
    assert (made["active_flag"], made["add_time"], made["lead_id"], made["project"]) == (
        True,
        "2026-03-02 10:00:00",
        None,
        None,
    )
    on_deal = create_note(api, deal_id=deal)
    assert (on_deal["person_id"], on_deal["person"]) == (None, None)
    assert api.get(f"/v1/notes/{made['id']}").data == made


def test_html_is_kept_without_scripts(api: Api, deal: int) -> None:
    harmless = '<p><b>Bold</b> <a href="https://example.com">link</a></p><ul><li>one</li></ul><img src="https://example.com/i.png">'
    assert create_note(api, deal_id=deal, content=harmless)["content"] == harmless
    with_scripts = '<p onclick="steal()">Text</p><script>steal()</script><a href="javascript:steal()">x</a>'
    assert create_note(api, deal_id=deal, content=with_scripts)["content"] == "<p>Text</p><a>x</a>"
    assert create_note(api, deal_id=deal, content="R&D, 3 > 2")["content"] == "R&D, 3 > 2"


@pytest.mark.parametrize(
    "body",
    [
        {"content": "On nothing"},
        {"content": "x", "deal_id": 99},
        {"content": "x", "lead_id": "adf21080-0e10-11eb-879b-05d71fb426ec"},
        {"content": "x", "project_id": 99},
        {"content": "", "deal_id": 1},
        {"content": "<script>x</script>", "deal_id": 1},
        {"content": "x" * (100 * 1024 + 1), "deal_id": 1},
        {"content": "x", "deal_id": 1, "pinned_to_person_flag": 1},
        {"content": "x", "deal_id": 1, "user_id": 99},
    ],
    ids=lambda body: str(body)[:60],
)
def test_notes_that_are_refused(api: Api, deal: int, body: dict[str, object]) -> None:
    assert api.post("/v1/notes", body).status == 400
    assert api.get(f"/v1/deals/{deal}").data["notes_count"] == 0


DEEP_HTML = {
    "deep lists": "<ul><li>",
    "deep elements": "<div>",
    "deep behind attributes": "<div title='</div>'>",
    "deep behind comments": "<div><!--</div>-->",
    "formats opened again": "<p><b title=1><i title=2><u><s>x</p>",
}
HTML_ENDPOINTS = [
    (endpoint, name)
    for endpoint, _ in handlers().values()
    for name in ("content", "note")
    if endpoint.method != "GET" and endpoint.group in ("Notes", "Activities") and name in properties(endpoint)
]


@pytest.mark.parametrize("unit", DEEP_HTML.values(), ids=DEEP_HTML)
def test_html_takes_time_in_proportion_to_its_length(unit: str) -> None:
    def prepare(length: int) -> Callable[[], object]:
        text = unit * (length // len(unit))

        def sanitize() -> None:
            with suppress(Invalid):
                html.sanitize(text, "content")

        return sanitize

    assert_linear(prepare, 50_000, unit)


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
@pytest.mark.parametrize("text", ["<ul><li>" * 50_000, "<ul><li>" * 12_000, "x" * (100 * 1024 + 1)], ids=len)
@pytest.mark.parametrize(("endpoint", "name"), HTML_ENDPOINTS, ids=str)
def test_html_that_takes_too_much_is_refused_before_it_is_sanitized(
    api: Api,
    deal: int,
    monkeypatch: pytest.MonkeyPatch,
    endpoint: Endpoint[..., Any],
    name: str,
    text: str,
) -> None:
    note = create_note(api, deal_id=deal)["id"]
    comment = api.post(f"/v1/notes/{note}/comments", {"content": "x"}).data["uuid"]
    api.post("/api/v2/activities", {"subject": "Call"})
    monkeypatch.setattr(nh3, "clean", None)
    path = endpoint.path.format(id=1, commentId=comment)
    answer = api.call(
        endpoint.method, path, {name: text} | ({"deal_id": deal} if endpoint.name == "post_notes" else {})
    )
    assert answer.status == 400
    assert name in answer.error


def test_a_note_updates_the_deal_and_is_counted(api: Api, deal: int) -> None:
    person = api.post("/api/v2/persons", {"name": "Ann"}).data["id"]
    api.clock.advance(hours=1)
    id = create_note(api, deal_id=deal)["id"]
    shown = api.get(f"/v1/deals/{deal}").data
    assert (shown["notes_count"], shown["update_time"]) == (1, "2026-03-02 11:00:00")
    api.put(f"/v1/notes/{id}", {"deal_id": None, "person_id": person})
    assert api.get(f"/v1/deals/{deal}").data["notes_count"] == 0
    assert api.get(f"/v1/persons/{person}").data["notes_count"] == 1
    assert api.delete(f"/v1/notes/{id}").data is True
    assert api.get(f"/v1/persons/{person}").data["notes_count"] == 0


def test_pins(api: Api, deal: int) -> None:
    made = create_note(api, deal_id=deal, pinned_to_deal_flag="1")
    assert made["pinned_to_deal_flag"] is True
    path = f"/v1/notes/{made['id']}"
    assert api.put(path, {"pinned_to_organization_flag": 1}).status == 400
    assert api.put(path, {"deal_id": None}).status == 400
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    moved = api.put(path, {"deal_id": None, "org_id": org, "pinned_to_organization_flag": 1}).data
    assert (moved["pinned_to_deal_flag"], moved["pinned_to_organization_flag"]) == (False, True)


def test_only_admins_write_in_the_name_of_others(api: Api, deal: int) -> None:
    rita = add_user(api, "Rita")
    id = create_note(api, deal_id=deal, user_id=rita.principal.user_id)["id"]
    assert (
        rita.put(f"/v1/notes/{id}", {"content": "Mine", "user_id": rita.principal.user_id}).data["user"]["is_you"]
        is True
    )
    assert rita.put(f"/v1/notes/{id}", {"user_id": 1}).status == 403
    assert rita.post("/v1/notes", {"content": "x", "deal_id": deal, "user_id": 1}).status == 403
    edited = api.put(f"/v1/notes/{id}", {"content": "Ours"}).data
    assert (edited["user_id"], edited["last_update_user_id"]) == (rita.principal.user_id, 1)


def test_notes_are_listed_by_record_time_and_author(api: Api, deal: int) -> None:
    rita = add_user(api, "Rita")
    other = api.post("/api/v2/deals", {"title": "Other"}).data["id"]
    old = create_note(api, deal_id=deal, add_time="2020-05-06 07:08:09", content="b")["id"]
    new = create_note(rita, deal_id=other, pinned_to_deal_flag=1, content="a")["id"]

    def listed(**query: object) -> list[int]:
        return [one["id"] for one in api.get("/v1/notes", **query).data or []]

    assert listed() == [old, new]
    assert listed(sort="content ASC") == [new, old]
    assert listed(sort="add_time DESC, id", limit=1) == [new]
    assert listed(deal_id=deal) == [old]
    assert listed(user_id=rita.principal.user_id) == [new]
    assert listed(start_date="2020-05-06", end_date="2020-05-06") == [old]
    assert listed(end_date="2020-05-05") == []
    assert listed(pinned_to_deal_flag=1) == [new]
    assert listed(pinned_to_deal_flag=0) == [old]
    assert listed(person_id=99) == []
    api.clock.advance(minutes=1)
    since = "2026-03-02T10:01:00Z"
    assert listed(updated_since=since) == []
    api.put(f"/v1/notes/{old}", {"content": "c"})
    assert listed(updated_since=since) == [old]
    assert listed(updated_since="2026-03-02T11:01:00+01:00", deal_id=other) == []
    assert api.get("/v1/notes", sort="taste").status == 400
    api.delete(f"/v1/notes/{old}")
    assert listed() == [new]
    assert api.get(f"/v1/notes/{old}").data["active_flag"] is False
    assert api.put(f"/v1/notes/{old}", {"content": "x"}).status == 404


def test_a_note_is_visible_to_users_who_see_one_of_its_records(api: Api) -> None:
    rita = add_user(api, "Rita")
    hidden = api.post("/api/v2/deals", {"title": "Hidden", "visible_to": 1}).data["id"]
    org = api.post("/api/v2/organizations", {"name": "Acme", "visible_to": 7}).data["id"]
    on_hidden = create_note(api, deal_id=hidden)["id"]
    on_both = create_note(api, deal_id=hidden, org_id=org)["id"]
    own = create_note(api, deal_id=hidden, user_id=rita.principal.user_id)["id"]
    assert [one["id"] for one in rita.get("/v1/notes").data] == [on_both, own]
    assert rita.get(f"/v1/notes/{on_hidden}").status == 404
    assert rita.get(f"/v1/notes/{on_hidden}/comments").status == 404
    assert rita.get(f"/v1/notes/{on_both}").data["deal"] == {"title": "(hidden)"}


def test_comments(api: Api, deal: int) -> None:
    path = f"/v1/notes/{create_note(api, deal_id=deal)['id']}/comments"
    assert api.get(path).data is None
    first = api.post(path, {"content": "<i>First</i><script>x</script>"}).data
    assert (first["content"], first["object_type"], first["object_id"]) == ("<i>First</i>", "note", path.split("/")[3])
    assert (first["add_time"], first["user_id"]) == ("2026-03-02T10:00:00.000Z", 1)
    api.clock.advance(seconds=1.5)
    second = api.post(path, {"content": "Second"}).data
    page = api.get(path, limit=1)
    assert [comment["uuid"] for comment in page.data] == [first["uuid"]]
    assert page.body["additional_data"]["pagination"]["next_start"] == 1
    changed = api.put(f"{path}/{first['uuid'].upper()}", {"content": "Changed"}).data
    assert (changed["content"], changed["update_time"]) == ("Changed", "2026-03-02T10:00:01.500Z")
    assert api.delete(f"{path}/{first['uuid']}").data is True
    assert api.get(f"{path}/{first['uuid']}").status == 404
    assert api.get(path).data == [second]
    assert api.post("/v1/notes/99/comments", {"content": "x"}).status == 404
    assert api.post(path, {"content": " "}).status == 400


def test_comments_are_changed_by_their_author_or_an_admin(api: Api, deal: int) -> None:
    rita = add_user(api, "Rita")
    path = f"/v1/notes/{create_note(api, deal_id=deal)['id']}/comments"
    by_admin = api.post(path, {"content": "Admin's"}).data["uuid"]
    by_rita = rita.post(path, {"content": "Rita's"}).data["uuid"]
    assert rita.put(f"{path}/{by_admin}", {"content": "x"}).status == 403
    assert rita.delete(f"{path}/{by_admin}").status == 403
    assert api.put(f"{path}/{by_rita}", {"content": "Edited"}).data["updater_id"] == 1
    assert rita.delete(f"{path}/{by_rita}").data is True
