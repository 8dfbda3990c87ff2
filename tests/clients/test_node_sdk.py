"""Pipedrive's official Node client, unchanged, against the server."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from scripts.node_client import NodeClient
from tests.sandbox import Sandbox

HERE = Path(__file__).parent
STORY_SECONDS = 120


def tell(story: str, node_client: NodeClient, sandbox: Sandbox) -> dict[str, Any]:
    """Runs a story; the summary with which it ends."""
    told = subprocess.run(
        [node_client.node, HERE / story],
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
