"""The commands that use a connection: run, actions, action, connections."""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dealwright.cli import commands, output
from dealwright.connectors.connections import get_connection
from dealwright.contract import catalogue
from dealwright.contract.endpoint import action_name
from tests.cli.command_result import CommandResult, Run
from tests.connectors.service import TOKEN, RecordedRequest, StubResponse, StubService

KEY = "0123456789abcdef0123456789abcdef01234567"


pytestmark = pytest.mark.usefixtures("isolated_user")


def test_a_connection_that_only_reads(run: Run, service: StubService) -> None:
    assert run("connections", "add", "look", "server", "--url", service.url, "--token", TOKEN, "--read-only").code == 0
    assert "only what reads" in run("connections", "show", "look").out
    assert run("run", "get_deals", "-c", "look").code == 0
    refused = run("run", "post_deals", "-c", "look", "-p", "title=Roof")
    assert refused.code == 2
    assert "connection 'look' may not run it: it only reads, and v2.post_deals writes" in refused.err
    assert [request.method for request in service.requests] == ["GET"]


def page_response(*items: object, next_cursor: str | None = None) -> StubResponse:
    return StubResponse(200, {"success": True, "data": list(items), "additional_data": {"next_cursor": next_cursor}})


def test_help(run: Run) -> None:
    result = run("--help")
    assert result.code == 0
    assert "Exit codes: 0 done; 1 the service refused" in " ".join(result.out.split())
    assert all(name in result.out for name in commands.COMMANDS)
    assert "--install-completion" in result.out


@pytest.mark.parametrize("name", ["run", "actions", "action", "connections"])
def test_help_of_a_command(run: Run, name: str) -> None:
    result = run(name, "--help")
    assert result.code == 0
    assert result.out.startswith(f"Usage: dealwright {name}")


def test_an_unknown_command(run: Run) -> None:
    result = run("actoin")
    assert result.code == 2
    assert "'action'" in result.err


# Running actions


def test_parameters(run: Run, service: StubService) -> None:
    result = run("run", "get_deals", "-c", "crm", "-p", "status=open", "-p", "ids=1", "-p", "ids=2")
    assert (result.code, result.err) == (0, "")
    assert json.loads(result.out) == {"success": True, "data": {"id": 1}}
    assert service.requests[0].query == {"status": ["open"], "ids": ["1,2"]}
    assert run("run", "get_deals", "-c", "crm", "-p", "start=3").code == 0
    assert service.requests[1].path == "/v1/deals"


def test_a_body_from_parameters(run: Run, service: StubService) -> None:
    run("run", "post_deals", "-c", "crm", "-p", "title=12", "-p", "value=12.5", "-p", "label_ids=[1,2]")
    run("run", "post_deals", "-c", "crm", "-p", "title=Roof", "-p", f"{KEY}=blue", "--data", '{"value": 1}')
    run("run", "patch_deals_by_id", "-c", "crm", "-p", "id=7", "-d", '{"value": null}')
    assert [(request.path, request.json) for request in service.requests] == [
        ("/api/v2/deals", {"title": "12", "value": 12.5, "label_ids": [1, 2]}),
        ("/v1/deals", {"title": "Roof", KEY: "blue", "value": 1}),
        ("/api/v2/deals/7", {"value": None}),
    ]


def test_a_body_from_a_file_and_from_standard_input(
    run: Run, service: StubService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deal.json").write_text('{"title": "From a file"}')
    run("run", "post_deals", "-c", "crm", "--data", f"@{tmp_path}/deal.json")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"title": "From the input"}')))
    run("run", "post_deals", "-c", "crm", "--data", "@-")
    assert [request.json["title"] for request in service.requests] == ["From a file", "From the input"]


def test_names(run: Run, service: StubService) -> None:
    lists: dict[str, Any] = {
        "/api/v2/dealFields": [
            {"field_code": KEY, "field_name": "Contract term", "field_type": "enum", "is_custom_field": True}
            | {"options": [{"id": 7, "label": "One year"}]}
        ],
        "/v1/users": [{"id": 3, "name": "Ada", "email": "ada@a.example"}],
    }
    deal = {"id": 1, "owner_id": 3, "custom_fields": {KEY: 7}}

    def respond(request: RecordedRequest) -> StubResponse:
        return StubResponse(200, {"success": True, "data": lists.get(request.path, deal)})

    service.responder = respond
    given = ("-p", "title=Roof", "-p", "owner_id=Ada", "-p", "Contract term=One year")
    answered = run("run", "post_deals", "-c", "crm", "--names", *given, "-o", "json")
    assert answered.code == 0, answered.err
    assert json.loads(answered.out)["data"] == {
        "id": 1,
        "owner_id": "Ada",
        "custom_fields": {"Contract term": "One year"},
    }
    [sent] = [request.json for request in service.requests if request.method == "POST"]
    assert sent == {"title": "Roof", "owner_id": 3, "custom_fields": {KEY: 7}}
    refused = run("run", "post_deals", "-c", "crm", "--names", "-p", "title=Roof", "-p", "owner_id=Adda")
    assert refused.code == 2
    assert "there is no user 'Adda'; did you mean 'Ada'?" in refused.err


