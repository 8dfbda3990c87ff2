"""n8n's node and trigger and Activepieces' piece for Pipedrive, unchanged: every operation, list and trigger."""

from __future__ import annotations

from tests.clients.administrator import connect
from tests.clients.app_access import issue_access_token
from tests.clients.recording import check_record, served
from tests.clients.running import SCENARIOS, Server, find_client, run


def test_n8n(sqlite_server: Server) -> None:
    client, folder = find_client("n8n-nodes"), SCENARIOS / "n8n"
    with connect(sqlite_server) as admin:
        options = [{"label": "Fair"}, {"label": "Shop"}]
        admin.post("/v1/dealFields", {"name": "Heard of us", "field_type": "enum", "options": options})
    names = {"field": "Heard of us", "option": "Shop"}
    nodes = run(client, [folder / "nodes.cjs"], sqlite_server, variables=names)
    trigger = run(client, [folder / "trigger.cjs"], sqlite_server)
    assert trigger.summary["summary"] == {"deliveries": 2}
    assert set(nodes.summary["missing"]) & set(trigger.summary["missing"]) == set()
    check_record("n8n-nodes", served([*nodes.calls, *trigger.calls]))


def test_activepieces(sqlite_server: Server) -> None:
    client = find_client("activepieces-piece")
    variables = {"access_token": issue_access_token(sqlite_server.sandbox)}
    done = run(client, [SCENARIOS / "activepieces" / "piece.cjs"], sqlite_server, variables=variables)
    assert done.summary["actions"] == ["add_person"]
    assert len(done.summary["triggers"]) == 5
    check_record("activepieces-piece", served(done.calls))
