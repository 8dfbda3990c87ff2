"""Measures a throw-away server against the vendor's documented response schemas: `make conformance`.

    python -m scripts.conformance [--all] [--strict] [--min-filled 0.8] [-v]

The meter (``spec_conformance.py``) is no part of this repository: it is looked for in ``../shared/tools/conformance``
beside the checkout, or where DEALWRIGHT_CONFORMANCE points. It calls all 362 operations; those that this server has must
pass (``--all``: every one). Any other argument is the meter's own. Where the vendor's document is wrong about its own API
(`docs/decisions/0006-nulls-are-nulls.md`), the meter knows it; ``--strict`` measures against the document as it is.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from dealwright.contract import catalogue
from dealwright.contract.catalogue import Entry
from dealwright.contract.endpoint import PREFIXES, Endpoint
from dealwright.server.openapi import served_endpoints
from tests.sandbox import Sandbox, run_throwaway_sandbox

VARIABLE = "DEALWRIGHT_CONFORMANCE"
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "tools" / "conformance" / "spec_conformance.py"
MIN_COVERAGE = "0.97"
PAGE = 100
# The documented example of a deal's flow holds mail, and there is no mailbox yet.
INCOMPLETE = {"v1 GET /deals/{id}/flow"}


class Result(msgspec.Struct):
    """One line of the meter: an operation or a check of the contract."""

    name: str
    ok: bool | None
    detail: str
    missing_properties: list[str] = []


class Report(msgspec.Struct):
    """What the meter writes."""

    checks: list[Result]


def main(arguments: Sequence[str]) -> int:
    """Runs the meter; returns 0 when everything that must pass passes."""
    meter = Path(os.environ.get(VARIABLE) or BESIDE)
    if not meter.is_file():
        print(f"The conformance meter is not at hand: no file {meter}; {VARIABLE} names another.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="dealwright-conformance-") as folder, run_throwaway_sandbox() as server:
        _fill_short_lists(server)
        command = [sys.executable, str(meter), "--min-coverage", MIN_COVERAGE]
        command += [argument for argument in arguments if argument not in ("--all", "-v")]
        variables = {"PW_URL": server.url, "PW_TOKEN": server.api_token, "PW_RESULTS": folder}
        variables |= {f"PW_{name.upper()}": value for name, value in server.oauth.items()}
        done = subprocess.run(command, env=os.environ | variables, check=False, stdout=subprocess.PIPE, text=True)
        written = Path(folder) / "spec_conformance.json"
        if not written.is_file():
            print(done.stdout)
            return done.returncode or 1
        report = msgspec.json.decode(written.read_bytes(), type=Report)
    return _print_results(report, everything="--all" in arguments, verbose="-v" in arguments)


def _print_results(report: Report, *, everything: bool, verbose: bool) -> int:
    missing = {_name(entry) for entry in catalogue.entries().values()} - {
        _name(endpoint) for endpoint in served_endpoints()
    }
    judged = [row for row in report.checks if everything or row.name not in missing | INCOMPLETE]
    for row in judged:
        if verbose or not row.ok:
            print(f"{'ok  ' if row.ok else 'FAIL'}  {row.name}  {row.detail}")
            if not row.ok and row.missing_properties:
                print(f"      missing: {', '.join(row.missing_properties[:20])}")
    passed = sum(1 for row in judged if row.ok)
    print(f"{passed} passed, {len(judged) - passed} failed")
    return 0 if passed == len(judged) else 1


def _fill_short_lists(server: Sandbox) -> None:
    """Makes the lists of pipelines and stages longer than a page, so that they have a next one to be measured."""
    with httpx2.Client(base_url=server.url, headers={"x-api-token": server.api_token}) as client:
        for number in range(PAGE):
            made = client.post("/api/v2/pipelines", json={"name": f"Pipeline {number}"}).raise_for_status().json()
            stage = {"name": "Only stage", "pipeline_id": made["data"]["id"], "days_to_rotten": 30}
            client.post("/api/v2/stages", json=stage | {"is_deal_rot_enabled": True}).raise_for_status()


def _name(operation: Entry | Endpoint[..., Any]) -> str:
    """Returns an operation's name in the results of the meter: ``v1 GET /deals``."""
    return f"{operation.version} {operation.method} {operation.path.removeprefix(PREFIXES[operation.version])}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
