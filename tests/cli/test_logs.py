"""Lines of the log: no secret gets into one and no stranger forges one, whoever logs, in both forms."""

from __future__ import annotations

import io
import json
import logging
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import quote

import pytest
import typer

from dealwright._redaction import SECRET_NAMES
from dealwright.cli import log_options, log_redaction, logs, metrics_options
from dealwright.cli.log_options import LogFormat
from dealwright.cli.serve import serve
from dealwright.cli.worker import worker
from dealwright.contract import catalogue
from dealwright.server import application, oauth, openapi, public_images
from dealwright.server.requests import Request
from tests.api import Api
from tests.growth.growth import assert_linear

FORMATS = list(LogFormat)
LINE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z \[(debug|info|warning|error)\] ")
FORGED = "x\n2026-01-01T00:00:00.000000Z [info] forged\r\x1b[31m\u2028\u202e"


@contextmanager
def recorded(format: LogFormat, level: int = logging.DEBUG) -> Iterator[io.StringIO]:
    """Yields what is written to the log during the block."""
    stream = io.StringIO()
    handler = logs.create_handler(format, stream)
    root, ours = logging.getLogger(), logging.getLogger("dealwright")
    levels = root.level, ours.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    ours.setLevel(level)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        root.setLevel(levels[0])
        ours.setLevel(levels[1])


def check_lines(text: str, format: LogFormat) -> int:
    """Returns how many lines there are. Fails when one is none of the log's, or has characters that a terminal obeys."""
    lines = text.split("\n")[:-1]
    count = 0
    for line in lines:
        assert line.isprintable(), repr(line)
        if format is LogFormat.JSON:
            assert "event" in json.loads(line)
        elif line.startswith("  | "):
            continue
        else:
            assert LINE.match(line), repr(line)
        count += 1
    return count


SECRETS = {
    "api token": "0123456789abcdef0123456789abcdef01234567",
    "access token": "v1u:Qx-7_tokenThatIsSecret",
    "cookie": "cookie-value-that-is-secret",
    "password": 'pass"phrase\n with ü that is secret',
    "client secret": "client/secret+of=an~app",
    "code": "1.2.code-that-is-secret",
    "refresh token": "1:2:refresh-token-that-is-secret",
    "webhook password": "hook pass that is secret",
}


def fail_with_secrets(*arguments: object) -> None:
    """Raises an error with all that came with the request, in all the ways in which an error may show it."""
    request = arguments[-1]
    assert isinstance(request, Request)
    texts = [
        FORGED,
        *(value.decode("latin-1") for value in request.headers.values()),
        *request.query.values(),
        *([*SECRETS.values()] if request.body is not None else []),
    ]
    error = RuntimeError(" / ".join(texts), request.headers, request.query, request.body, json.dumps(request.body))
    error.add_note(" / ".join(texts))
    error.add_note("postgresql://dealwright:hunter2-secret@db.example/x?api_token=0123456789")
    raise error


