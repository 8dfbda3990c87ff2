"""What mypy, strict, finds in the script of a user: no problem in a right one, and every planted mistake in a wrong one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import dealwright

RIGHT = """
import asyncio
from datetime import UTC, datetime
from pathlib import Path

from dealwright import AsyncClient, Client, run_connection_action

with Client(url="http://localhost:8000", token="token", max_wait=10) as client:
    page = client.v2.deals.list(status="open", owner_id=7, updated_since=datetime.now(UTC))
    titles: list[str] = [deal["title"] for deal in page["data"]]
    deal = client.v2.deals.create(data={"title": "Roof", "value": 12000}, idempotency_key="order-17")["data"]
    client.v2.deals.update(deal["id"], data={"status": "won"})
    client.v2.deals.followers.create(deal["id"], data={"user_id": 7})
    client.v1.deals.merge(7, data={"merge_with_id": 8})
    for person in client.v2.persons.iterate(ids=[1, 2, 3]):
        print(person["name"].upper())
    for found in client.v2.deals.iterate_search(term="roof"):
        print(found["item"]["id"])
    client.v1.files.create(data={"file": Path("offer.pdf"), "deal_id": 7})
    content: bytes = client.v1.files.download(7)
    client.run("get_deals", {"status": "open"})
    client.request("whatever.name")

async def main() -> None:
    async with AsyncClient("sales") as client:
        deal = await client.v2.deals.get(7)
        print(deal["data"]["title"].upper())
        async for one in client.v2.activities.iterate(done=False):
            print(one["subject"])

asyncio.run(main())
run_connection_action("sales", "v1.get_users_me")
"""

WRONG = """
from dealwright import AsyncClient, Client, run_connection_action

client = Client("sales")
client.run("get_dels")
run_connection_action("sales", "post_deal", {})
client.v2.deal.list()
client.v2.deals.lst()
client.v2.deals.list(statu="open")
client.v2.deals.list(status="opened")
client.v2.deals.create(data={"titel": "Roof"})
client.v2.deals.get(7)["data"]["titel"]
client.v2.deals.get("7")
client.v2.deals.update(7, data={"value": "much"})
Client("sales", timeouts=3)
async def main() -> None:
    await AsyncClient("sales").v2.deals.get(7, include_label=True)
"""


def check(*scripts: Path) -> list[str]:
    """Returns what mypy says of scripts of one folder, without a configuration of this project."""
    source = Path(dealwright.__file__).resolve().parents[1]
    checked = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--config-file=",
            f"--cache-dir={scripts[0].parents[1] / 'mypy-cache'}",
            *scripts,
        ],
        env={"MYPYPATH": str(source), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    return [
        line for line in checked.stdout.splitlines() if line.startswith(str(scripts[0].parent)) and ": error:" in line
    ]


def test_a_right_script_passes(tmp_path: Path) -> None:
    script = tmp_path / "right.py"
    script.write_text(RIGHT)
    assert check(script) == []


def test_every_planted_mistake_is_found(tmp_path: Path) -> None:
    script = tmp_path / "wrong.py"
    script.write_text(WRONG)
    found = {int(line.split(":")[1]) for line in check(script)}
    lines = WRONG.splitlines()
    planted = {number for number in range(5, len(lines) + 1) if not lines[number - 1].startswith("async def")}
    assert found == planted
    assert len(planted) >= 10
    # Nobody reads a message that lists all actions.
    assert max(len(line) for line in check(script)) < 600
