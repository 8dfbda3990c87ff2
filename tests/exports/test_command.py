"""``dealwright export``, and the page about it."""

from __future__ import annotations

import json
import shlex
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dealwright.cli import completion
from dealwright.connectors import Client, connections
from dealwright.connectors.exports import export
from tests.cli.command_result import Run
from tests.cli.conftest import run
from tests.connectors.isolated_user import isolated_environment
from tests.connectors.service import TOKEN, RecordedRequest, StubResponse, run_service
from tests.exports.test_archive import fill

__all__ = ["run"]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "import-export.md"


@pytest.fixture(autouse=True)
def isolated_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "user").mkdir()
    with isolated_environment(tmp_path / "user"):
        (tmp_path / "work").mkdir()
        monkeypatch.chdir(tmp_path / "work")
        yield


def test_a_file_and_standard_output(run: Run) -> None:
    with Client() as client:
        client.run("v2.post_deals", {"data": {"title": "Häfen", "value": 3}})
    done = run("export", "deals", "--to", "deals.csv", "--columns", "title,value")
    assert (done.code, done.out, done.err) == (0, "", "1 deals in deals.csv\n")
    assert Path("deals.csv").read_bytes() == "Title,Value\r\nHäfen,3\r\n".encode()
    done = run("export", "deals", "--to", "-", "--columns", "Title", "--names")
    assert (done.code, done.out, done.err) == (0, '{"Title":"Häfen"}\n', "")
    done = run("export", "deals", "--to", "-", "--columns", "Title", "--format", "csv")
    assert (done.code, done.out.splitlines()) == (0, ["Title", "Häfen"])


def test_everything(run: Run) -> None:
    with Client() as client:
        fill(client)
    done = run("export", "all", "--to", "all.zip")
    assert done.code == 0, done.err
    assert done.err.endswith(" kinds in all.zip\n")
    with zipfile.ZipFile("all.zip") as archive:
        assert json.loads(archive.read("manifest.json"))["version"] == 1


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("dels", "--to", "x.csv"), "did you mean 'deals'?"),
        (("deals", "--to", "x.txt"), "'txt' is no format of a table"),
        (("deals", "--to", "x.csv", "--columns", "Titel"), "no column 'Titel'; did you mean 'Title'?"),
        (("deals", "--to", "x.csv", "--filter", "None such"), "no saved filter 'None such'."),
        (("deals", "--to", "none/x.csv"), "cannot be written"),
        (("all", "--to", "x.csv"), "everything goes into a ZIP: --to x.zip"),
        (("all", "--to", "x.zip", "--names"), "'all' takes --to and -c only"),
    ],
)
def test_what_is_wrong_is_said_and_no_file_written(run: Run, arguments: tuple[str, ...], problem: str) -> None:
    done = run("export", *arguments)
    assert done.code == 2
    assert problem in " ".join(done.err.replace("│", " ").split())
    assert list(Path().iterdir()) == []


def respond(request: RecordedRequest) -> StubResponse:
    """Answers as a service with 1,500 deals in pages of 500, each of a person of its own."""
    none: dict[str, object] = {"success": True, "data": [], "additional_data": {"next_cursor": None}}
    if request.path.endswith("/dealFields"):
        return StubResponse(200, none)
    if request.path.endswith("/persons"):
        people = [{"id": int(id), "name": f"P{id}"} for id in request.query["ids"][0].split(",")]
        return StubResponse(200, {**none, "data": people})
    start = int(request.query.get("cursor", ["0"])[0])
    deals = [{"id": start + at, "title": "D", "person_id": start + at + 1} for at in range(500)]
    following = str(start + 500) if start < 1000 else None
    return StubResponse(200, {"success": True, "data": deals, "additional_data": {"next_cursor": following}})


def test_a_service_is_asked_in_few_calls(run: Run) -> None:
    """Large pages, and names for a hundred records in one call."""
    with run_service() as service:
        service.responder = respond
        connections.add(connections.server("crm", service.url, TOKEN))
        done = run("export", "deals", "-c", "crm", "--to", "-", "--columns", "id,person_id", "--names")
    assert done.code == 0, done.err
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert rows == [{"ID": id, "Person id": f"P{id + 1}"} for id in range(1500)]
    paths = [request.path.rpartition("/")[2] for request in service.requests]
    assert (paths.count("dealFields"), paths.count("deals"), paths.count("persons")) == (1, 3, 15)
    assert all(request.query["limit"] == ["500"] for request in service.requests if request.path.endswith("/deals"))


@pytest.mark.parametrize("format", ["csv", "ndjson", "xlsx", "parquet"])
def test_a_page_is_written_before_the_next_is_asked_for(tmp_path: Path, format: str) -> None:
    with run_service() as service, Client(connections.server("crm", service.url, TOKEN)) as client:
        service.responder = respond
        asked: list[tuple[int, int]] = []

        def note(count: int) -> None:
            asked.append((count, sum(request.path.endswith("/deals") for request in service.requests)))

        export(client, "deals", tmp_path / f"deals.{format}", on_count=note)
    assert asked == [(500, 1), (1000, 2), (1500, 3)]


def test_kinds_are_completed() -> None:
    assert completion.export_kinds("a") == ["all", "activities", "activityFields", "activityTypes"]


def commands() -> list[str]:
    """Returns the commands of the page, in their order."""
    blocks = PAGE.read_text(encoding="utf-8").split("```sh tested\n")[1:]
    lines = [line for block in blocks for line in block.partition("```")[0].splitlines()]
    return [line.partition("  #")[0].strip() for line in lines if line.startswith("dealwright ")]


def test_the_commands_of_the_page(run: Run) -> None:
    with Client() as client:
        fill(client)
        connections.add(connections.embedded("sales"))
        client.run("v1.post_filters", {"data": {"name": "Big ones", "type": "deals", "conditions": _any_value()}})
    assert len(commands()) >= 8
    for command in commands():
        line, _, target = command.partition(" > ")
        done = run(*shlex.split(line)[1:])
        assert done.code == 0, (command, done.err)
        assert not target or done.out


def test_the_python_of_the_page() -> None:
    with Client() as client:
        fill(client)
        connections.add(connections.embedded("sales"))
    [code] = [block.partition("```")[0] for block in PAGE.read_text(encoding="utf-8").split("```python\n")[1:]]
    exec(compile(code, str(PAGE), "exec"), {})
    assert {path.name for path in Path().iterdir()} == {"deals.xlsx", "everything.zip"}


def _any_value() -> dict[str, object]:
    with Client() as client:
        fields = {one["key"]: one["id"] for one in client.iterate("v1.get_deal_fields", {"limit": 500})}
    condition = {"object": "deal", "field_id": str(fields["value"]), "operator": ">=", "value": "0"}
    return {
        "glue": "and",
        "conditions": [{"glue": "and", "conditions": [condition]}, {"glue": "or", "conditions": []}],
    }
