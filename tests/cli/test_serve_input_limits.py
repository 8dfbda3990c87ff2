"""The limits of what ``dealwright serve`` takes in, as settings and in the log."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from dealwright._limit_log import LimitLog
from dealwright.cli.input_limits import PANEL
from dealwright.cli.serve import serve
from dealwright.server.connections import network_of
from tests.raw_connection import RawConnection, head, statuses
from tests.sandbox import run_sandbox


def test_a_limit_is_logged_once_and_counted_after_that(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr("dealwright._limit_log.time.monotonic", lambda: now)
    limit_log = LimitLog()
    for number in range(500):
        limit_log.report("too many", f"192.0.2.{number}")
    limit_log.report("too slow", "192.0.2.9\nINFO: forged")
    now += 10
    limit_log.report("too many", "192.0.2.7")
    assert [record.getMessage() for record in caplog.records] == [
        "192.0.2.0: too many",
        "192.0.2.9INFO: forged: too slow",
        "192.0.2.7: too many (499 more since the last line)",
    ]


def test_a_network_of_ipv6_addresses_counts_as_one_client() -> None:
    assert network_of("192.0.2.1") != network_of("192.0.2.2")
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1")
    assert network_of("2001:db8::1") == network_of("2001:db8::ffff:0:0:1%eth0") != network_of("2001:db8:0:1::1")


def test_every_limit_is_a_documented_setting() -> None:
    app = typer.Typer()
    app.command()(serve)
    options = [one for one in typer.main.get_command(app).params if getattr(one, "rich_help_panel", None) == PANEL]
    text = (Path(__file__).parents[2] / "docs" / "input-limits.md").read_text()
    assert len(options) == 11
    for option in options:
        assert isinstance(option.envvar, str)
        assert f"| `{option.opts[0]}` | `{option.envvar}` | {option.default:g} |" in text


def test_a_limit_can_be_set_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEALWRIGHT_MAX_TARGET_KB", "1")
    with run_sandbox("--throwaway", "--empty", "--port", "0") as sandbox:
        connection = RawConnection(sandbox.url)
        connection.send(head("GET", f"/v1/stages?x={'y' * 2000}"))
        assert statuses(connection.read_to_end()) == [414]
        connection.close()