def test_an_upload(run: Run, service: StubService, tmp_path: Path) -> None:
    (tmp_path / "plan.pdf").write_bytes(b"%PDF")
    run("run", "post_files", "-c", "crm", "-p", f"file=@{tmp_path}/plan.pdf", "-p", "deal_id=7")
    parts = service.requests[0].parts
    assert parts["file"] == ("plan.pdf", "application/pdf", b"%PDF")
    assert parts["deal_id"][2] == b"7"


def test_a_download(run: Run, service: StubService, tmp_path: Path) -> None:
    service.respond_with(StubResponse(200, b"%PDF", {"content-type": "application/pdf"}))
    assert run("run", "get_files_by_id_download", "-c", "crm", "-p", "id=1").out == "%PDF"
    assert run("run", "get_files_by_id_download", "-c", "crm", "-p", "id=1", "--save", f"{tmp_path}/x").out == ""
    assert (tmp_path / "x").read_bytes() == b"%PDF"
    failed = run("run", "get_files_by_id_download", "-c", "crm", "-p", "id=1", "--save", f"{tmp_path}/no/x")
    assert failed.code == 2
    assert "there is no folder" in failed.err
    service.respond_with(StubResponse())
    assert run("run", "v2.get_deals", "-c", "crm", "--save", f"{tmp_path}/y").code == 2


def test_all_pages(run: Run, service: StubService) -> None:
    service.respond_with(page_response({"id": 1}, {"id": 2}, next_cursor="a"), page_response({"id": 3}))
    result = run("run", "get_deals", "-c", "crm", "--all", "-o", "ndjson")
    assert result.out == '{"id":1}\n{"id":2}\n{"id":3}\n'
    service.respond_with(page_response({"id": 1}, next_cursor="a"), page_response({"id": 3}))
    assert json.loads(run("run", "get_deals", "-c", "crm", "--all").out) == [{"id": 1}, {"id": 3}]
    service.respond_with(page_response())
    assert json.loads(run("run", "get_deals", "-c", "crm", "--all", "-o", "json").out) == []


def test_csv_has_the_columns_of_all_rows(run: Run, service: StubService) -> None:
    service.respond_with(
        page_response({"id": 1, "name": 'A "big", one\nof two lines'}, next_cursor="a"),
        page_response({"id": 2, "name": None, "owner": {"id": 1}, "won": True}),
    )
    result = run("run", "get_persons", "-c", "crm", "--all", "-o", "csv")
    assert list(csv.reader(io.StringIO(result.out))) == [
        ["id", "name", "owner", "won"],
        ["1", 'A "big", one\nof two lines', "", ""],
        ["2", "", '{"id":1}', "true"],
    ]


def test_tables(run: Run, service: StubService) -> None:
    service.respond_with(
        page_response({"id": 1, "name": "Röhre 管"}, {"id": 22, "name": "\x1b[31mred\nline", "more": [1]})
    )
    assert run("run", "get_persons", "-c", "crm", "-o", "table").out.splitlines() == [
        "id  name           more",
        "1   Röhre 管",
        "22   [31mred line  [1]",
    ]
    service.respond_with(StubResponse(200, {"success": True, "data": {"id": 1, "name": "Roof"}}))
    assert run("run", "get_deals_by_id", "-p", "id=1", "-c", "crm", "-o", "table").out == "id    1\nname  Roof\n"
    service.respond_with(page_response())
    assert run("run", "get_persons", "-c", "crm", "-o", "table").out == ""


