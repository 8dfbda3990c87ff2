"""Columns of answers: asked for by name, objects taken apart, and what a terminal shows first."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.cli.command_result import Run
from tests.cli.test_client_commands import page_response, run_on_terminal
from tests.connectors.service import RecordedRequest, StubResponse, StubService

KEY = "0123456789abcdef0123456789abcdef01234567"
DEAL: dict[str, Any] = {
    "is_deleted": False,
    "id": 1,
    "org_id": 7,
    "title": "Roof, large",
    "next": None,
    "custom_fields": {KEY: "red", "x": {"value": 5, "currency": "EUR"}},
    "tags": ["a", "b"],
}


pytestmark = pytest.mark.usefixtures("isolated_user")


def respond(request: RecordedRequest) -> StubResponse:
    if request.path == "/api/v2/organizations":
        return page_response({"id": 7, "name": "Acme"})
    if request.path == "/api/v2/deals/1":
        return StubResponse(200, {"success": True, "data": DEAL})
    return page_response(DEAL, {**DEAL, "id": 2, "org_id": None})


def test_columns_are_chosen_in_every_format(run: Run, service: StubService) -> None:
    service.responder = respond
    given = ("run", "get_deals", "-c", "crm", "--columns", f"title,id,{KEY},x.currency")
    for more in ((), ("--all",)):
        assert run(*given, *more, "-o", "csv").out == (
            f'title,id,{KEY},x.currency\n"Roof, large",1,red,EUR\n"Roof, large",2,red,EUR\n'
        )
        assert run(*given, *more, "-o", "tsv").out.splitlines()[1] == "Roof, large\t1\tred\tEUR"
        rows = [json.loads(line) for line in run(*given, *more, "-o", "ndjson").out.splitlines()]
        assert list(rows[0]) == ["title", "id", KEY, "x.currency"]
        assert json.loads(run(*given, *more, "-o", "json").out) == rows
    one = ("run", "get_deals_by_id", "-p", "id=1", "-c", "crm", "--columns", "id,title")
    assert json.loads(run(*one, "-o", "json").out) == {"id": 1, "title": "Roof, large"}
    assert run(*one, "-o", "table").out == "id     1\ntitle  Roof, large\n"


def test_a_column_is_the_name_of_what_an_id_stands_for(run: Run, service: StubService) -> None:
    service.responder = respond
    result = run("run", "get_deals", "-c", "crm", "--columns", "id,org.name", "-o", "csv")
    assert result.out == "id,org.name\n1,Acme\n2,\n", result.err
    assert [request.path for request in service.requests] == ["/api/v2/deals", "/api/v2/organizations"]


def test_a_column_that_there_is_not(run: Run, service: StubService) -> None:
    service.responder = respond
    refused = run("run", "get_deals", "-c", "crm", "--columns", "id,titel", "-o", "csv")
    assert (refused.code, refused.out) == (2, "")
    assert "v2.get_deals answers no 'titel'; did you mean 'title'? There are: " in refused.err
    assert run("run", "get_deals", "-c", "crm", "--columns", " , ").code == 2
    # What has been written is told, whatever is asked of the answer.
    service.responder = lambda _: StubResponse(200, {"success": True, "data": DEAL})
    made = run("run", "post_deals", "-c", "crm", "-p", "title=x", "--columns", "id,titel", "-o", "json")
    assert json.loads(made.out) == {"id": 1, "titel": None}
    before = len(service.requests)
    file = run("run", "get_files_by_id_download", "-p", "id=1", "-c", "crm", "--columns", "id")
    assert file.code == 2
    assert "has no columns" in file.err
    assert len(service.requests) == before


def test_objects_are_taken_apart(run: Run, service: StubService) -> None:
    service.responder = respond
    result = run("run", "get_deals", "-c", "crm", "--flatten", "-o", "csv")
    assert result.out.splitlines()[:2] == [
        f"is_deleted,id,org_id,title,next,{KEY},x.value,x.currency,tags",
        'false,1,7,"Roof, large",,red,5,EUR,"[""a"",""b""]"',
    ]
    deep: Any = 1
    for _ in range(100):
        deep = {"a": deep}
    service.responder = lambda _: page_response({"id": 1, "title": "own", "custom_fields": {"title": "2"}, "d": deep})
    [row] = json.loads(run("run", "get_deals", "-c", "crm", "--flatten", "-o", "json").out)
    assert (row["title"], row["custom_fields.title"]) == ("own", "2")
    assert f"d{'.a' * 8}" in row


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_a_terminal_shows_what_tells_most_first(service: StubService) -> None:
    service.responder = respond
    out, _ = run_on_terminal("run", "v2.get_deals", "-c", "crm")
    assert out.splitlines()[0].startswith("\x1b[1mid  title        org_id  is_deleted")
    found = {"items": [{"result_score": 0.5, "item": {"type": "deal", "title": "Roof", "id": 3}}]}
    service.responder = lambda _: StubResponse(200, {"success": True, "data": found})
    out, _ = run_on_terminal("run", "get_deals_search", "-p", "term=roof", "-c", "crm")
    assert [line.split() for line in out.replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines()] == [
        ["item.id", "item.title", "item.type", "result_score"],
        ["3", "Roof", "deal", "0.5"],
    ]
