"""Pipedrive's official Node client, unchanged, against the server."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from scripts.node_client import NodeClient
from tests import visitor
from tests.sandbox import Sandbox

HERE = Path(__file__).parent
STORY_SECONDS = 120


def tell(story: str, node_client: NodeClient, sandbox: Sandbox, **variables: str) -> dict[str, Any]:
    """Runs a story; the summary with which it ends."""
    told = subprocess.run(
        [node_client.node, HERE / story],
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
        timeout=STORY_SECONDS,
    )
    assert told.returncode == 0, told.stderr
    summary: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return summary


def test_a_deal_from_first_contact_to_won(node_client: NodeClient, sandbox: Sandbox) -> None:
    summary = tell("pipedrive_story.cjs", node_client, sandbox)
    assert summary["deal"]["status"] == "won"
    assert (summary["deal"]["value"], summary["deal"]["currency"]) == (1250.5, "EUR")
    assert summary["company_domain"] == sandbox.company_domain
    assert summary["offset_pages"] == [100, 100, 50]
    assert summary["cursor_pages"] == [100, 100, 50]


def test_what_records_carry_with_them(node_client: NodeClient, sandbox: Sandbox) -> None:
    summary = tell("pipedrive_records_story.cjs", node_client, sandbox)
    assert summary == {"field_types": 16, "file_size": 300_000, "picture_sizes": [[128, 128], [512, 512]]}


def test_an_app_is_let_in_refreshes_and_leaves(node_client: NodeClient, sandbox: Sandbox) -> None:
    # How the client sends the browser: without state, and without a type of response.
    browser, app = visitor.over_http(sandbox.url), sandbox.oauth
    page = browser.get("/oauth/authorize", client_id=app["client_id"], redirect_uri=app["redirect_uri"])
    code = browser.submit(page.form("/oauth/consent"), decision="allow").back["code"]
    summary = tell("pipedrive_oauth_story.cjs", node_client, sandbox, code=code, **app)
    asked = summary.pop("authorization_url")
    assert (
        browser.send("GET", asked.removeprefix(sandbox.url)).form("/oauth/consent").fields
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
