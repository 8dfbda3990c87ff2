"""Pipedrive's official Node client, unchanged, against the server."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from scripts.node_client import NodeClient
from tests.sandbox import Sandbox

STORY = Path(__file__).with_name("pipedrive_story.cjs")
STORY_SECONDS = 120


def test_a_deal_from_first_contact_to_won(node_client: NodeClient, sandbox: Sandbox) -> None:
    told = subprocess.run(
        [node_client.node, STORY],
        env=os.environ
        | {
            "NODE_PATH": str(node_client.node_path),
            "DEALWRIGHT_URL": sandbox.url,
            "DEALWRIGHT_TOKEN": sandbox.api_token,
        },
        check=False,
        capture_output=True,
        text=True,
        timeout=STORY_SECONDS,
    )
    assert told.returncode == 0, told.stderr
    summary = json.loads(told.stdout.splitlines()[-1])
    assert summary["deal"]["status"] == "won"
    assert (summary["deal"]["value"], summary["deal"]["currency"]) == (1250.5, "EUR")
    assert summary["company_domain"] == sandbox.company_domain
    assert summary["offset_pages"] == [100, 100, 50]
    assert summary["cursor_pages"] == [100, 100, 50]
