"""The process in which one picture is read. Pillow and its decoders see what strangers send only here.

`crm.values.images` runs this file by its path. It imports nothing of the package, so that it starts in some 40 ms. Limits are
set before anything is read: what they end is this process. The request is an argument in JSON, and stdin is the file of the
picture; the answer on stdout is a line of JSON, then bytes.
"""

from __future__ import annotations

import io
import json
import re
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("GIF", "JPEG", "PNG")
MAX_PIXELS = 32_000_000
"""The maximum size of an image. A small file can claim any number of pixels, and they would all be allocated."""

MAX_SCANS = 50
"""The maximum number of scans of a JPEG. Programs write about ten; each can cost as much time as a whole picture."""

MAX_CPU_SECONDS = 4
MAX_SECONDS = 10
MAX_MEMORY_BYTES = 1024**3

_QUALITY = 90
_SMOOTH_MODES = frozenset({"L", "RGB", "RGBA", "CMYK"})
# What begins a segment or a scan of a JPEG: no stuffing, no restart, no beginning of a picture.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd8]")


class Refusal(Exception):
    """The picture is not taken. ``path`` names the part of the request that is wrong; None is the picture itself."""

    def __init__(self, message: str, path: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.path = path


def main() -> None:
    """Reads the picture on stdin, and writes the answer to stdout."""
    _set_limits()
    sys.path.append(sys.argv[1])
    request = json.loads(sys.argv[2])
    try:
        answer, squares = _read(sys.stdin.buffer.read(), request["sizes"], request["crop"])
    except Refusal as refusal:
        answer, squares = {"refusal": refusal.message, "path": refusal.path}, []
    except MemoryError:
        # The text is the parent's, as for a process that is killed for what it takes.
        sys.exit(1)
    except Exception:
        # The decoders raise many kinds of exceptions.
        answer, squares = {"refusal": "is not a picture in GIF, JPEG or PNG format", "path": None}, []
    sys.stdout.buffer.write(b"".join([json.dumps(answer).encode(), b"\n", *squares]))


def encode_jpeg(image: Image) -> bytes:
    """Returns an image as it is stored."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()


def count_scans(content: bytes) -> int:
    """Returns the number of scans of a JPEG, without decoding them."""
    scans, position = 0, 2
    while (found := _JPEG_MARKER.search(content, position)) and found[0] != b"\xff\xd9":
        scans += found[0] == b"\xff\xda"
        length = int.from_bytes(content[found.end() : found.end() + 2], "big")
        position = found.end() + max(length, 2)
    return scans


def _set_limits() -> None:
    """Limits time, memory and files of this process, and ends it with its parent. Windows has only the parent's limit."""
    if sys.platform == "win32":
        return
    import resource  # noqa: PLC0415 - Windows does not have it

    limits = [
        (resource.RLIMIT_CPU, MAX_CPU_SECONDS),
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ]
    for kind, value in limits:
        # Not every system lets every limit be set: macOS has none of memory.
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (value, value))
    # Ends this process, also when the server is gone that would have done so.
    signal.alarm(MAX_SECONDS)
    # A server that is interrupted lets running requests finish.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()


def _end_with_parent() -> None:
    """Has Linux end this process when the thread of the server that started it is gone."""
    if sys.platform != "linux":
        return
    import ctypes  # noqa: PLC0415 - only Linux needs it

    with suppress(OSError, AttributeError):
        parent_death_signal = 1
        ctypes.CDLL(None).prctl(parent_death_signal, signal.SIGKILL)


def _read(
    content: bytes, sizes: Sequence[int], crop: Sequence[int | None] | None
) -> tuple[dict[str, Any], list[bytes]]:
    """Returns the format of a picture, and squares of it as JPEGs in the given sizes, with their lengths in bytes."""
    from PIL import Image, ImageFile  # noqa: PLC0415 - its folder is known at run time only

    # Pillow's own limit is higher, and only warns.
    Image.MAX_IMAGE_PIXELS = None
    # Like browsers, which show the part that has arrived so far.
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    with Image.open(io.BytesIO(content), formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise Refusal(f"may not have more than {MAX_PIXELS:,} pixels")
        # A picture of several parts (MPO) begins with a JPEG, and is one for everybody who shows only the first.
        format = image.format if image.format in {"GIF", "PNG"} else "JPEG"
        if format == "JPEG" and count_scans(content) > MAX_SCANS:
            raise Refusal(f"may not have more than {MAX_SCANS} scans: save it again as a baseline JPEG")
        squares = _make_squares(image, sizes, crop) if sizes else []
    return {"format": format, "lengths": [len(square) for square in squares]}, squares


def _make_squares(image: Image, sizes: Sequence[int], crop: Sequence[int | None] | None) -> list[bytes]:
    """Returns squares of an image: of the part to keep, or else of the largest square around its middle."""
    from PIL import Image, ImageOps  # noqa: PLC0415

    # Cameras store images rotated, with a flag that says so; users see them upright when they choose the crop.
    ImageOps.exif_transpose(image, in_place=True)
    part = image.crop(_crop_box(image.size, crop))
    # The whole is no longer needed, and its memory is.
    image.close()
    if part.mode not in _SMOOTH_MODES:
        part = part.convert("RGBA")
    edge = max(sizes)
    large = part.resize((edge, edge), Image.Resampling.LANCZOS, reducing_gap=2.0).convert("RGBA")
    background = Image.new("RGBA", large.size, "white")
    background.alpha_composite(large)
    opaque = background.convert("RGB")
    return [encode_jpeg(opaque.resize((size, size), Image.Resampling.LANCZOS)) for size in sizes]


def _crop_box(size: tuple[int, int], crop: Sequence[int | None] | None) -> tuple[int, int, int, int]:
    """Returns the part of an image to keep: left, upper, right, lower. Raises `Refusal` unless it is a square inside it."""
    width, height = size
    if crop is None:
        edge = min(width, height)
        left, upper = (width - edge) // 2, (height - edge) // 2
        return left, upper, left + edge, upper + edge
    x, y = crop[0] or 0, crop[1] or 0
    kept_width = width - x if crop[2] is None else crop[2]
    kept_height = height - y if crop[3] is None else crop[3]
    if kept_width != kept_height:
        raise Refusal("and crop_height must be the same: pictures are squares", "crop_width")
    right, lower = x + kept_width, y + kept_height
    if kept_width < 1 or right > width or lower > height:
        raise Refusal(f"must begin a square inside the picture, which has {width} x {height} pixels", "crop_x")
    return x, y, right, lower


if __name__ == "__main__":
    main()
