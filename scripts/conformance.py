"""Measures a throw-away server against the vendor's documented answers: `make conformance`.

    python -m scripts.conformance [--only REGEX] [--strict] [--min-filled 0.8] [-v]

The meter (``spec_conformance.py``) is no part of this repository: it is looked for in ``../shared/tools/conformance``
beside the checkout, or where DEALWRIGHT_CONFORMANCE points. It knows 362 operations; `scripts.conformance_meter` has it measure
the 71 others of today's v2 in the same way. All must pass. Options but ``-v`` are the meter's own. Where the vendor's document is
wrong about its own API (`docs/decisions/0006-nulls-are-nulls.md`), the meter knows it; ``--strict`` measures against it as it is.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2
import msgspec

from dealwright.storage.encryption import SECRET_KEY_VARIABLE
from scripts import reference
from scripts.conformance_mail import DOMAIN, run_receiver
from scripts.conformance_mail import VARIABLE as SMTP_VARIABLE
from scripts.conformance_meter import DOCUMENT
from tests.sandbox import Sandbox, run_sandbox

VARIABLE = "DEALWRIGHT_CONFORMANCE"
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "tools" / "conformance" / "spec_conformance.py"
MIN_COVERAGE = "0.97"
PAGE = 100


class Result(msgspec.Struct):
    """One line of the meter: an operation or a check of the contract. ``operation`` is empty for a check."""

    name: str
    ok: bool | None
    detail: str
    operation: str = ""
    status: int | None = None
    missing_properties: list[str] = []
    unfilled_properties: dict[str, str] = {}
    unfillable: list[str] = []
    props: dict[str, float] = {}


class Totals(msgspec.Struct):
    """The documented properties of all operations: how many there are, and how many can have a value."""

    properties: int
    fillable: int
    filled: int
    missing: int
    type: int
    null: int
    empty: int
    blank: int
    unmeasured: int


class Report(msgspec.Struct):
    """What the meter writes."""

    checks: list[Result]
    properties_all: Totals | None = None
    present_share: float = 0
    filled_share: float = 0
    never_filled: dict[str, list[str]] = {}
    unfillable: dict[str, str] = {}
    mends: dict[str, list[str]] = {}
    fixtures_failed: dict[str, str] = {}
    setup_problems: list[str] = []


def main(arguments: Sequence[str]) -> int:
    """Runs the meter; returns 0 when everything that must pass passes."""
    try:
        report = measure([argument for argument in arguments if argument != "-v"])
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    return _print_results(report, verbose="-v" in arguments)


def measure(options: Sequence[str] = ()) -> Report:
    """Returns what the meter finds on a throw-away server. Raises FileNotFoundError where the meter or the documents are not."""
    meter = Path(os.environ.get(VARIABLE) or BESIDE)
    if not meter.is_file():
        raise FileNotFoundError(f"The conformance meter is not at hand: no file {meter}; {VARIABLE} names another.")
    if not (reference.folder() / DOCUMENT).is_file():
        raise FileNotFoundError(f"The vendor's documents are not at hand: {reference.VARIABLE} names their folder.")
    with tempfile.TemporaryDirectory(prefix="dealwright-conformance-") as folder, _run_server(Path(folder)) as server:
        _fill_short_lists(server)
        company = str(next(Path(folder, "server").glob("*/platform*")).parent)
        [files] = [str(one) for one in Path(folder, "server").iterdir() if str(one) != company]
        with run_receiver(company, files) as smtp:
            command = [sys.executable, "-m", "scripts.conformance_meter", str(meter), "--min-coverage", MIN_COVERAGE]
            variables = {"PW_URL": server.url, "PW_TOKEN": server.api_token, "PW_RESULTS": folder, SMTP_VARIABLE: smtp}
            variables |= {f"PW_{name.upper()}": value for name, value in server.oauth.items()}
            done = subprocess.run(
                [*command, *options], env=os.environ | variables, check=False, stdout=subprocess.PIPE, text=True
            )
        written = Path(folder) / "spec_conformance.json"
        if not written.is_file():
            raise MeterFailed(done.stdout)
        return msgspec.json.decode(written.read_bytes(), type=Report)


class MeterFailed(Exception):
    """The meter has written no results; the message is what it printed."""


@contextmanager
def _run_server(folder: Path) -> Iterator[Sandbox]:
    """Runs a throw-away server whose company and files are in a folder of ours, where mail can be brought to them."""
    (folder / "server").mkdir()
    settings = {"TMPDIR": str(folder / "server"), SECRET_KEY_VARIABLE: secrets.token_hex(32)}
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        with run_sandbox("--throwaway", "--port", "0", "--mail-domain", DOMAIN) as server:
            yield server
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _print_results(report: Report, *, verbose: bool) -> int:
    for row in report.checks:
        if verbose or not row.ok:
            print(f"{'ok  ' if row.ok else 'FAIL'}  {row.name}  {row.detail}")
            if row.missing_properties and (verbose or not row.ok):
                print(f"      missing: {', '.join(row.missing_properties)}")
            if row.unfilled_properties and verbose:
                print(f"      not filled: {', '.join(row.unfilled_properties)}")
    for problem in report.setup_problems:
        print(f"note  {problem}")
    if verbose:
        for name in report.never_filled:
            print(f"note  never filled: {name}")
    if report.properties_all:
        share = f"{report.present_share:.1%} present, {report.filled_share:.1%} filled"
        print(f"{share} of {report.properties_all.properties} documented properties")
    passed = sum(1 for row in report.checks if row.ok)
    print(f"{passed} passed, {len(report.checks) - passed} failed")
    return 0 if passed == len(report.checks) else 1


def _fill_short_lists(server: Sandbox) -> None:
    """Makes the lists of pipelines and stages longer than a page, so that they have a next one to be measured."""
    with httpx2.Client(base_url=server.url, headers={"x-api-token": server.api_token}) as client:
        for number in range(PAGE):
            made = client.post("/api/v2/pipelines", json={"name": f"Pipeline {number}"}).raise_for_status().json()
            stage = {"name": "Only stage", "pipeline_id": made["data"]["id"], "days_to_rotten": 30}
            client.post("/api/v2/stages", json=stage | {"is_deal_rot_enabled": True}).raise_for_status()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
