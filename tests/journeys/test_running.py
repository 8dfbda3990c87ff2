"""The commands of the manual for operators, run as they stand there, on other paths."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import empty_postgres_database
from tests.connectors.test_authorization import free_port

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```sh tested\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DOCUMENTED_URL = "postgresql://dealwright:PASSWORD@127.0.0.1/dealwright"
MIN_BLOCKS = 9


def blocks(page: str) -> list[str]:
    return BLOCK.findall((DOCS / page).read_text())


@pytest.fixture(params=["sqlite", "postgresql"])
def places(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Yields what stands in the manual, and what it is here."""
    folders = {path: str(tmp_path / path.strip("/").replace("/", "-")) for path in
               ("/etc/dealwright", "/var/lib/dealwright", "/var/backups/dealwright")}  # fmt: skip
    same = {"127.0.0.1:8000": (address := f"127.0.0.1:{free_port()}"), "_PORT=8000": f"_PORT={address[10:]}"}
    if request.param == "sqlite":
        Path(folders["/var/lib/dealwright"]).mkdir()
        yield (
            {DOCUMENTED_URL: f"{folders['/var/lib/dealwright']}/crm", "$EMPTY_DATABASE": str(tmp_path / "empty")}
            | folders
            | same
        )
        return
    with empty_postgres_database() as url, empty_postgres_database() as empty:
        yield {DOCUMENTED_URL: url, "$EMPTY_DATABASE": empty} | folders | same


def test_the_manual_leads_to_a_server_with_backups(places: dict[str, str], tmp_path: Path) -> None:
    commands = [*blocks("running.md"), *blocks("backup.md")]
    assert len(commands) >= MIN_BLOCKS
    script = "\n".join(commands)
    for documented, here in places.items():
        assert documented in script, documented
        script = script.replace(documented, here)
    # A person waits for the prompt; the server is up when it answers.
    address = places["127.0.0.1:8000"]
    script = script.replace(
        "dealwright serve &",
        f"dealwright serve &\nuntil curl --silent --output /dev/null http://{address}/; do sleep 0.2; done",
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DEALWRIGHT_")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    with (tmp_path / "output").open("w+") as output:
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"trap 'kill $(jobs -p)' EXIT\n{script}"],
            env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False, timeout=300,
        )  # fmt: skip
        output.seek(0)
        said = output.read()
    assert done.returncode == 0, said
    assert '"Pipeline"' in said
    assert "is sound" in said
    assert "is restored" in said
