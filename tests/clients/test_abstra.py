"""Abstra's package, unchanged, as a project uses it, where it is developed and where it is deployed."""

from __future__ import annotations

from pathlib import Path

import httpx2

from dealwright.contract import catalogue
from tests.clients.administrator import TIMEOUT_SECONDS
from tests.clients.running import SCENARIOS, Server, find_client, run

READ_ONLY = "archive"


def test_a_project_runs_unchanged(server: Server) -> None:
    sandbox = server.sandbox
    _add_read_only_connection(server)
    variables = {"read_only": READ_ONLY}
    package = {
        "CLOUD_API_ENDPOINT": sandbox.url,
        "ABSTRA_API_TOKEN": sandbox.api_token,
        "ABSTRA_CLOUD_API_SHARED_TOKEN": sandbox.api_token,
    }
    arguments: list[str | Path] = [SCENARIOS / "abstra_project.py", "cli", "apps"]
    told = run(find_client("abstra"), arguments, server, variables=variables, environment=package).summary
    for where in ("cli", "apps"):
        done = told[where]
        assert done["connections"] == [["local", "pipedrive"], [READ_ONLY, "pipedrive"]]
        assert set(done["actions"]) == {entry.name for entry in catalogue.entries().values()}
        assert len(done["actions"]) == len(set(done["actions"]))
        names, page, size = done["found"]
        matching = [*dict.fromkeys(entry.name for entry in catalogue.search(["deals", "followers"]))]
        assert (names, page, size) == (matching[3:6], 1, 3)
        assert done["action"]["name"] == "get_deals_by_id"
        assert done["action"]["payloadSchema"]["required"] == ["id"]
        assert done["read"] == done["read_elsewhere"] == f"From {where}"
        assert (done["token"]["connectionName"], done["token"]["token"]) == ("local", sandbox.api_token)
        assert done["token"]["projectId"] == sandbox.company_domain
        errors = done["errors"]
        for name in ("refused", "wrong name", "missing", "may only read", "no connection"):
            assert errors[name][0] == "Exception", errors[name]
        assert "404" in errors["refused"][1]
        assert "get_deals" in errors["wrong name"][1]
        assert errors["missing"][1] == "data.title: is required"
        assert "only reads" in errors["may only read"][1]
        assert "There is no connection 'nothing'" in errors["no connection"][1]
        assert [errors[name][::2] for name in ("no action", "no token")] == [["HTTPError", 404], ["HTTPError", 403]]
    assert told["wrong key"][::2] == ["HTTPError", 401]


def _add_read_only_connection(server: Server) -> None:
    """Adds a connection of the company that may only read: by its address, to the same server."""
    url, app = server.sandbox.url, server.sandbox.app
    with httpx2.Client(base_url=url, timeout=TIMEOUT_SECONDS, trust_env=False) as browser:
        session = browser.get("/app/api/session").json()
        browser.headers["x-csrf-token"] = session["csrf_token"]
        signed_in = browser.post("/app/api/session", json={"email": app["email"], "password": app["password"]}).json()
        browser.headers["x-csrf-token"] = signed_in["csrf_token"]
        body = {"name": READ_ONLY, "service": "server", "url": url, "token": server.sandbox.api_token}
        answer = browser.post("/app/api/connections", json=body | {"permits": {"kind": "read"}})
        assert answer.status_code == 200, answer.text
