"""Files: uploads, downloads, lists, and who sees them."""

from __future__ import annotations

import asyncio
import io
import random
import shutil
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dealwright.crm.correspondence import files as rules
from dealwright.crm.correspondence.model import File
from dealwright.crm.kernel.unit_of_work import ExclusiveLockNeeded, UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.jobs.run_due import run_due
from dealwright.server.request_bodies import MAX_UPLOAD_BYTES
from dealwright.storage.files import CHUNK_BYTES
from tests import company
from tests.api import Api, Response
from tests.call_strategies import PNG
from tests.company import add_role, add_user

LEAD = "00000000-0000-4000-8000-000000000000"


def upload(
    api: Api, name: str = "a.txt", content: bytes = b"text", media_type: str = "text/plain", **links: Any
) -> Response:
    return api.upload("POST", "/v1/files", {"file": (name, media_type, content)}, links)


@pytest.fixture
def deal(api: Api) -> int:
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    person = api.post("/api/v2/persons", {"name": "Mary", "org_id": org}).data["id"]
    id: int = api.post("/api/v2/deals", {"title": "Roof", "person_id": person, "org_id": org}).data["id"]
    return id


def count_stored_contents(api: Api) -> int:
    """Returns the number of contents in the store."""
    folder = api.principal.company.files._folder  # type: ignore[attr-defined]
    return sum(path.is_file() for path in Path(folder).rglob("*"))


def test_content_comes_back_byte_for_byte(api: Api) -> None:
    content = random.Random(1).randbytes(3 * CHUNK_BYTES + 17) + b"\r\n--test\r\n\0"
    for sent in (content, content[:CHUNK_BYTES], b"\0", b""):
        file = upload(api, "Übersicht 1.bin", sent, "application/x-thing").data
        answer = api.get(f"/v1/files/{file['id']}/download")
        assert (answer.body or b"") == sent
        assert answer.headers["content-length"] == str(len(sent)) == str(file["file_size"])
        assert answer.headers["content-type"] == "application/x-thing"
        disposition = "attachment; filename=\"_bersicht 1.bin\"; filename*=UTF-8''%C3%9Cbersicht%201.bin"
        assert answer.headers["content-disposition"] == disposition
    head = api.send("HEAD", "/v1/files/1/download")
    assert (head.body, head.headers["content-length"]) == (None, str(len(content)))


def test_an_activity_shows_its_newest_file(api: Api, deal: int) -> None:
    call, other = (
        api.post("/v1/activities", {"subject": subject, "type": "call", "deal_id": deal, "done": 1}).data["id"]
        for subject in ("Call", "Other")
    )
    assert api.get(f"/v1/activities/{call}").data["file"] is None
    first, second = (upload(api, name, activity_id=call).data for name in ("a.m4a", "b.m4a"))
    upload(api, "c.m4a", deal_id=deal)

    def files_shown() -> list[Any]:
        flow = [item["data"] for item in api.get(f"/v1/deals/{deal}/flow").data if item["object"] == "activity"]
        recents = [
            item["data"]
            for item in api.get("/v1/recents", since_timestamp="2026-03-01 00:00:00", items="activity").data
        ]
        lists = [api.get(path).data for path in ("/v1/activities", f"/v1/deals/{deal}/activities")]
        for activities in (*lists, flow, recents):
            assert {activity["id"]: activity["file"] for activity in activities}[other] is None
        answers = [api.get(f"/v1/activities/{call}").data, api.put(f"/v1/activities/{call}", {"note": "Text"}).data]
        answers += [
            activity for activities in (*lists, flow, recents) for activity in activities if activity["id"] == call
        ]
        return [answer["file"] for answer in answers]

    for file in (second, first):
        shown = {"id": str(file["id"]), "clean_name": file["name"], "url": file["url"]}
        assert files_shown() == [shown] * 6
        api.delete(f"/v1/files/{file['id']}")
    assert files_shown() == [None] * 6


def test_content_may_be_in_a_bucket(tmp_path: Path, template_folder: Path, bucket: str) -> None:
    location = company.copy_folder(template_folder, tmp_path / "platform")
    api = company.open_api(location, files=f"{bucket}/companies")
    content = random.Random(1).randbytes(3 * CHUNK_BYTES + 17)
    person = api.post("/api/v2/persons", {"name": "Mary"}).data["id"]
    file = upload(api, "a.bin", content, "application/x-thing", person_id=person).data["id"]
    assert api.get(f"/v1/files/{file}/download").body == content
    api.upload("POST", f"/v1/persons/{person}/picture", {"file": ("a.png", "image/png", PNG)})
    address = api.get(f"/api/v2/persons/{person}/picture").data["pictures"]["512"]
    assert api.send("GET", urlsplit(address).path, headers={}).body.startswith(b"\xff\xd8")
    api.delete(f"/v1/persons/{person}/picture")
    assert api.send("GET", urlsplit(address).path, headers={}).status == 404
    company.close(api)


