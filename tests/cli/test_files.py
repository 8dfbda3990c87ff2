"""Files pass through connector and command line unchanged."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from dealwright import cli, run_connection_action
from tests.connectors.isolated_user import isolated_environment

CONTENT = random.Random(1).randbytes(700_000) + b"\r\n\0\x1a"


@pytest.fixture(autouse=True)
def isolated_user(tmp_path: Path) -> Iterator[None]:
    with isolated_environment(tmp_path):
        yield


def test_a_file_goes_through_the_connector_and_back(tmp_path: Path) -> None:
    path = tmp_path / "Angebot Nº 1.pdf"
    path.write_bytes(CONTENT)
    with path.open("rb") as opened:
        for upload in (path, str(path), CONTENT, (path.name, CONTENT), opened):
            file = run_connection_action("local", "post_files", {"data": {"file": upload}})["data"]
            assert file["name"] == ("file" if upload is CONTENT else path.name)
            assert run_connection_action("local", "get_files_by_id_download", {"id": file["id"]}) == CONTENT


def test_a_file_goes_through_the_command_line_and_back(
    tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    path, saved = tmp_path / "report.bin", tmp_path / "saved.bin"
    path.write_bytes(CONTENT)
    assert cli.main(["run", "post_deals", "-p", "title=Roof"]) == 0
    capsysbinary.readouterr()
    assert cli.main(["run", "post_files", "-p", f"file=@{path}", "-p", "deal_id=1", "-o", "json"]) == 0
    file = json.loads(capsysbinary.readouterr().out)["data"]
    assert (file["name"], file["deal_name"], file["file_size"]) == ("report.bin", "Roof", len(CONTENT))
    assert cli.main(["run", "get_files_by_id_download", "-p", "id=1", "--save", str(saved)]) == 0
    assert saved.read_bytes() == CONTENT
    capsysbinary.readouterr()
    assert cli.main(["run", "get_files_by_id_download", "-p", "id=1"]) == 0
    assert capsysbinary.readouterr().out == CONTENT
