"""Options of ``run`` about how an action is run: asked for first, once, how often, at what cost, and told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.command_result import Run
from tests.cli.test_client_commands import page_response
from tests.connectors.service import TOKEN, StubResponse, StubService

pytestmark = pytest.mark.usefixtures("isolated_user")


def run_with_keyboard(answer: str, *arguments: str) -> tuple[int, str]:
    """Runs a command whose standard input is a terminal; returns its exit code and standard error."""
    import pty

    controller, terminal = pty.openpty()
    os.write(controller, answer.encode())
    done = subprocess.run(
        [sys.executable, "-m", "dealwright", *arguments],
        stdin=terminal, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    os.close(controller)
    os.close(terminal)
    return done.returncode, done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize(
    "call",
    [
        ("delete_deals_by_id", "-p", "id=7"),
        ("put_deals_by_id_merge", "-p", "id=7", "-p", "merge_with_id=8"),
    ],
)
def test_a_terminal_asks_before_it_deletes_or_merges(service: StubService, call: tuple[str, ...]) -> None:
    code, err = run_with_keyboard("n\n", "run", *call, "-c", "crm")
    assert code == 1
    assert f"{call[0]} on 'crm': " in err
    assert "Go on?" in err
    assert service.requests == []
    assert run_with_keyboard("y\n", "run", *call, "-c", "crm")[0] == 0
    assert len(service.requests) == 1
    code, err = run_with_keyboard("", "run", *call, "-c", "crm", "--yes")
    assert (code, "Go on?" in err) == (0, False)
    code, err = run_with_keyboard("", "run", "patch_deals_by_id", "-p", "id=7", "-p", "title=x", "-c", "crm")
    assert (code, "Go on?" in err) == (0, False)


def test_nothing_is_asked_without_a_terminal(run: Run, service: StubService, monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open() as nothing:
        monkeypatch.setattr(sys, "stdin", nothing)
        assert run("run", "delete_deals_by_id", "-p", "id=7", "-c", "crm").code == 0
    assert [request.method for request in service.requests] == ["DELETE"]


def test_a_key_creates_something_once(run: Run, service: StubService) -> None:
    service.responder = lambda _: StubResponse(200, {"success": True, "data": {"id": len(service.requests)}})
    given = ("run", "post_deals", "-c", "crm", "-p", "title=Order 17", "--idempotency-key", "17", "--found-by", "title")
    assert run(*given).out == run(*given).out
    assert len(service.requests) == 1
    refused = run("run", "get_deals", "-c", "crm", "--all", "--idempotency-key", "17")
    assert refused.code == 2
    assert "creates nothing" in refused.err


def test_a_call_costs_no_more_than_it_may(run: Run, service: StubService) -> None:
    refused = run("run", "v2.get_deals", "-c", "crm", "--max-cost", "9")
    assert refused.code == 2
    assert service.requests == []
    service.responder = lambda _: page_response({"id": 1}, next_cursor=str(len(service.requests)))
    walked = run("run", "v2.get_deals", "-c", "crm", "--all", "--max-cost", "25", "-o", "ndjson")
    assert (walked.code, walked.out.count("\n")) == (2, len(service.requests))
    assert len(service.requests) == 2


def test_how_often_a_call_is_sent_again(run: Run, service: StubService) -> None:
    service.responder = lambda _: StubResponse(500, b"oops")
    assert run("run", "v2.get_deals", "-c", "crm", "--retries", "0").code == 4
    assert len(service.requests) == 1
    assert run("run", "v2.get_deals", "-c", "crm", "--retries", "-1").code == 2


def test_calls_are_told_without_tokens(run: Run, service: StubService) -> None:
    headers = {"x-daily-ratelimit-token-remaining": "29999", "set-cookie": "session=hunter2", "x-odd": "a\x1b[2Jb"}
    service.respond_with(
        StubResponse(429, {}, {"retry-after": "0"}), StubResponse(200, {"success": True, "data": []}, headers)
    )
    result = run("run", "v2.get_deals", "-c", "crm", "-p", "status=open", "--verbose")
    assert json.loads(result.out) == {"success": True, "data": []}
    told = result.err.splitlines()
    assert f"> GET {service.url}/api/v2/deals?status=open" in told
    assert any(line.startswith("< 429 ") for line in told)
    assert any("is sent again in " in line for line in told)
    assert any(line.startswith("< 200 ") for line in told)
    assert "< x-daily-ratelimit-token-remaining: 29999" in told
    assert "< set-cookie: [redacted]" in told
    assert [part for part in (TOKEN, "hunter2", "\x1b") if part in result.err] == []
    assert run("run", "v2.get_deals", "-c", "crm").err == ""
