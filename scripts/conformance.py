"""Measures a throw-away server against the vendor's documented response schemas: `make conformance`.

    python -m scripts.conformance [--all] [--strict] [-v]

The meter (``spec_conformance.py``) is no part of this repository: it is looked for in ``../shared/tools/conformance``
beside the checkout, or where DEALWRIGHT_CONFORMANCE points. It calls all 362 operations; those of `STANDING` must pass
(``--all``: every one). Any other argument is the meter's own.

The vendor's document is wrong about its own API in a few ways that this script mends in a copy of the meter, so that what
is measured is the API (``docs/decisions/0006-nulls-are-nulls.md``); ``--strict`` measures against the document as it is.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from tests.sandbox import Sandbox, throwaway

VARIABLE = "DEALWRIGHT_CONFORMANCE"
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "tools" / "conformance" / "spec_conformance.py"
MIN_COVERAGE = "0.97"
OWN_ARGUMENTS = ("--all", "--strict", "-v")
PAGE = 100
# The live API has more types of fields, and conditions for being mandatory, than the document lists.
OPEN = {"field_type", "mandatory_flag"}
# Members of examples that the live API sends never, on request, or when there is one: version, path and name.
STRAY = {
    ("v2", "/organizations", "org_id"),
    ("v2", "/activities", "attendees"),
    ("v1", "/notes/{id}/comments", "next_start"),
    ("v1", "/organizations/{id}/followers", "next_start"),
    ("v1", "/persons/{id}/followers", "deal_id"),
    ("v1", "/organizations", "picture"),
    ("v1", "/organizations/{id}", "pagination"),
    # In the searches: the example for a field is one by name, leads have a schema in place of their pagination, and the code
    # of a product is a number.
    ("v1", "/itemSearch", "related_items"),
    ("v2", "/itemSearch", "related_items"),
    ("v1", "/itemSearch/field", "name"),
    ("v2", "/itemSearch/field", "name"),
    ("v1", "/leads/search", "additional_data"),
    ("v1", "/products/search", "code"),
    ("v2", "/products/search", "code"),
}

# Documented with one thing as data, where the live API sends a list of such.
LISTED = {("v1", "/deals/timeline"), ("v1", "/deals/timeline/archived")}

# The paths that must hold, in whichever versions and methods they exist. It only grows.
STANDING = (
    *("/users", "/users/find", "/users/me", "/users/{id}"),
    *("/pipelines", "/pipelines/{id}", "/pipelines/{id}/deals"),
    *("/stages", "/stages/{id}", "/stages/{id}/deals"),
    *("/deals", "/deals/collection", "/deals/archived", "/deals/{id}"),
    *("/deals/{id}/duplicate", "/deals/{id}/activities", "/deals/{id}/persons"),
    *("/persons", "/persons/collection", "/persons/{id}", "/persons/{id}/activities", "/persons/{id}/deals"),
    *("/organizations", "/organizations/collection", "/organizations/{id}", "/organizations/{id}/activities"),
    *("/organizations/{id}/deals", "/organizations/{id}/persons"),
    *("/activities", "/activities/collection", "/activities/{id}", "/activityTypes", "/activityTypes/{id}"),
    *("/activityFields", "/leadFields", "/noteFields"),
    *("/dealFields", "/dealFields/{id}", "/personFields", "/personFields/{id}"),
    *("/organizationFields", "/organizationFields/{id}", "/productFields", "/productFields/{id}"),
    *("/notes", "/notes/{id}", "/notes/{id}/comments", "/notes/{id}/comments/{commentId}"),
    *("/deals/{id}/followers", "/deals/{id}/followers/changelog", "/deals/{id}/followers/{follower_id}"),
    *("/persons/{id}/followers", "/persons/{id}/followers/changelog", "/persons/{id}/followers/{follower_id}"),
    *("/organizations/{id}/followers", "/organizations/{id}/followers/changelog"),
    *("/organizations/{id}/followers/{follower_id}", "/users/{id}/followers"),
    *("/products/{id}/followers", "/products/{id}/followers/changelog", "/products/{id}/followers/{follower_id}"),
    *(
        "/deals/{id}/participants",
        "/deals/{id}/participants/{deal_participant_id}",
        "/deals/{id}/participantsChangelog",
    ),
    *("/deals/{id}/permittedUsers", "/persons/{id}/permittedUsers", "/organizations/{id}/permittedUsers"),
    *("/products/{id}/permittedUsers", "/leads/{id}/permittedUsers", "/recents"),
    *("/deals/{id}/changelog", "/persons/{id}/changelog", "/organizations/{id}/changelog"),
    *("/persons/{id}/flow", "/organizations/{id}/flow"),
    *("/deals/summary", "/deals/summary/archived", "/deals/timeline", "/deals/timeline/archived"),
    *("/pipelines/{id}/conversion_statistics", "/pipelines/{id}/movement_statistics"),
    *("/deals/{id}/merge", "/persons/{id}/merge", "/organizations/{id}/merge"),
    *("/organizationRelationships", "/organizationRelationships/{id}"),
    "/currencies",
    *("/filters", "/filters/helpers", "/filters/{id}"),
    *("/files", "/files/{id}", "/files/{id}/download", "/files/remote", "/files/remoteLink"),
    *("/deals/{id}/files", "/persons/{id}/files", "/organizations/{id}/files", "/products/{id}/files"),
    *("/persons/{id}/picture", "/products/{id}/images"),
    *("/webhooks", "/webhooks/{id}"),
    *("/oauth/authorize", "/oauth/token", "/oauth/token/"),
)


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
    """0 when everything that must stand passes."""
    meter = Path(os.environ.get(VARIABLE) or BESIDE)
    if not meter.is_file():
        print(f"The conformance meter is not at hand: no file {meter}; {VARIABLE} names another.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="dealwright-conformance-") as folder, throwaway() as server:
        _fill_short_lists(server)
        if "--strict" not in arguments:
            meter = _mended_copy(meter, Path(folder) / "meter")
        command = [sys.executable, str(meter), "--min-coverage", MIN_COVERAGE]
        command += [argument for argument in arguments if argument not in OWN_ARGUMENTS]
        variables = {"PW_URL": server.url, "PW_TOKEN": server.api_token, "PW_RESULTS": folder}
        variables |= {f"PW_{name.upper()}": value for name, value in server.oauth.items()}
        done = subprocess.run(command, env=os.environ | variables, check=False, stdout=subprocess.PIPE, text=True)
        written = Path(folder) / "spec_conformance.json"
        if not written.is_file():
            print(done.stdout)
            return done.returncode or 1
        report = msgspec.json.decode(written.read_bytes(), type=Report)
    return _tell(report, everything="--all" in arguments, verbose="-v" in arguments)


def _tell(report: Report, *, everything: bool, verbose: bool) -> int:
    standing = re.compile(only(STANDING))
    judged = [row for row in report.checks if everything or standing.search(f"{_as_selected(row.name)} ")]
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


def _mended_copy(meter: Path, folder: Path) -> Path:
    """A copy of the meter with the vendor's mistakes about its own API mended: see the decision."""
    shutil.copytree(meter.parent, folder)
    for version in ("v1", "v2"):
        document = folder / "spec" / f"{version}.json"
        spec = json.loads(document.read_text())
        for path, operations in spec["paths"].items():
            stray = {
                name
                for in_version, at, name in STRAY
                if in_version == version and (path == at or (name != "pagination" and path.startswith(at)))
            }
            for operation in operations.values():
                operation["responses"] = _mended(operation["responses"], stray)
                if (version, path) in LISTED:
                    _list_data(operation["responses"]["200"]["content"]["application/json"])
        document.write_text(json.dumps(spec))
    return folder / meter.name


