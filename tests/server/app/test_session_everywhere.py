"""The session of a browser opens every operation of v1 and v2, and none of them without the header of this site; read-only connections write nothing."""

from __future__ import annotations

import re

from dealwright.connectors.permits import Permits
from dealwright.contract import catalogue
from dealwright.server.binding import handlers
from tests.api import Api
from tests.undo import difference, last_change, read_state

ENDPOINTS = [
    endpoint
    for endpoint, _ in handlers().values()
    if endpoint.version in ("v1", "v2") and not endpoint.path.startswith("/oauth")
]
OTHER_SITE = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}


def test_a_cookie_alone_opens_nothing_of_v1_and_v2(api: Api) -> None:
    session = api.session_headers()
    cookie, token = session["cookie"], session["x-csrf-token"]
    attempts = {
        "the cookie alone": {"cookie": cookie},
        "another header": {"cookie": cookie, "x-csrf-token": "0" * len(token)},
        "another site": {**session, **OTHER_SITE},
        "another site without its name": {**session, "sec-fetch-site": "cross-site"},
        "the header alone": {"x-csrf-token": token},
    }
    newest, before = last_change(api), read_state(api)
    let_in, kept_out = [], []
    for endpoint in ENDPOINTS:
        path = re.sub(r"\{[^}]+\}", "1", endpoint.path)
        for name, headers in attempts.items():
            if api.send(endpoint.method, path, b"{}", headers=headers).status not in (401, 403):
                let_in.append((endpoint.qualified_name, name))
        if endpoint.method == "GET" and api.send("GET", path, headers=session).status == 401:
            kept_out.append(endpoint.qualified_name)
    assert (let_in, kept_out) == ([], [])
    assert (last_change(api), difference(before, read_state(api))) == (newest, {})


def test_forms_and_uploads_need_the_header(api: Api) -> None:
    deal = api.post("/api/v2/deals", {"title": "Roof"}).data["id"]
    session = api.session_headers()
    raw = (
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhello\r\n'
        b'--x\r\nContent-Disposition: form-data; name="deal_id"\r\n\r\n%d\r\n--x--\r\n' % deal
    )
    kind = "multipart/form-data; boundary=x"
    for headers in ({"cookie": session["cookie"]}, {**session, **OTHER_SITE}):
        assert api.send("POST", "/v1/files", raw, kind, headers=headers).status in (401, 403)
    assert api.get("/v1/files").data in (None, [])
    added = api.send("POST", "/v1/files", raw, kind, headers=session)
    assert added.status == 200, added.body
    download = f"/v1/files/{added.data['id']}/download"
    assert api.send("GET", download, headers={"cookie": session["cookie"]}).status == 401
    assert api.send("GET", download, headers=session).body == b"hello"
    form = b"name=Forged"
    assert (
        api.send(
            "POST", "/v1/persons", form, "application/x-www-form-urlencoded", headers={"cookie": session["cookie"]}
        ).status
        == 401
    )


def test_a_connection_for_reading_runs_nothing_that_writes(api: Api) -> None:
    reading = Permits(kind="read")
    allowed = {name for name, entry in catalogue.entries().items() if reading.allows(entry)}
    assert allowed == {name for name, entry in catalogue.entries().items() if entry.method == "GET"}
    deal = api.post("/api/v2/deals", {"title": "Roof"}).data["id"]
    assert api.patch("/app/api/connections/1", {"permits": {"kind": "read"}}).status == 200
    before = read_state(api)
    for version, name, params in (
        ("v2", "post_deals", {"data": {"title": "Wall"}}),
        ("v2", "patch_deals_by_id", {"id": deal, "data": {"title": "Wall"}}),
        ("v1", "delete_deals_by_id", {"id": deal}),
        ("v1", "put_deals_by_id_merge", {"id": deal, "data": {"merge_with_id": deal}}),
    ):
        wanted = {"connection_id": 1, "version": version, "name": name, "params": params}
        answer = api.post("/app/api/runs", wanted)
        assert answer.body["run"]["status"] == "refused", answer.body
        again = api.post(f"/app/api/runs/{answer.body['run']['id']}/again")
        assert again.body["run"]["status"] == "refused", again.body
    assert set(difference(before, read_state(api))) <= {"runs", "connections"}
    wanted = {"connection_id": 1, "version": "v2", "name": "get_deals_by_id", "params": {"id": deal}}
    assert api.post("/app/api/runs", wanted).body["run"]["status"] == "ok"
