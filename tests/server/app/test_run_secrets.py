"""What is a secret among the parameters of any action is not in what is written of a run."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import sqlalchemy as sa

from dealwright import _redaction
from dealwright._json import Json
from dealwright.contract import catalogue
from dealwright.contract.body_parser import body_types
from dealwright.crm.integration import runs
from dealwright.crm.integration.runs import NewRun
from dealwright.storage import tables
from tests.api import Api

MARK = "correct-horse-battery"
SOUNDS_SECRET = re.compile("pass|secret|token|cred|authori|private|cookie|recovery|signature|^code$")
NO_SECRETS = frozenset({"token_type_hint"})
"""Names that sound like those of secrets."""

CODES = frozenset({"code"})
"""A secret where an app asks for tokens; elsewhere the number of a product."""


def names_of(action: str) -> list[str]:
    endpoint = catalogue.load(action)
    return [*(one.name for one in endpoint.parameters), *(body_types(endpoint) if endpoint.body else ())]


def stored_rows(api: Api) -> str:
    with api.principal.company.database.read() as db:
        return repr(db.rows(sa.select(tables.runs)))


def test_secrets_of_every_action_are_taken_out_before_a_run_is_written(api: Api) -> None:
    unknown: dict[str, str] = {}
    kept: list[tuple[str, str]] = []

    def write(crm: Any) -> None:
        for action in catalogue.entries():
            version, _, name = action.partition(".")
            for one in names_of(action):
                mark = f"{MARK} {action} {one}"
                is_plain = one in NO_SECRETS or (one in CODES and "oauth" not in action)
                if SOUNDS_SECRET.search(one.lower()) and not is_plain and one.lower() not in _redaction.SECRET_NAMES:
                    unknown[action] = one
                is_secret = not is_plain and one.lower() in _redaction.SECRET_NAMES
                is_address = one.endswith("url")
                if is_secret or is_address:
                    value = f"https://ada:{MARK}@example.com/x?api_token={MARK}" if is_address else mark
                    shapes: tuple[Json, ...] = ({one: value}, {"data": {one: value}}, {"data": [{one.upper(): value}]})
                    for params in shapes:
                        runs.start(crm, NewRun("console", "This CRM", version, name, params))
                        kept.append((action, one))

    principal = api.principal
    api.companies.run(principal.company, principal.user_id, write, write=True)
    assert unknown == {}
    assert {"v1.post_webhooks", "v1.post_oauth_token", "v1.post_oauth_revoke"} <= {action for action, _ in kept}
    stored = stored_rows(api)
    assert stored.count(_redaction.REDACTED) >= len(kept)
    assert MARK not in stored


@pytest.mark.parametrize(
    ("version", "name", "data"),
    [
        (
            "v1",
            "post_webhooks",
            {"http_auth_user": "ada", "http_auth_password": MARK, "subscription_url": "no address"},
        ),
        ("v1", "post_webhooks", {"subscription_url": f"https://ada:{MARK}@127.0.0.1/x?token={MARK}"}),
    ],
)
def test_a_call_that_is_refused_leaves_no_secret(api: Api, version: str, name: str, data: dict[str, str]) -> None:
    body = {"event_action": "*", "event_object": "*", **data}
    wanted = {"connection_id": 1, "version": version, "name": name, "params": {"data": body}}
    answer = api.post("/app/api/runs", wanted)
    assert answer.status in (201, 200, 400), answer.body
    assert MARK not in stored_rows(api)
    assert MARK not in str(api.get("/app/api/runs").body)


def test_the_content_of_a_recording_is_not_kept_with_its_run(api: Api) -> None:
    deal = api.post("/api/v2/deals", {"title": "Roof"}).data["id"]
    times = {"start_time": "2026-03-02 09:00:00", "end_time": "2026-03-02 09:05:00"}
    call = api.post("/v1/callLogs", {"deal_id": deal, "outcome": "connected", "to_phone_number": "1", **times})
    run = {
        "connection_id": 1,
        "version": "v1",
        "name": "post_call_logs_by_id_recordings",
        "params": {"id": call.data["id"]},
    }
    answer = api.upload(
        "POST",
        "/app/api/runs/with-file",
        {"file": ("call.mp3", "audio/mpeg", MARK.encode())},
        {"run": json.dumps(run), "property": "file"},
    )
    assert answer.body["run"]["status"] == "ok", answer.body
    assert MARK not in stored_rows(api)
    assert api.post(f"/app/api/runs/{answer.body['run']['id']}/again").status == 409
