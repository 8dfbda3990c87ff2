"""Runs the commands of Airbyte's source in one process, as its own program runs each: loading it takes longest.

    python airbyte_sync.py FOLDER

FOLDER has config.json, and state.json from the second time on. Checks the connection and discovers the streams the first
time, then reads them all. What the commands write is on standard output, one message in a line.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from airbyte_cdk.entrypoint import AirbyteEntrypoint
from source_pipedrive.run import _get_source


def call(*arguments: object) -> Iterator[dict[str, Any]]:
    """Runs a command of the source; yields the messages that it writes, and writes them."""
    words = [str(argument) for argument in arguments]
    entrypoint = AirbyteEntrypoint(_get_source(words))
    for message in entrypoint.run(AirbyteEntrypoint.parse_args(words)):
        print(message)
        yield json.loads(message)


def configure(stream: dict[str, Any]) -> dict[str, Any]:
    """Returns how a stream is to be read: only what has changed, where it can."""
    return {"stream": stream, "sync_mode": stream["supported_sync_modes"][-1], "destination_sync_mode": "append"}


def main(folder: Path) -> None:
    config, catalog, state = (folder / f"{name}.json" for name in ("config", "catalog", "state"))
    if not catalog.exists():
        list(call("check", "--config", config))
        [found] = [
            message["catalog"] for message in call("discover", "--config", config) if message["type"] == "CATALOG"
        ]
        catalog.write_text(json.dumps({"streams": [configure(stream) for stream in found["streams"]]}))
    since = ("--state", state) if state.exists() else ()
    list(call("read", "--config", config, "--catalog", catalog, *since))


main(Path(sys.argv[1]))
