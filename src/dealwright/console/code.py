"""A call as people write it elsewhere: as Python, as a sentence for the chat, for curl and for the command line."""

from __future__ import annotations

import io
import json
import pprint
import shlex
from collections.abc import Mapping
from typing import Any

from dealwright.connectors.calls import PreparedRequest
from dealwright.contract import catalogue
from dealwright.contract.app.integration import runs as contract
from dealwright.contract.catalogue import Entry
from dealwright.contract.endpoint import Upload
from dealwright.contract.errors import InvalidArguments

TOKEN_VARIABLE = "DEALWRIGHT_TOKEN"
_WIDTH = 100


class FileName:
    """A file in the parameters, of which the code has the name alone."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"open({self.name!r}, 'rb')"


def empty_file(name: str) -> Upload:
    """Returns an empty file with a name, so that a call can be made of it."""
    return Upload(name, "application/octet-stream", io.BytesIO())


def write(
    connection: str, url: str, entry: Entry, params: Mapping[str, Any], call: PreparedRequest, *, is_oauth: bool
) -> contract.Code:
    """Returns a call on a connection in all forms; the one for curl reads the token from the environment."""
    name = entry.name if entry.attribute == entry.name and _is_meant(entry, params) else entry.qualified_name
    return {
        "python": _python(connection, name, params),
        "sentence": _sentence(connection, name, params),
        "curl": _curl(url, call, params, is_oauth=is_oauth),
        "cli": _cli(connection, name, params),
    }


def _is_meant(entry: Entry, params: Mapping[str, Any]) -> bool:
    """Whether the bare name stands for this action, with these parameters."""
    try:
        return catalogue.resolve(entry.name, params) is entry
    except (InvalidArguments, catalogue.UnknownName):
        return False


def _python(connection: str, name: str, params: Mapping[str, Any]) -> str:
    lines = [
        "from dealwright import run_connection_action",
        "",
        "result = run_connection_action(",
        f"    connection_name={connection!r},",
        f"    action_name={name!r},",
    ]
    if params:
        written = pprint.pformat(dict(params), width=_WIDTH - 8, sort_dicts=False)
        lines.append("    params=" + written.replace("\n", "\n" + " " * 11) + ",")
    return "\n".join([*lines, ")", ""])


def _sentence(connection: str, name: str, params: Mapping[str, Any]) -> str:
    text = json.dumps(dict(params), ensure_ascii=False, default=lambda one: one.name)
    return f'Execute the action "{name}" from my connector "{connection}" using the params {text}.'


def _curl(url: str, call: PreparedRequest, params: Mapping[str, Any], *, is_oauth: bool) -> str:
    header = f"authorization: Bearer ${TOKEN_VARIABLE}" if is_oauth else f"x-api-token: ${TOKEN_VARIABLE}"
    parts = ["curl"]
    if call.entry.method != "GET":
        parts.append(f"--request {call.entry.method}")
    parts.append(shlex.quote(url + call.target))
    # In double quotes, so that the shell fills in the token.
    parts.append(f'--header "{header}"')
    parts += [f"--header {shlex.quote(f'{name}: {value}')}" for name, value in call.headers.items()]
    if call.content is not None:
        parts.append(f"--data-raw {shlex.quote(call.content.decode())}")
    parts += [f"--form-string {shlex.quote(f'{name}={value}')}" for name, value in call.fields.items()]
    parts += [f"--form {shlex.quote(f'{name}=@{file.filename}')}" for name, file in call.files.items()]
    return " \\\n  ".join(parts)


def _cli(connection: str, name: str, params: Mapping[str, Any]) -> str:
    parts = ["dealwright", "run", name]
    if connection != "local":
        parts += ["-c", connection]
    data = params.get("data")
    for key, value in params.items():
        if key != "data":
            parts += ["-p", f"{key}={_plain(value)}"]
    if isinstance(data, Mapping):
        files = {key: value for key, value in data.items() if isinstance(value, FileName)}
        data = {key: value for key, value in data.items() if key not in files}
        parts += [part for key, file in files.items() for part in ("-p", f"{key}=@{file.name}")]
    if data:
        parts += ["-d", json.dumps(data, ensure_ascii=False)]
    return shlex.join(parts)


def _plain(value: Any) -> str:
    if isinstance(value, bool | dict):
        return json.dumps(value)
    return ",".join(map(_plain, value)) if isinstance(value, list) else str(value)