def test_an_empty_answer_prints_nothing(run: Run, service: StubService) -> None:
    service.respond_with(StubResponse(204, b""))
    assert run("run", "v2.get_deals", "-c", "crm", "-o", "table") == CommandResult(0, "", "")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("get_dealz",), "did you mean 'get_deals'"),
        (("get_deals", "-p", "statu=open"), "did you mean 'status'"),
        (("get_deals", "-p", "status"), "not NAME=VALUE"),
        (("v2.get_deals", "-p", "nonsense=1"), "nonsense"),
        (("post_deals", "--data", "{"), "not valid JSON"),
        (("post_deals", "--data", "@/no/such/file"), "No such file"),
        (("post_deals", "--data", "[]", "-p", "title=x"), "no JSON object"),
        (("post_deals", "-p", "value=much"), "title"),
        (("get_deals", "-o", "xml"), "xml"),
    ],
)
def test_a_wrong_call_is_code_2(run: Run, service: StubService, arguments: tuple[str, ...], expected: str) -> None:
    code, out, err = run("run", *arguments, "-c", "crm")
    assert (code, out) == (2, "")
    assert expected in err
    assert "Traceback" not in err
    assert service.requests == []


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (StubResponse(404, {"success": False, "error": "Deal not found"}), 1),
        (StubResponse(401, {"success": False, "error": "unauthorized access"}), 3),
        (StubResponse(429, {"success": False, "error": "request over limit"}), 4),
        (StubResponse(500, b"oops"), 4),
        (StubResponse(None), 4),
    ],
)
def test_codes_of_answers(run: Run, service: StubService, reply: StubResponse, code: int) -> None:
    service.respond_with(reply)
    result = run("run", "get_deals_by_id", "-p", "id=1", "-c", "crm")
    assert (result.code, result.out) == (code, "")
    assert result.err.startswith("Error: v2.get_deals_by_id: ")
    assert len(result.err.splitlines()) == 1


def test_an_unknown_connection_is_code_3(run: Run) -> None:
    result = run("run", "get_deals", "-c", "nowhere")
    assert (result.code, result.err) == (3, "Error: There is no connection 'nowhere'; there is 'local'\n")


# Finding actions


def test_actions(run: Run) -> None:
    result = run("actions", "FOLLOWERS", "deals", "post")
    assert result.code == 0
    assert "v1.post_deals_by_id_followers" in result.out
    assert "v1.post_persons_by_id_followers" not in result.out
    assert len(run("actions").out.splitlines()) == len(catalogue.entries()) + 1
    no_match = run("actions", "no-such-word")
    assert (no_match.code, no_match.out) == (0, "")
    assert "No action" in no_match.err


def test_how_many_actions_there_are(run: Run) -> None:
    # The connector's document has 362, v2 has 71 more today; tokens can be revoked, and n8n makes two calls of its own.
    counts = "433 by the vendor's documents, 362 of them by the connector's; 3 more in no document"
    assert run("actions").err == f"436 actions: {counts}\n"
    assert run("actions", "deals").err == ""
    assert len(listed_actions(run, "--documented")) == 362
    beyond = listed_actions(run, "--beyond")
    assert len(beyond) == 74
    assert beyond.keys() >= catalogue.IN_NO_DOCUMENT
    assert {name for name, row in beyond.items() if row["version"] == "v1"} == {
        "v1.post_oauth_revoke",
        "v1.put_leads_by_id",
    }
    for name, row in listed_actions(run).items():
        # Those that the document does not have are named like their neighbours.
        assert name.removesuffix("_refresh") == f"{row['version']}.{action_name(row['method'], row['path'])}"


def test_lists_of_actions_for_programs(run: Run) -> None:
    found = listed_actions(run, "--version", "v1", "--deprecated", "deals")
    assert found["v1.get_deals"] == {
        "action": "v1.get_deals",
        "version": "v1",
        "method": "GET",
        "path": "/v1/deals",
        "group": "Deals",
        "summary": "List deals that are not archived.",
        "cost": 20,
        "documented": True,
        "deprecated": True,
        "replaced_by": "v2.get_deals",
    }
    assert "v1.get_deals_summary" not in found
    assert "v1.get_deals_summary" in listed_actions(run, "--version", "v1", "--current", "deals")
    assert "v2.get_deals" not in found
    assert run("actions", "--version", "v3").code == 2


def listed_actions(run: Run, *arguments: str) -> dict[str, Any]:
    """Returns the rows of a list of actions, by name."""
    return {row["action"]: row for row in json.loads(run("actions", "-o", "json", *arguments).out)}