def requests_with_secrets(token: str) -> Iterator[tuple[str, str, dict[str, str], str, dict[str, object]]]:
    """Yields method, path, headers, query and body for every endpoint, with secrets wherever they may be."""
    body: dict[str, object] = {
        "token": [SECRETS["api token"], SECRETS["access token"]],
        "cookie": SECRETS["cookie"],
        "name": FORGED,
        "password": SECRETS["password"],
        "client_secret": SECRETS["client secret"],
        "nested": [{"code": SECRETS["code"], "refresh_token": [SECRETS["refresh token"]]}],
        "http_auth_password": SECRETS["webhook password"],
    }
    basic = b64encode(f"client:{SECRETS['client secret']}".encode()).decode()
    paths = {(entry.method, entry.path) for entry in catalogue.entries().values()}
    paths |= {(method, path) for path, method in oauth.METHODS.items()}
    paths |= {("GET", path) for path in (*openapi.PATHS, "/nothing", "/health", "/ready")}
    paths |= {("GET", f"{public_images.PREFIX}tests/pictures/{SECRETS['api token']}_128.jpg")}
    for method, template in sorted(paths):
        path = re.sub(r"\{\w+\}", "1", template)
        query = f"api_token={SECRETS['api token']}&code={quote(SECRETS['code'])}&term={quote(FORGED)}"
        cookies = {"cookie": f"dealwright={SECRETS['cookie']}; other=1"}
        yield method, path, {"x-api-token": token, **cookies}, query, body
        yield method, path, {"x-api-token": SECRETS["api token"], **cookies}, query, body
        yield method, path, {"x-api-token": "", "authorization": f"Bearer {SECRETS['access token']}"}, "", body
        yield method, path, {"x-api-token": "", "authorization": f"Basic {basic}"}, query, body
        yield method, path + "/" + quote(FORGED), {"x-api-token": token}, query, body


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
@pytest.mark.parametrize("format", FORMATS)
def test_no_endpoint_lets_a_secret_into_the_log(api: Api, format: LogFormat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "_arguments", fail_with_secrets)
    monkeypatch.setattr(oauth, "handle", fail_with_secrets)
    monkeypatch.setattr(public_images, "get_image", fail_with_secrets)
    faults = 0
    with recorded(format) as stream:
        for method, path, headers, query, body in requests_with_secrets(api.token):
            try:
                api.send(method, path, json.dumps(body).encode(), headers=headers, raw_query=query.encode())
            except AssertionError:
                faults += 1
    text = stream.getvalue()
    assert faults > 300
    assert text.count("RuntimeError") >= faults
    assert check_lines(text, format) > faults
    for name, secret in (*SECRETS.items(), ("token of the request", api.token), ("database", "hunter2-secret")):
        for form in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], log_redaction.escape(secret)):
            assert form not in text, name


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", sorted(SECRET_NAMES))
def test_values_with_a_secret_name_are_left_out(format: LogFormat, name: str) -> None:
    secret = "Zq7-value-that-is-secret"
    log = logging.getLogger("dealwright.tests")
    with recorded(format) as stream:
        log.warning("a %s=%s", name, secret)
        log.warning('body {"%s": "%s", "x": 1}', name, secret)
        log.warning("%r", {name: secret})
        log.warning("query ?a=b&%s=%s&c=d", name, secret)
        log.warning("extra", extra={name: secret, "members": {"inner": [{name: secret}]}})
    assert secret not in stream.getvalue()
    assert check_lines(stream.getvalue(), format) == 5


@pytest.mark.parametrize("format", FORMATS)
def test_nobody_forges_a_line(format: LogFormat) -> None:
    log = logging.getLogger("some.library")
    with recorded(format) as stream:
        log.warning(FORGED)
        log.warning("%s", FORGED, extra={"address": FORGED, "list": [FORGED], FORGED: FORGED})
        try:
            raise ValueError(FORGED)
        except ValueError:
            log.exception("failed")
        log.warning("\ud800 lonely")
    assert check_lines(stream.getvalue(), format) == 4


@pytest.mark.parametrize("unit", ["password=", "://", "bearer ", "x", '"'])
def test_lines_are_bounded_and_made_in_linear_time(unit: str) -> None:
    log = logging.getLogger("dealwright.tests")

    def prepare(length: int) -> Callable[[], object]:
        text = unit * (length // len(unit))

        def write() -> None:
            with recorded(LogFormat.JSON) as stream:
                log.warning("%s", text)
            assert len(stream.getvalue()) < 40_000

        return write

    assert_linear(prepare, 500_000, unit)


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_a_line_of_a_request_says_whose_it_is(api: Api) -> None:
    with recorded(LogFormat.JSON) as stream:
        answer = api.get("/api/v2/deals", limit=1)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    [line] = [line for line in lines if line["event"] == "request"]
    assert line["correlation_id"] == answer.headers["x-correlation-id"]
    found = {name: line[name] for name in ("level", "method", "route", "path", "status", "company", "user")}
    assert found == {
        "level": "info",
        "method": "GET",
        "route": "/api/v2/deals",
        "path": "/api/v2/deals",
        "status": 200,
        "company": "tests",
        "user": 1,
    }
    assert line["duration_ms"] > 0


@pytest.mark.parametrize("command", [serve, worker])
def test_every_option_is_documented(command: object) -> None:
    from pathlib import Path

    app = typer.Typer()
    app.command()(command)  # type: ignore[type-var]
    panels = (log_options.PANEL, metrics_options.PANEL)
    options = [one for one in typer.main.get_command(app).params if getattr(one, "rich_help_panel", None) in panels]
    text = (Path(__file__).parents[2] / "docs" / "monitoring.md").read_text()
    assert len(options) >= 4
    for option in options:
        assert f"| `{option.opts[0]}`" in text
        assert f"| `{option.envvar}` |" in text