def test_a_store_that_fails_is_a_clear_error(tmp_path: Path, template_folder: Path, bucket: str) -> None:
    location = company.copy_folder(template_folder, tmp_path / "platform")
    api = company.open_api(location, files=f"{bucket}-that-is-not-there")
    assert (upload(api).status, upload(api).error) == (503, "Files cannot be stored or read at present")
    assert api.get("/v1/files").data is None
    company.close(api)


def test_content_that_is_lost_is_a_clear_error(api: Api) -> None:
    upload(api)
    shutil.rmtree(api.principal.company.files._folder)  # type: ignore[attr-defined]
    assert api.get("/v1/files/1/download").status == 503


def test_large_content_is_sent_in_chunks(api: Api) -> None:
    upload(api, content=bytes(3 * CHUNK_BYTES))
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    headers = [(b"x-api-token", api.token.encode())]
    scope = {"type": "http", "method": "GET", "path": "/v1/files/1/download", "query_string": b"", "headers": headers}
    asyncio.run(api.app(scope, receive, send))
    assert [len(message.get("body", b"")) for message in sent[1:]] == [CHUNK_BYTES, CHUNK_BYTES, CHUNK_BYTES, 0]
    assert [message.get("more_body", False) for message in sent[1:]] == [True, True, True, False]


def test_a_file_has_the_names_of_its_records(api: Api, deal: int) -> None:
    product = api.post("/api/v2/products", {"name": "Tile"}).data["id"]
    lead = api.post("/v1/leads", {"title": "Shed", "person_id": 1}).data["id"]
    activity = api.post("/api/v2/activities", {"subject": "Visit", "type": "meeting"}).data["id"]
    project = api.post("/api/v2/projects", {"title": "Garden"}).data["id"]
    links = {"deal_id": deal, "person_id": 1, "org_id": 1, "product_id": product, "activity_id": activity}
    links["project_id"] = project
    file = upload(api, "plan.PNG", b"\x89PNG", "image/png", **links, lead_id=lead.upper()).data
    assert {name: file[name] for name in links} == links
    names = (
        "deal_name",
        "person_name",
        "org_name",
        "product_name",
        "project_name",
        "lead_name",
        "lead_id",
        "name",
        "file_type",
    )
    assert [file[name] for name in names] == ["Roof", "Mary", "Acme", "Tile", "Garden", "Shed", lead, "plan.PNG", "img"]
    assert file["file_name"].startswith("plan_")
    assert file["file_name"].endswith(".PNG")
    assert file["remote_location"] == "s3"
    assert file["url"] == f"http://localhost/api/v1/files/{file['id']}/download"
    assert api.get(f"/v1/files/{file['id']}").data == file
    assert {upload(api, name).data["file_type"] for name in ("a.pdf", "A.DOCX", "a")} == {"pdf", "docx", "file"}


def test_lists_and_counts(api: Api, deal: int) -> None:
    product = api.post("/api/v2/products", {"name": "Tile"}).data["id"]
    ids = [upload(api, deal_id=deal).data["id"] for _ in range(3)]
    other = upload(api, person_id=1, org_id=1, product_id=product).data["id"]
    api.clock.advance(minutes=1)
    api.form("PUT", f"/v1/files/{ids[1]}", {"name": "last.txt"})

    def listed(path: str, **query: object) -> list[int]:
        return [file["id"] for file in api.get(path, **query).data or []]

    assert listed("/v1/files") == [*ids, other]
    assert listed(f"/v1/deals/{deal}/files", sort="update_time DESC, id DESC", limit=2) == [ids[1], ids[2]]
    assert listed("/v1/files", sort="id desc", start=1, limit=1) == [ids[2]]
    for path in ("/v1/persons/1/files", "/v1/organizations/1/files", f"/v1/products/{product}/files"):
        assert listed(path) == [other]
    assert "deal_id" not in api.get(f"/v1/products/{product}/files").data[0]
    assert api.get("/v1/files", sort="name").status == 400
    assert api.get("/v1/files", limit=500).body["additional_data"]["pagination"]["limit"] == 100
    assert api.get("/v1/deals/99/files").status == 404
    for id in (ids[0], other):
        assert api.delete(f"/v1/files/{id}").data == {"id": id}
    assert api.get("/v1/persons/1/files").data is None
    assert api.get(f"/v1/deals/{deal}").data["files_count"] == 2
    assert api.get("/v1/persons/1").data["files_count"] == api.get("/v1/organizations/1").data["files_count"] == 0