def test_action(run: Run) -> None:
    output = run("action", "v2.patch_deals_by_id").out
    assert "v2.patch_deals_by_id  PATCH /api/v2/deals/{id}" in output
    assert "id (integer, required)" in output
    assert "status (open | won | lost)" in output
    assert "Costs 5 tokens of the daily budget; needs one of the scopes deals:full." in output
    both = run("action", "get_deals").out
    assert both.index("v2.get_deals") < both.index("v1.get_deals")
    assert "Deprecated; use v2.get_deals." in both
    assert "dealwright run v1.post_files -p file=@photo.png" in run("action", "post_files").out
    unknown = run("action", "get_dealz")
    assert unknown.code == 2
    assert "get_deals" in unknown.err


def test_every_action_can_be_explained_and_its_example_is_valid() -> None:
    from dealwright.cli.explain import explain
    from dealwright.cli.parameters import parse_parameters
    from dealwright.connectors import InvalidParams
    from dealwright.connectors.calls import prepare

    refused = []
    for entry in catalogue.entries().values():
        text = explain(entry)
        python = next(line for line in text.splitlines() if "run_connection_action(" in line)
        shell = next(line for line in text.splitlines() if "dealwright run" in line)
        params = eval(python.strip(), {"run_connection_action": lambda _, __, params=None: params})
        try:
            if "photo.png" not in python:
                prepare(entry.qualified_name, params)
                words = shlex.split(shell)[3:]
                pairs = [words[index + 1] for index, word in enumerate(words) if word == "-p"]
                data = words[words.index("--data") + 1] if "--data" in words else None
                prepare(entry.qualified_name, parse_parameters(entry.qualified_name, pairs, data))
        except InvalidParams as error:
            refused.append(str(error))
    assert refused == []


# Connections


def test_connections(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("connections", "add", "sales", "pipedrive", "--domain", "acme", "--token", TOKEN).code == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{TOKEN}\n"))
    assert run("connections", "add", "crm", "server", "--url", "http://localhost:8000", "--token", "-").code == 0
    assert run("connections", "add", "sandbox", "embedded", "--folder", str(tmp_path)).code == 0
    assert json.loads(run("connections", "list", "-o", "json").out) == [
        {"name": "crm", "kind": "server", "address": "http://localhost:8000", "from": "store"},
        {"name": "local", "kind": "embedded", "address": "this machine's own data folder", "from": "default"},
        {"name": "sales", "kind": "pipedrive", "address": "https://acme.pipedrive.com", "from": "store"},
        {"name": "sandbox", "kind": "embedded", "address": f"folder {tmp_path.resolve()}", "from": "store"},
    ]
    assert get_connection("crm").token == TOKEN
    shown = run("connections", "show", "sales").out
    assert "…4567" in shown
    assert TOKEN not in shown
    assert run("connections", "remove", "sales").code == 0
    assert run("connections", "show", "sales").code == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", "x", "server", "--token", "t"), 2),
        (("add", "x", "embedded", "--token", "t"), 2),
        (("add", "x", "pipedrive", "--url", "http://x", "--token", "t"), 2),
        (("add", "x", "elsewhere"), 2),
        (("add", "x", "pipedrive"), 2),
        (("add", "x", "server", "--url", "nonsense", "--token", "t"), 3),
        (("remove", "x"), 3),
        (("show", "x"), 3),
        (("test", "x"), 3),
    ],
)
def test_wrong_connections(run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    result = run("connections", *arguments)
    assert result.code == code
    assert "Traceback" not in result.err


def test_replacing_a_connection(run: Run) -> None:
    first = ("connections", "add", "sales", "pipedrive", "--token")
    assert run(*first, "one").code == 0
    assert run(*first, "two").code == 3
    assert run(*first, "two", "--replace").code == 0
    assert get_connection("sales").token == "two"


def test_testing_a_connection(run: Run, service: StubService) -> None:
    service.respond_with(StubResponse(200, {"success": True, "data": {"name": "Ada", "company_name": "Acme"}}))
    result = run("connections", "test", "crm")
    assert result.code == 0
    assert result.out.startswith("crm works: Ada at Acme, ")
    assert service.requests[0].path == "/v1/users/me"
    service.respond_with(StubResponse(401, {"success": False, "error": "unauthorized access"}))
    assert run("connections", "test", "crm").code == 3


# The program as a whole


def test_without_the_server() -> None:
    without = "import sys; sys.modules['sqlalchemy'] = None; from dealwright.cli import main; sys.exit(main(['serve']))"
    result = subprocess.run([sys.executable, "-c", without], capture_output=True, text=True, check=False)
    assert result.returncode == 3
    assert re.search(r'pip install "(/.*|dealwright)\[server\]"', result.stderr)


def test_every_command_can_be_loaded(run: Run) -> None:
    for name in commands.COMMANDS:
        assert run(name, "--help").code == 0


def run_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dealwright", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_closed_pipe_is_no_error() -> None:
    shell = f"{sys.executable} -m dealwright actions | head -1; exit ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)
    assert result.stdout.startswith("action")
    assert "Traceback" not in result.stderr
    assert "BrokenPipe" not in result.stderr


def test_completion_of_names() -> None:
    words = "dealwright run get_deals_by_id_foll"
    result = run_process(_DEALWRIGHT_COMPLETE="complete_bash", COMP_WORDS=words, COMP_CWORD="2")
    assert "get_deals_by_id_followers" in result.stdout.split()
    result = run_process(_DEALWRIGHT_COMPLETE="complete_bash", COMP_WORDS="dealwright conn", COMP_CWORD="1")
    assert result.stdout.split() == ["connect", "connections"]


def run_on_terminal(*arguments: str) -> tuple[str, str]:
    """What a command writes to a terminal, as standard output, and to standard error."""
    import pty

    controller, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "dealwright", *arguments],
        env={**os.environ, "COLUMNS": "80", "LINES": "24"},
        stdout=terminal,
        stderr=subprocess.PIPE,
        text=True,
    ) as running_process:
        os.close(terminal)
        out = b""
        try:
            while chunk := os.read(controller, 4096):
                out += chunk
        except OSError:  # Linux raises this when the other end is closed.
            pass
        assert running_process.stderr is not None
        err = running_process.stderr.read()
    os.close(controller)
    return out.decode(), err


