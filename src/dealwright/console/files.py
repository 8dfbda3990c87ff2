"""Files in the parameters of a call, where these are JSON: ``{"filename": "plan.txt", "text": "…"}``, or ``base64`` in place of ``text``."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from dealwright.connectors import calls, encoding
from dealwright.connectors.calls import Params
from dealwright.contract.catalogue import Entry
from dealwright.contract.endpoint import Upload
from dealwright.crm.errors import Invalid


def refuse_paths(entry: Entry, params: Params) -> None:
    """Raises `Invalid` where a file is anything but a file: the connector would take a text for a path on this machine."""
    for place, given in calls.find_files(entry, params).items():
        if given is not None and not isinstance(given, Upload):
            raise Invalid("is a file, which goes with the request: its content, and no path", f"params.{place}")


def decode(entry: Entry, params: Params) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Returns the parameters without the files that are in their body, and these. Raises `Invalid`."""
    data = params.get("data")
    if not isinstance(data, Mapping):
        return dict(params), {}
    given = {
        name: data[name]
        for name in calls.file_properties(entry)
        if isinstance(data.get(name), Mapping) and {"text", "base64"} & {*data[name]}
    }
    if not given:
        return dict(params), {}
    files = {name: _decode(one, f"params.data.{name}") for name, one in given.items()}
    return {**params, "data": {name: value for name, value in data.items() if name not in files}}, files


def _decode(given: Mapping[str, Any], path: str) -> Upload:
    name, text, encoded = (given.get(one) for one in ("filename", "text", "base64"))
    if not isinstance(name, str) or not name.strip():
        raise Invalid("needs a filename", f"{path}.filename")
    if (text is None) == (encoded is None):
        raise Invalid("has either text or base64", path)
    if text is not None:
        if not isinstance(text, str):
            raise Invalid("must be text", f"{path}.text")
        return encoding.to_upload((name, text.encode()), path)
    try:
        return encoding.to_upload((name, base64.b64decode(str(encoded), validate=True)), path)
    except binascii.Error:
        raise Invalid("is not in base64", f"{path}.base64") from None