def test_a_deleted_file_is_shown_but_cannot_be_downloaded(api: Api) -> None:
    upload(api)
    api.delete("/v1/files/1")
    assert api.get("/v1/files/1").data["active_flag"] is False
    assert api.get("/v1/files/1/download").status == 404
    assert api.form("PUT", "/v1/files/1", {"name": "x"}).status == 404
    assert api.delete("/v1/files/1").status == 404


def test_deleted_files_are_removed_after_30_days(api: Api) -> None:
    upload(api)
    upload(api)
    api.delete("/v1/files/1")

    run_due(api.companies)
    api.clock.advance(days=29)
    run_due(api.companies)
    assert count_stored_contents(api) == 2
    api.clock.advance(days=2)
    run_due(api.companies)
    assert api.get("/v1/files/1").status == 404
    # For a day, so that a backup that has the row finds its content.
    assert count_stored_contents(api) == 2
    api.clock.advance(days=1)
    run_due(api.companies)
    assert count_stored_contents(api) == 1


def test_name_and_description_can_be_changed(api: Api) -> None:
    upload(api, "a.txt")
    changed = api.form("PUT", "/v1/files/1", {"name": 'b\r\nSet-Cookie: x=";\\.txt', "description": "About"}).data
    assert changed["description"] == "About"
    assert changed["file_name"].startswith("a_")
    assert changed["name"] == ".txt"
    api.form("PUT", "/v1/files/1", {"name": 'b\r\nSet-Cookie: x=";.txt'})
    disposition = api.get("/v1/files/1/download").headers["content-disposition"]
    assert (
        disposition
        == "attachment; filename=\"bSet-Cookie_ x___.txt\"; filename*=UTF-8''bSet-Cookie%3A%20x%3D%22%3B.txt"
    )
    assert api.form("PUT", "/v1/files/1", {"name": ""}).status == 400


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\photo.jpg", "photo.jpg"),
        ("..", "file"),
        ("", "file"),
        ("a\u202egpj.exe", "agpj.exe"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
    ],
)
def test_names_are_reduced_to_file_names(api: Api, sent: str, name: str) -> None:
    assert upload(api, sent).data["name"] == name
    assert count_stored_contents(api) == 1


@pytest.mark.parametrize("media_type", ["text/html", "image/svg+xml", "application/xhtml+xml", "nonsense", "a/b\tc"])
def test_browsers_do_not_run_downloads(api: Api, media_type: str) -> None:
    upload(api, "x.html", b"<script>", media_type)
    headers = api.get("/v1/files/1/download").headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"].startswith("attachment;")
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("link", ["deal_id", "person_id", "org_id", "product_id", "activity_id", "lead_id"])
def test_records_of_a_file_must_exist(api: Api, link: str) -> None:
    links = {link: LEAD if link == "lead_id" else 99}
    answer = api.upload("POST", "/v1/files", {"file": ("a.txt", "text/plain", b"text")}, links)
    assert answer.status == 400
    assert link in answer.error
    assert count_stored_contents(api) == 0


def test_a_unit_that_fails_leaves_no_content(api: Api) -> None:
    company = api.principal.company

    def fail() -> None:
        with api.companies.preparation(company, 1) as preparation:
            content = rules.prepare(
                preparation, io.BytesIO(b"content"), size=7, name="a", content_type="text/plain", links={}
            )
            assert count_stored_contents(api) == 1
            with api.companies.unit_of_work(company, 1, write=True, new_files=preparation.new_files) as crm:
                rules.upload(crm, content, {})
                raise RuntimeError("as asked")

    with pytest.raises(RuntimeError):
        fail()
    assert (count_stored_contents(api), api.get("/v1/files").data) == (0, None)


