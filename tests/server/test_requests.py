"""Rules for every request: tokens, bodies, parameters, errors, headers."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa

from dealwright.server.request_bodies import MAX_BODY_BYTES
from dealwright.storage import tables
from tests.api import Api, Response
from tests.company import add_user

V1_INFO = "Please check developers.pipedrive.com for more information about Pipedrive API."
LIMIT_HEADERS = {
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-daily-requests-left",
    "x-daily-ratelimit-token-limit",
    "x-daily-ratelimit-token-remaining",
}
FORM = "application/x-www-form-urlencoded"

# None of this depends on the database.
pytestmark = pytest.mark.parametrize("api", ["sqlite"], indirect=True)


@pytest.fixture
def deal(api: Api) -> int:
    id: int = api.post("/v1/deals", {"title": "Deal", "value": 5}).data["id"]
    return id


def assert_refused(answer: Response, message: str = "") -> None:
    assert answer.status == 400
    assert message in answer.error


def test_v1_is_at_two_prefixes_and_a_slash_at_the_end_does_not_matter(api: Api, deal: int) -> None:
    for path in ("/v1/deals", "/api/v1/deals", "/v1/deals/"):
        assert [one["id"] for one in api.get(path).data] == [deal]
    assert api.get(f"/api/v2/deals/{deal}/").data["id"] == deal
    assert api.get("/v2/deals").status == 404


def test_a_token_is_sent_in_a_header_or_in_the_query(api: Api) -> None:
    for path in ("/v1/deals", "/api/v2/deals"):
        for header in ("x-api-token", "X-API-Token"):
            assert api.send("GET", path, headers={header: api.token}).status == 200
        assert api.send("GET", path, headers={}, query={"api_token": api.token}).status == 200
    issued = api.companies.platform.issue_token(api.principal.company.id, 1)
    assert api.send("GET", "/v1/deals", headers={"x-api-token": issued}).status == 200
    api.companies.platform.issue_token(api.principal.company.id, 1)
    assert api.send("GET", "/v1/deals", headers={"x-api-token": issued}).status == 401


@pytest.mark.parametrize(
    "headers",
    [{}, {"x-api-token": "0" * 40}, {"x-api-token": "ä"}],
)
def test_without_a_token_there_is_one_answer_to_everything(api: Api, headers: dict[str, str]) -> None:
    for method, path in (("GET", "/v1/deals"), ("POST", "/api/v2/deals"), ("GET", "/nothing"), ("PUT", "/v1/deals")):
        answer = api.send(method, path, headers=headers)
        assert answer.status == 401
        assert answer.body == {
            "success": False,
            "error": "unauthorized access",
            "errorCode": 401,
            "error_info": "Please check developers.pipedrive.com",
        }
        assert answer.headers["x-401-by-gw"] == "true"
        assert uuid.UUID(answer.headers["x-correlation-id"])


def test_a_deactivated_user_has_no_access(api: Api) -> None:
    rep = add_user(api, "Rep")
    assert rep.get("/v1/deals").status == 200
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        crm.db.execute(
            sa.update(tables.users).where(tables.users.c.id == rep.principal.user_id).values(is_active=False)
        )
        crm.invalidate_company_data()
    assert rep.get("/v1/deals").status == 401


def test_unknown_paths_and_methods(api: Api, deal: int) -> None:
    for path in ("/", "/v1", "/v1/nothing", "/api/v1/deals/1/nothing", "/v3/deals"):
        assert api.get(path).body == {
            "success": False,
            "error": f"There is no such path: {path.rstrip('/')}",
            "error_info": V1_INFO,
            "data": None,
            "additional_data": None,
        }
    missing = api.get("/api/v2/nothing")
    assert (missing.status, missing.body) == (
        404,
        {"success": False, "error": "There is no such path: /api/v2/nothing", "code": "ERR_HTTP_404"},
    )
    for method, path, allowed in (
        ("PATCH", "/v1/deals", {"DELETE", "GET", "POST"}),
        ("PUT", f"/api/v2/deals/{deal}", {"DELETE", "GET", "PATCH"}),
        ("OPTIONS", f"/api/v2/deals/{deal}", {"DELETE", "GET", "PATCH"}),
    ):
        answer = api.call(method, path)
        assert (answer.status, set(answer.headers["allow"].split(", "))) == (405, allowed)


@pytest.mark.parametrize(
    "raw", [b"{", b"{'title': 1}", b'{"title": NaN}', b"\xff", b'{"title": "\\ud800"}', b"[" * 5000]
)
def test_what_is_not_json_is_refused(api: Api, raw: bytes) -> None:
    for path in ("/v1/deals", "/api/v2/deals"):
        assert_refused(api.send("POST", path, raw), "The body is not valid JSON")
    assert api.get("/api/v2/deals").data == []


@pytest.mark.parametrize("raw", [b"[]", b"7", b'"x"', b"true"])
def test_a_body_is_an_object(api: Api, raw: bytes) -> None:
    for path in ("/v1/deals", "/api/v2/deals"):
        assert_refused(api.send("POST", path, raw), "The body must be an object")
    assert_refused(api.send("POST", "/api/v2/deals", b"null"), "title: is required")
    assert_refused(api.send("POST", "/v1/deals"), "title: is required")


def test_too_large_a_body(api: Api) -> None:
    largest = b'{"title": "' + b"x" * (MAX_BODY_BYTES - 13) + b'"}'
    assert_refused(api.send("POST", "/api/v2/deals", largest), "title")
    for content_type in ("application/json", FORM, ""):
        answer = api.send("POST", "/api/v2/deals", largest + b" ", content_type)
        assert (answer.status, answer.body["code"]) == (413, "ERR_HTTP_413")
        headers = {"x-api-token": api.token, "content-length": str(MAX_BODY_BYTES + 1)}
        assert api.send("POST", "/v1/deals", b"{}", content_type, headers=headers).status == 413


def test_forms_in_v1(api: Api) -> None:
    fields = {"title": "Zoë & Co", "value": "12.5", "stage_id": "2", "person_id": "", "is_archived": "false", "x": "y"}
    made = api.form("POST", "/v1/deals", fields)
    assert (made.status, made.data["title"], made.data["value"], made.data["stage_id"]) == (201, "Zoë & Co", 12.5, 2)
    assert api.form("PUT", f"/v1/deals/{made.data['id']}", {"status": "won"}).data["status"] == "won"
    assert api.send("PUT", f"/v1/deals/{made.data['id']}", "title=Zoë".encode(), FORM).data["title"] == "Zoë"
    multipart = b'--b\r\ncontent-disposition: form-data; name="title"\r\n\r\nRenamed\r\n--b--\r\n'
    kind = "multipart/form-data; boundary=b"
    assert api.send("PUT", f"/v1/deals/{made.data['id']}", multipart, kind).data["title"] == "Renamed"
    assert_refused(api.send("POST", "/v1/deals", b"x", "multipart/form-data"), "not a valid form")
    assert_refused(api.send("POST", "/v1/deals", b"title=%FF", FORM), "not a valid form")
    assert_refused(api.send("POST", "/v1/deals", b"title=\xff", FORM), "not a valid form")
    assert_refused(api.send("POST", "/v1/deals", b"title=%00", FORM), "null character")


def test_v2_takes_no_forms(api: Api) -> None:
    for kind, raw in ((FORM, b"title=x"), ("multipart/form-data; boundary=b", b"--b--\r\n")):
        assert_refused(api.send("POST", "/api/v2/deals", raw, kind), "The body must be JSON")
    assert api.get("/api/v2/deals").data == []


def test_the_id_of_a_new_record_cannot_be_given(api: Api) -> None:
    for path in ("/v1/deals", "/v1/persons", "/v1/notes"):
        assert_refused(api.post(path, {"id": 7, "title": "x"}), "Inserting ID with POST request is not allowed")
    assert_refused(api.post("/api/v2/deals", {"id": 7, "title": "x"}), "'id' is not allowed")
    assert api.get("/api/v2/deals").data == []


def test_flags_of_v1_may_be_words(api: Api, deal: int) -> None:
    for true in ("1", "true", "True"):
        assert "deals_summary" in api.get("/v1/pipelines/1/deals", get_summary=true).body["additional_data"]
    for false in ("0", "false"):
        assert "deals_summary" not in api.get("/v1/pipelines/1/deals", get_summary=false).body["additional_data"]
    assert_refused(api.get("/v1/pipelines/1/deals", get_summary="yes"), "get_summary")


def test_errors_name_the_property_as_the_caller_knows_it(api: Api, deal: int) -> None:
    person = api.post("/v1/persons", {"name": "P"}).data["id"]
    activity = api.post("/v1/activities", {}).data["id"]
    for path, body, message in (
        (f"/v1/deals/{deal}", {"user_id": 99}, "user_id: User not found"),
        (f"/v1/deals/{deal}", {"label": 99}, "label: Label not found: 99"),
        (f"/v1/persons/{person}", {"owner_id": 99}, "owner_id: User not found"),
        (f"/v1/persons/{person}", {"label_ids": [99]}, "label_ids: Label not found: 99"),
        (f"/v1/activities/{activity}", {"user_id": 99}, "user_id: User not found"),
    ):
        assert api.put(path, body).error == message
    lead = {"title": "x", "organization_id": 99}
    assert api.post("/v1/leads", lead).error == "organization_id: Organization not found"
    assert api.patch(f"/api/v2/deals/{deal}", {"owner_id": 99}).error == "Validation failed: owner_id: User not found"


def test_errors_describe_the_format_of_a_text(api: Api) -> None:
    for path, body, message in (
        ("/v1/activities", {"due_time": "25:00"}, "due_time: not a time of day, HH:MM or HH:MM:SS"),
        ("/api/v2/activities", {"duration": "x"}, "duration: not a duration, HH:MM or HH:MM:SS"),
        ("/v1/activities", {"due_date": "1.2.2026"}, "due_date: not a valid date, YYYY-MM-DD"),
        ("/v1/notes", {"content": "x", "lead_id": "7"}, "lead_id: not a UUID"),
        (
            "/v1/activityTypes",
            {"name": "x", "icon_key": "car", "color": "red"},
            "color: not a colour of six hexadecimal",
        ),
        (
            "/v1/deals",
            {"title": "x", "add_time": "now"},
            "add_time: not a valid datetime, such as 2026-01-31 12:00:00 or 2026-01-31T12:00:00Z",
        ),
    ):
        assert_refused(api.post(path, body), message)
    assert_refused(api.get("/api/v2/deals", updated_since="now"), "updated_since: not a valid datetime")


def test_v1_selects_fields_in_the_path(api: Api, deal: int) -> None:
    assert api.get("/v1/deals:(id,title)").data == [{"id": deal, "title": "Deal"}]
    assert api.get(f"/v1/deals/{deal}:(title, nothing)", start=0).data == {"title": "Deal"}
    assert api.get("/api/v1/deals/:(id)").data == [{"id": deal}]
    assert api.get("/v1/persons:(id)").data is None
    assert api.get("/v1/deals:(id)").body["additional_data"]["pagination"]["start"] == 0
    assert api.get("/v1/deals/99:(id)").error == "Deal not found"


def test_unknown_parameters_and_properties(api: Api, deal: int) -> None:
    assert api.get("/v1/deals", statu="won", start=0).status == 200
    assert api.put(f"/v1/deals/{deal}", {"titel": "x", "value": 7}).data["value"] == 7
    answer = api.get("/api/v2/deals", statu="won")
    assert answer.body == {
        "success": False,
        "error": "Validation failed: statu: Parameter 'statu' is not allowed for this request",
        "code": "ERR_SCHEMA_VALIDATION_FAILED",
        "error_info": "statu: did you mean 'status'?",
    }
    key = "0123456789abcdef" * 2 + "01234567"
    answer = api.patch(f"/api/v2/deals/{deal}", {key: 1, "foo": 2, "value": "much"})
    assert answer.body == {
        "success": False,
        "error": f"Validation failed: {key}: Parameter '{key}' is not allowed for this request; "
        "foo: Parameter 'foo' is not allowed for this request; value: must be a number or null",
        "code": "ERR_SCHEMA_VALIDATION_FAILED",
    }
    answer = api.patch(f"/api/v2/deals/{deal}", {"user_id": 1})
    assert answer.error == "Validation failed: user_id: Parameter 'user_id' is not allowed for this request"
    assert answer.body["error_info"] == "user_id: did you mean 'owner_id'?"
    assert_refused(api.patch(f"/api/v2/deals/{deal}", {"titel": "x", "value": 8}), "Parameter 'titel' is not allowed")
    assert_refused(api.patch(f"/api/v2/deals/{deal}", {"a" * 40: "x", "value": 8}), "is not allowed for this request")
    assert api.get(f"/api/v2/deals/{deal}").data["value"] == 7
    assert api.get("/v1/deals", stageId=2).data is None


def test_lists_are_separated_by_commas(api: Api, deal: int) -> None:
    other = api.post("/v1/deals", {"title": "Other"}).data["id"]
    for ids in (f"{deal},{other}", f" {deal} , {other},", f"{other},{deal},{deal}"):
        assert [one["id"] for one in api.get("/api/v2/deals", ids=ids).data] == [deal, other]
    for ids in ("x", f"{deal};{other}", "0", "-1", "1.5", ",".join(map(str, range(1, 102))), str(2**53)):
        assert_refused(api.get("/api/v2/deals", ids=ids), "ids")
    assert api.delete("/v1/deals").status == 400
    assert len(api.get("/api/v2/deals", status="", ids="", cursor="", updated_since="").data) == 2
    assert_refused(api.get("/api/v2/deals", status="open,wun"), "must be one of open, won, lost, deleted")


def test_null_and_types_in_both_versions(api: Api, deal: int) -> None:
    path = f"/deals/{deal}"
    for name in ("title", "currency", "stage_id", "status", "visible_to"):
        # In v1 it counts as not given.
        assert api.put(f"/v1{path}", {name: None}).status == 200
        assert_refused(api.patch(f"/api/v2{path}", {name: None}), name)
    lenient = {"value": "5", "stage_id": "2", "is_archived": 1, "visible_to": "7", "title": 5}
    for name, value in lenient.items():
        assert_refused(api.patch(f"/api/v2{path}", {name: value}), name)
    assert api.put(f"/v1{path}", lenient).status == 200
    wrong: dict[str, object] = {"value": "x", "stage_id": 1.5, "is_archived": "maybe", "visible_to": 2, "title": []}
    for name, invalid in wrong.items():
        assert_refused(api.put(f"/v1{path}", {name: invalid}), name)


def test_values_that_no_database_stores(api: Api, deal: int) -> None:
    for path, change in ((f"/v1/deals/{deal}", api.put), (f"/api/v2/deals/{deal}", api.patch)):
        assert_refused(change(path, {"title": "a\0b"}), "null character")
        assert_refused(change(path, {"custom_fields": {"\0": 1}}), "null character")
        assert_refused(change(path, {"stage_id": 2**53}), "stage_id")
    for path in (
        f"/v1/deals/{2**53}",
        f"/v1/deals/{2**64}",
        "/v1/deals/0",
        "/v1/deals/-1",
        "/v1/deals/1.5",
        "/v1/deals/x",
    ):
        assert api.get(path).status == 400
    assert_refused(api.get("/v1/persons", first_char="\0"), "null character")
    text = "\u202e\u0417\u043e\u044f 🐈\U0010ffff\u200b\r\n"
    assert api.patch(f"/api/v2/deals/{deal}", {"title": text}).data["title"] == text
    assert api.get(f"/v1/deals/{deal}").data["title"] == text


def test_a_query_is_utf8(api: Api) -> None:
    for raw in ("first_char=%C3%A4", "first_char=ä"):
        assert api.send("GET", "/v1/persons", raw_query=raw.encode()).data is None
    assert_refused(api.send("GET", "/v1/persons", raw_query=b"first_char=%ff"), "The query is not UTF-8")
    assert_refused(api.send("GET", "/v1/persons", raw_query=b"first_char=\xff"), "The query is not UTF-8")


def test_the_headers_of_every_answer(api: Api, deal: int) -> None:
    answers = [
        api.get("/v1/deals"),
        api.post("/api/v2/deals", {"title": "x"}),
        api.get("/v1/deals/99"),
        api.get("/nothing"),
        api.call("PATCH", "/v1/deals"),
        api.post("/v1/deals", {}),
        api.send("POST", "/v1/deals", b"{"),
        api.send("GET", "/v1/deals", headers={}),
        api.send("GET", "/v1/deals", raw_query=b"start=%ff"),
    ]
    correlations = set()
    for answer in answers:
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert set(answer.headers) >= LIMIT_HEADERS
        assert all(answer.headers[name].isdigit() for name in LIMIT_HEADERS)
        correlations.add(answer.headers["x-correlation-id"])
    assert len(correlations) == len(answers)


def test_head_is_get_without_a_body(api: Api, deal: int) -> None:
    for path in ("/v1/deals", f"/api/v2/deals/{deal}", "/v1/deals/99", "/nothing"):
        whole, head = api.get(path), api.call("HEAD", path)
        assert (head.status, head.body) == (whole.status, None)
        assert head.headers["content-length"] == whole.headers["content-length"]
    assert api.call("HEAD", f"/v1/deals/{deal}/duplicate").status == 405