CONTROL_CHARACTERS = "\x1b]0;title\x07\x9b2J\u202e\x7f\x08\r"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("format", ["table", "json", "ndjson", "csv"])
def test_a_terminal_obeys_no_service(service: StubService, format: str) -> None:
    def control_characters_in(text: str) -> set[str]:
        # A terminal puts a carriage return before each new line; headers are bold.
        plain = text.replace("\r\n", "\n").replace("\x1b[1m", "").replace("\x1b[0m", "")
        return set(CONTROL_CHARACTERS) & {c for c in plain if not c.isprintable() and c != "\n"}

    service.respond_with(page_response({"id": 1, CONTROL_CHARACTERS: f"a{CONTROL_CHARACTERS}b"}))
    for more in ((), ("--all",)):
        out, _ = run_on_terminal("run", "v2.get_deals", "-c", "crm", "-o", format, *more)
        assert "title" in out
        assert control_characters_in(out) == set()
    service.respond_with(StubResponse(400, {"success": False, "error": f"no{CONTROL_CHARACTERS}"}))
    out, err = run_on_terminal("run", "v2.get_deals", "-c", "crm", "-o", format)
    assert "Error: " in err
    assert control_characters_in(out + err) == set()


WRITERS = ("print", "typer.echo", "sys.stdout.write", "sys.stderr.write")


def test_commands_write_by_one_module_only() -> None:
    found = []
    for file in sorted(Path(output.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in WRITERS and file.name != "output.py":
                found.append(f"{file.name}:{node.lineno}")
    assert found == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_on_a_terminal(service: StubService) -> None:
    service.respond_with(
        page_response({"id": 1, "name": "x" * 100, **{f"column_{number}": "value" for number in range(20)}})
    )
    out, err = run_on_terminal("run", "v2.get_deals", "-c", "crm")
    header, row = out.splitlines()
    assert header.startswith("\x1b[1mid  name")
    assert "…" in row
    assert len(row) <= 80
    assert "more columns; -o json shows all of them" in err


def test_starting_imports_little() -> None:
    code = (
        "import sys\n"
        "from dealwright.cli import main\n"
        "main(['actions', 'deals'])\n"
        "heavy = ('httpx2', 'cryptography', 'keyring', 'asyncio', 'sqlalchemy', 'starlette', 'uvicorn')\n"
        "print([name for name in sys.modules if name.partition('.')[0] in heavy], file=sys.stderr)\n"
        "print([name for name in sys.modules if name.startswith('dealwright.contract.v')], file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stderr.splitlines() == ["[]", "['dealwright.contract.values']"]


def test_show_prints_the_budget(run: Run, service: StubService) -> None:
    headers = {"x-daily-ratelimit-token-limit": "30000", "x-daily-ratelimit-token-remaining": "29999"}
    service.respond_with(StubResponse(headers=headers))
    run("run", "v2.get_deals_by_id", "-p", "id=1", "-c", "crm")
    shown = run("connections", "show", "crm").out
    assert "1 tokens in 1 requests" in shown
    assert "29999 of 30000 tokens" in shown