def test_content_stays_when_the_second_attempt_succeeds(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    add, attempts = rules._add, []

    def conflict_once(crm: UnitOfWork, values: Values) -> File:
        attempts.append(crm)
        if len(attempts) == 1:
            raise ExclusiveLockNeeded
        return add(crm, values)

    # The first write in a second is alone, and conflicts with nothing.
    api.post("/v1/deals", {"title": "Deal"})
    monkeypatch.setattr(rules, "_add", conflict_once)
    upload(api, "a.txt", b"content")
    assert (len(attempts), count_stored_contents(api)) == (2, 1)
    assert api.get("/v1/files/1/download").body == b"content"


def test_uploads_that_are_too_large_or_broken_are_refused(api: Api) -> None:
    large = api.upload("POST", "/v1/files", {"file": ("a", "text/plain", bytes(MAX_UPLOAD_BYTES))})
    assert large.status == 413
    assert large.body["success"] is False
    truncated = api.send("POST", "/v1/files", b"--tests\r\nContent-Disp", "multipart/form-data; boundary=tests")
    assert truncated.status == 400
    assert api.send("POST", "/v1/files", b"x", "multipart/form-data").status == 400
    assert api.upload("POST", "/v1/files", {}, {"file": "text", "deal_id": 1}).status == 400
    assert api.upload("POST", "/v1/files", {}, {"deal_id": 1}).status == 400
    assert api.upload("POST", "/api/v2/products/1/images", {"other": ("a", "a/b", b"")}).body["code"]


def test_documents_in_google_drive(api: Api, deal: int) -> None:
    target = {"item_type": "deal", "item_id": deal, "remote_location": "googledrive"}
    made = api.form("POST", "/v1/files/remote", target | {"file_type": "gsheet", "title": "Offer"}).data
    linked = api.form("POST", "/v1/files/remoteLink", target | {"remote_id": "1abc"}).data
    assert [made[name] for name in ("name", "file_type", "file_size", "deal_name")] == ["Offer", "gsheet", 0, "Roof"]
    assert (linked["remote_id"], linked["remote_location"]) == ("1abc", "googledocs")
    assert api.get(f"/v1/deals/{deal}").data["files_count"] == 2
    refused = api.get(f"/v1/files/{linked['id']}/download")
    assert refused.status == 400
    assert "1abc" in refused.error
    assert api.form("POST", "/v1/files/remoteLink", target | {"remote_id": "1", "item_id": 99}).status == 400


def test_a_file_is_visible_to_users_who_see_its_records(api: Api) -> None:
    role = add_role(api, "Sales", deal_default_visibility=1)
    rep, peer = add_user(api, "Rep", role_id=role), add_user(api, "Peer", role_id=role)
    deal = rep.post("/api/v2/deals", {"title": "Secret", "visible_to": 1}).data["id"]
    product = rep.post("/api/v2/products", {"name": "Secret", "visible_to": 1}).data["id"]
    activity = rep.post("/api/v2/activities", {"subject": "Secret", "type": "call", "deal_id": deal}).data["id"]
    hidden = [
        upload(rep, **link).data["id"]
        for link in ({"deal_id": deal}, {"product_id": product}, {"activity_id": activity}, {})
    ]
    shared = peer.post("/api/v2/deals", {"title": "Open", "visible_to": 7}).data["id"]
    visible = upload(rep, deal_id=shared, product_id=product).data["id"]
    for client in (api, rep):
        assert [file["id"] for file in client.get("/v1/files").data] == [*hidden, visible]
    assert [file["id"] for file in peer.get("/v1/files").data] == [visible]
    assert [peer.get(f"/v1/files/{id}{end}").status for id in hidden for end in ("", "/download")] == [404] * 8
    assert peer.get(f"/v1/files/{visible}").data["product_name"] == "(hidden)"
    assert upload(peer, deal_id=deal).status == 400
    visible_product = rep.post("/api/v2/products", {"name": "Open", "visible_to": 7}).data["id"]
    visible_activity = rep.post("/api/v2/activities", {"subject": "Open", "type": "call", "deal_id": shared}).data["id"]
    person = rep.post("/api/v2/persons", {"name": "Open", "visible_to": 7}).data["id"]
    lead = rep.post("/v1/leads", {"title": "Open", "person_id": person, "visible_to": "7"}).data["id"]
    for link in (
        {"product_id": visible_product},
        {"activity_id": visible_activity},
        {"person_id": person},
        {"lead_id": lead},
    ):
        assert peer.get(f"/v1/files/{upload(rep, **link).data['id']}").status == 200


def test_flow_and_recents_contain_files(api: Api, deal: int) -> None:
    file = upload(api, deal_id=deal).data
    items = api.get(f"/v1/deals/{deal}/flow", items="file").data
    assert [(item["object"], item["data"]) for item in items] == [("file", file | {"people_name": None})]
    recent = api.get("/v1/recents", since_timestamp="2026-03-02 00:00:00", items="file").data
    assert [(one["item"], one["data"]["id"]) for one in recent] == [("file", file["id"])]
