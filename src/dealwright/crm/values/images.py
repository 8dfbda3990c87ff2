"""Reads images that users upload: detects their format, and makes squares of them.

Their content is not trusted: each is read in a process of its own (`crm.values.picture_process`) with limits of time and
memory, and what exceeds them is refused.
"""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from dealwright._extras import install_command
from dealwright.crm.errors import Invalid, Unavailable
from dealwright.crm.values import picture_process
from dealwright.crm.values.picture_process import MAX_SECONDS

MEDIA_TYPES: Mapping[str, str] = {"GIF": "image/gif", "JPEG": "image/jpeg", "PNG": "image/png"}

MAX_PROCESSES = 2
"""The number of images that are read at a time. Each may take as much memory as a process may."""

# Variables that Python and the libraries of Pillow may need to start. All others, with passwords in them, stay here.
_ENVIRONMENT_NAMES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "PATH")
_turns = threading.BoundedSemaphore(MAX_PROCESSES)


class Crop(NamedTuple):
    """The part of an image to keep, in pixels from its upper left corner; up to its edges where a length is None."""

    x: int = 0
    y: int = 0
    width: int | None = None
    height: int | None = None


def detect_media_type(content: BinaryIO, path: str) -> str:
    """Returns the media type of an image, from its content. Raises `Invalid` unless it is a GIF, JPEG or PNG."""
    answer, _ = _run(content, (), None, path)
    return MEDIA_TYPES[answer["format"]]


def make_square_jpegs(content: BinaryIO, sizes: Sequence[int], crop: Crop | None, path: str) -> dict[int, bytes]:
    """Returns an image as JPEG squares by edge length: the part to keep, or the largest square around its middle.

    Raises `Invalid` for content that is no image or takes too much to read, and for a part that is no square inside it.
    Of a damaged image the part that can be read is shown.
    """
    answer, joined = _run(content, sizes, crop, path)
    squares: dict[int, bytes] = {}
    position = 0
    for size, length in zip(sizes, answer["lengths"], strict=True):
        squares[size] = joined[position : position + length]
        position += length
    return squares


def _run(content: BinaryIO, sizes: Sequence[int], crop: Crop | None, path: str) -> tuple[dict[str, Any], bytes]:
    """Returns the answer of the process, and what follows it. Raises `Invalid` for its refusals, and `Unavailable`."""
    request = json.dumps({"sizes": sizes, "crop": crop})
    if not _turns.acquire(timeout=MAX_SECONDS):
        raise Unavailable("Too many pictures are being read at present; try again in a minute")
    try:
        status, output = _communicate(request, content)
    finally:
        _turns.release()
    if status in (-signal.SIGTERM, -signal.SIGINT):
        raise Unavailable("The server is being stopped")
    if status != 0:
        # A limit has ended it, or a decoder that failed.
        raise Invalid(
            "takes more time or memory to read than a picture may, or is damaged: make it smaller, or save it again",
            path,
        )
    head, _, rest = output.partition(b"\n")
    answer: dict[str, Any] = json.loads(head)
    if "refusal" in answer:
        raise Invalid(answer["refusal"], answer["path"] or path)
    return answer, rest


def _communicate(request: str, content: BinaryIO) -> tuple[int, bytes]:
    """Runs the process; returns its exit status, negative when a signal ended it, and its output."""
    # The process reads the file itself, so that no copy of it is in the memory of this one. Asking for its number moves a
    # file that is still in memory to the disk.
    content.seek(0)
    number = content.fileno()
    content.flush()
    os.lseek(number, 0, os.SEEK_SET)
    with subprocess.Popen(
        [*_command(), request],
        stdin=number,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _ENVIRONMENT_NAMES if name in os.environ},
    ) as process:
        try:
            output, _ = process.communicate(timeout=MAX_SECONDS)
        except BaseException as error:
            process.kill()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            return -1, b""
    return process.returncode, output


@functools.cache
def _command() -> list[str]:
    """Returns the command of the process: isolated, without packages except for Pillow, whose folder it is told."""
    found = importlib.util.find_spec("PIL")
    if found is None or found.origin is None:
        raise ImportError(f"Pillow is not installed: {install_command('server')}")
    return [sys.executable, "-I", "-S", picture_process.__file__, str(Path(found.origin).parents[1])]
