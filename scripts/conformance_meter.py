"""Runs the conformance meter on all operations: those that it knows, and those that today's document of v2 has besides.

    PW_URL=… PW_TOKEN=… PW_RESULTS=FOLDER python -m scripts.conformance_meter METER [options of the meter]

METER is its script, which is imported and extended: with the operations, their requests (`scripts.conformance_requests`), mail that
comes in over SMTP (`scripts.conformance_mail`), and readings of the document where it contradicts itself. It writes what it always
writes. `scripts.conformance` starts this with a throw-away server.
"""

from __future__ import annotations

import datetime
import importlib
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dealwright.contract.endpoint import action_name
from scripts import conformance_requests, reference
from scripts.api_differences import operations
from scripts.conformance_mail import send_mails

DOCUMENT = "openapi-v2-current.yaml"


def main(arguments: Sequence[str]) -> int:
    """Runs the meter; returns its exit code."""
    path, *options = arguments
    sys.path.insert(0, str(Path(path).parent))
    # The meter reads its options when it is imported.
    sys.argv = [path, *options]
    meter: Any = importlib.import_module(Path(path).stem)
    listed = json.loads((Path(path).parent / "spec" / "operations.json").read_text())
    listed += _add_operations(meter, {(one["version"], one["method"], one["path"]) for one in listed})
    conformance_requests.add(meter)
    _read_otherwise(meter.mends)
    enrich = meter.enrich

    def enrich_with_mail() -> None:
        enrich()
        conformance_requests.enrich(meter)
        send_mails(meter)

    meter.enrich = enrich_with_mail
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "spec").mkdir()
        (Path(folder) / "spec" / "operations.json").write_text(json.dumps(listed))
        meter.common.ROOT = folder
        code = int(meter.main())
    _tell_what_nothing_fills(meter)
    return code


def _tell_what_nothing_fills(meter: Any) -> None:
    """Adds to each result which of its properties without a value nothing in the API can fill, by the meter's own list."""
    path = Path(meter.common.RESULTS) / "spec_conformance.json"
    written = json.loads(path.read_text())
    for check in written["checks"]:
        version, _, place = (check["name"].split(" ", 2) + [""] * 2)[:3]
        row = {"version": version, "path": place}
        names = check.get("unfilled_properties", {})
        if check.get("operation"):
            check["unfillable"] = [name for name in names if meter.mends.unfillable(meter.entity(row, name))]
    path.write_text(json.dumps(written))


def _add_operations(meter: Any, known: set[tuple[str, str, str]]) -> list[dict[str, str]]:
    """Gives the meter the document of the operations that it does not know, and returns these as it lists them."""
    document = reference.load(reference.folder() / DOCUMENT)
    added = []
    for method, path, declared in operations(document):
        if ("v2", method.lower(), path) not in known:
            meter.SPEC["v2"]["paths"].setdefault(path, {})[method.lower()] = _plain(declared)
            name = f"{action_name(method, path)}_v2"
            added.append({"name": name, "seed": name, "version": "v2", "method": method.lower(), "path": path})
    return added


def _plain(value: Any) -> Any:
    """Returns a part of a document as JSON has it: times that YAML reads as such are texts again."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def _read_otherwise(mends: Any) -> None:
    """Adds readings of the document where it contradicts itself, as the meter keeps its own."""

    def any_text_or_number(schema: Any) -> None:
        mends._each(schema, "id", lambda _: {"type": ["string", "integer"]})

    def any_category(schema: Any) -> None:
        mends._each(schema, "category", lambda _: {"type": ["string", "number"]})

    mends.TYPES.append(
        (
            *("v2", r"/deals/\{id\}/discounts/\{discount_id\}$", any_text_or_number),
            "the id of a discount is a UUID where it is made and listed, and a number only where it is deleted",
            "document: GET and POST of the discounts",
        )
    )
    mends.TYPES.append(
        (
            *("v2", r"/products/\{id\}/duplicate$", any_category),
            "the category of a product is a number where products are made, changed and listed",
            "document: the other operations of products",
        )
    )
    mend = mends.mend

    def mend_more(version: str, method: str, path: str, schema: Any, example: Any) -> Any:
        schema, example, notes = mend(version, method, path, schema, example)
        if path == "/permissionSets/{id}" and isinstance(example.get("data"), list):
            example["data"] = example["data"][0]
            notes.append("the example has a list of one set, the schema the set in place of the whole answer")
        return schema, example, notes

    mends.mend = mend_more


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
