"""``dealwright serve --plan``: which limits apply, and which options are refused."""

from __future__ import annotations

from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from dealwright.cli import main
from tests.sandbox import run_sandbox


def test_a_sandbox_within_limits() -> None:
    options = ("--plan", "premium", "--seats", "4", "--top-up", "7", "--time-zone", "Europe/Berlin")
    with run_sandbox("--throwaway", "--empty", "--port", "0", *options) as sandbox:
        connection = HTTPConnection(urlsplit(sandbox.url).netloc, timeout=60)
        connection.request("GET", "/v1/stages", headers={"x-api-token": sandbox.api_token})
        response = connection.getresponse()
        assert response.status == 200
        assert response.headers["x-ratelimit-limit"] == "100"
        assert response.headers["x-daily-ratelimit-token-limit"] == str(4 * 150_000 + 7)
        connection.close()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--plan", "gold"], "'gold' is not one of 'lite', 'growth', 'premium', 'ultimate', 'essential'"),
        (["--seats", "3"], "go with a --plan"),
        (["--top-up", "3"], "go with a --plan"),
        (["--time-zone", "Europe/Berlin"], "go with a --plan"),
        (["--plan", "lite", "--seats", "0"], "for '--seats'"),
        (["--plan", "lite", "--top-up", "-1"], "for '--top-up'"),
        (["--plan", "lite", "--time-zone", "Mars/North"], "there is no time zone Mars/North"),
        (["--plan", "lite", "--time-zone", "../etc/passwd"], "there is no time zone"),
    ],
)
def test_invalid_options_are_refused(options: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--throwaway", *options]) == 2
    assert expected in " ".join(capsys.readouterr().err.replace("│", " ").split())
