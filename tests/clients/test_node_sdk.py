"""Pipedrive's official Node client, unchanged, against the server."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from scripts.node_client import NodeClient
from tests import form_browser
from tests.sandbox import Sandbox

HERE = Path(__file__).parent
SCENARIO_TIMEOUT_SECONDS = 120


def run_scenario(scenario: str, node_client: NodeClient, sandbox: Sandbox, **variables: str) -> dict[str, Any]:
    """Runs a scenario; returns the summary that it prints at the end."""
    process = subprocess.run(
        [node_client.node, HERE / scenario],
        env=os.environ
        | {
            "NODE_PATH": str(node_client.node_path),
            "DEALWRIGHT_URL": sandbox.url,
            "DEALWRIGHT_TOKEN": sandbox.api_token,
        }
        | {f"DEALWRIGHT_{name.upper()}": value for name, value in variables.items()},
        check=False,
        capture_output=True,
        text=True,
        timeout=SCENARIO_TIMEOUT_SECONDS,
    )
    assert process.returncode == 0, process.stderr
    summary: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    return summary


def test_a_deal_from_first_contact_to_won(node_client: NodeClient, sandbox: Sandbox) -> None:
    summary = run_scenario("pipedrive_deal_scenario.cjs", node_client, sandbox)
    assert summary["deal"]["status"] == "won"
    assert (summary["deal"]["value"], summary["deal"]["currency"]) == (1250.5, "EUR")
    assert summary["company_domain"] == sandbox.company_domain
    assert summary["offset_pages"] == [100, 100, 50]
    assert summary["cursor_pages"] == [100, 100, 50]


def test_features_around_records(node_client: NodeClient, sandbox: Sandbox) -> None:
    summary = run_scenario("pipedrive_records_scenario.cjs", node_client, sandbox)
    assert summary == {"field_types": 16, "file_size": 300_000, "picture_sizes": [[128, 128], [512, 512]]}


def test_an_app_is_authorised_refreshes_and_is_uninstalled(node_client: NodeClient, sandbox: Sandbox) -> None:
    # The client sends the browser without ``state`` and ``response_type``.
    browser, app = form_browser.over_http(sandbox.url), sandbox.oauth
    page = browser.get("/oauth/authorize", client_id=app["client_id"], redirect_uri=app["redirect_uri"])
    code = browser.submit(page.form("/oauth/consent"), decision="allow").callback_params["code"]
    summary = run_scenario("pipedrive_oauth_scenario.cjs", node_client, sandbox, code=code, **app)
    authorization_url = summary.pop("authorization_url")
    assert (
        browser.send("GET", authorization_url.removeprefix(sandbox.url)).form("/oauth/consent").fields
        == page.form("/oauth/consent").fields
    )
    assert summary == {
        "company_domain": sandbox.company_domain,
        "same_user": True,
        "title": "By an app",
        "refusals": {
            "withoutAccess": "Invalid token: access_token is invalid",
            "refreshed": None,
            "uninstalled": "Invalid token: access_token is invalid",
            "refused": "Invalid grant: refresh_token is invalid",
        },
    }