def _list_data(content: Any) -> None:
    """Makes the data of a documented answer a list of what it is."""
    properties = content["schema"]["properties"]
    properties["data"] = {"type": "array", "items": properties["data"]}
    content["example"]["data"] = [content["example"]["data"]]


def _mended(node: Any, stray: set[str], *, in_data: bool = False) -> Any:
    """A part of a document in which every property may be null, types of fields are open and stray names are gone."""
    if isinstance(node, list):
        return [_mended(one, stray, in_data=in_data) for one in node]
    if not isinstance(node, dict):
        return node
    mended = {
        key: _mended(value, stray, in_data=in_data or key == "data") for key, value in node.items() if key not in stray
    }
    properties = mended.get("properties")
    if isinstance(properties, dict):
        for name, schema in properties.items():
            # `data` is what an answer is about: an operation that answers nothing has not been measured.
            if isinstance(schema, dict) and (in_data or name != "data"):
                schema["nullable"] = True
            if name in OPEN:
                properties[name] = {}
    return mended


def _as_selected(name: str) -> str:
    """``v1 GET /deals`` as `only` selects it."""
    version, _, rest = name.partition(" ")
    method, _, path = rest.partition(" ")
    return f"{version} {method.lower()} {path}"


def only(paths: Sequence[str]) -> str:
    """What selects these paths from the meter's ``version method path name``."""
    return f"^v[12] [a-z]+ ({'|'.join(re.escape(path) for path in paths)}) "


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
