"""Where an export is written to: a file that is there when it is complete, standard output, or a stream of the caller."""

from __future__ import annotations

import secrets
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from dealwright.connectors.errors import BadCall

STANDARD_OUTPUT = "-"


@contextmanager
def opened(to: str | Path | BinaryIO, *, streams: bool) -> Iterator[BinaryIO]:
    """Yields what to write into. A file takes its name when all is written, and is not there when that fails.

    Formats that do not ``stream`` reach standard output and streams when all is written. Raises `BadCall` for a file that cannot be written.
    """
    if isinstance(to, str | Path) and str(to) != STANDARD_OUTPUT:
        with _file(Path(to)) as stream:
            yield stream
        return
    out = cast("BinaryIO", sys.stdout.buffer if isinstance(to, str | Path) else to)
    if streams:
        yield out
    else:
        if out.isatty():
            raise BadCall("the format is not for a terminal: give a file, or redirect the output")
        with tempfile.TemporaryFile() as spool:
            yield cast("BinaryIO", spool)
            spool.seek(0)
            shutil.copyfileobj(spool, out)
    out.flush()


@contextmanager
def _file(path: Path) -> Iterator[BinaryIO]:
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    if path.is_dir():
        raise BadCall(f"{path} is a folder; give the name of a file")
    try:
        stream = part.open("xb")
    except OSError as error:
        raise BadCall(f"{path} cannot be written: {error.strerror}") from None
    try:
        with stream:
            yield stream
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
