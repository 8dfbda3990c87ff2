"""Measures a throw-away server against the vendor's documented response schemas: `make conformance`.

    python -m scripts.conformance [--all] [-v]

The meter (``spec_conformance.py``) is no part of this repository: it is looked for in ``../shared/tools/conformance``
beside the checkout, or where DEALWRIGHT_CONFORMANCE points. The operations measured are those of `STANDING`; ``--all``
measures all 362. Any other argument is the meter's own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.sandbox import throwaway

VARIABLE = "DEALWRIGHT_CONFORMANCE"
BESIDE = Path(__file__).resolve().parents[2] / "shared" / "tools" / "conformance" / "spec_conformance.py"
MIN_COVERAGE = "0.97"

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
    "/currencies",
)


def main(arguments: Sequence[str]) -> int:
    """The meter's exit code."""
    meter = Path(os.environ.get(VARIABLE) or BESIDE)
    if not meter.is_file():
        print(f"The conformance meter is not at hand: no file {meter}; {VARIABLE} names another.", file=sys.stderr)
        return 2
    scope = [] if "--all" in arguments else ["--only", only(STANDING)]
    command = [sys.executable, str(meter), *scope, "--min-coverage", MIN_COVERAGE]
    command += [argument for argument in arguments if argument != "--all"]
    with tempfile.TemporaryDirectory(prefix="dealwright-conformance-") as results, throwaway() as server:
        variables = {"PW_URL": server.url, "PW_TOKEN": server.api_token, "PW_RESULTS": results}
        variables |= {f"PW_{name.upper()}": value for name, value in server.oauth.items()}
        done = subprocess.run(command, env=os.environ | variables, check=False, stdout=subprocess.PIPE, text=True)
    lines = done.stdout.splitlines()
    print("\n".join(line for line in lines if "-v" in arguments or not line.startswith("ok ")))
    return done.returncode


def only(paths: Sequence[str]) -> str:
    """What selects these paths from the meter's ``version method path name``."""
    return f"^v[12] [a-z]+ ({'|'.join(re.escape(path) for path in paths)}) "


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
