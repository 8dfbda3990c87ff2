"""Reads pictures that somebody sent: which format they have, and squares made of them. Nothing in them is trusted."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from dealwright.crm.errors import Invalid

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS: Mapping[str, str] = {"GIF": "image/gif", "JPEG": "image/jpeg", "PNG": "image/png"}
MOST_PIXELS = 32_000_000
"""What a picture may have. A small file can say that it has any number, and they would all be made in memory."""

_QUALITY = 90
_SMOOTH_MODES = frozenset({"L", "RGB", "RGBA", "CMYK"})


class Crop(NamedTuple):
    """The part of a picture to keep, in pixels from its upper left corner; up to its edges where a length is None."""

    x: int = 0
    y: int = 0
    width: int | None = None
    height: int | None = None


def media_type(content: bytes, path: str) -> str:
    """The media type of a picture, from its content. Raises `Invalid` unless it is a GIF, JPEG or PNG."""
    with _opened(content, path) as image:
        return FORMATS[str(image.format)]


def squares(content: bytes, sizes: Sequence[int], crop: Crop | None, path: str) -> dict[int, bytes]:
    """A picture as JPEG squares with edges of these lengths: of the part to keep, or of as much as fits around its middle.

    Raises `Invalid` for what is no picture, and for a part that is no square inside it. Of a damaged picture the part that
    can be read is shown.
    """
    with _opened(content, path) as image:
        from PIL import Image, ImageOps  # noqa: PLC0415 - see `_opened`

        # Cameras lay a picture on its side and say so; whoever chose the crop saw it upright.
        ImageOps.exif_transpose(image, in_place=True)
        part = image.crop(_box(image.size, crop))
        if part.mode not in _SMOOTH_MODES:
            part = part.convert("RGBA")
        edge = max(sizes)
        large = part.resize((edge, edge), Image.Resampling.LANCZOS, reducing_gap=2.0).convert("RGBA")
        ground = Image.new("RGBA", large.size, "white")
        ground.alpha_composite(large)
        opaque = ground.convert("RGB")
        return {size: jpeg(opaque.resize((size, size), Image.Resampling.LANCZOS)) for size in sizes}


@contextmanager
def _opened(content: bytes, path: str) -> Iterator[Image]:
    """A picture of which only the head has been read. Whatever goes wrong with it is `Invalid`."""
    # Only who has a picture pays for the library: 50 ms.
    from PIL import Image, ImageFile  # noqa: PLC0415

    # Its own limit is higher, and only warns.
    Image.MAX_IMAGE_PIXELS = None
    # Like browsers, which show what has come so far.
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        with Image.open(io.BytesIO(content), formats=tuple(FORMATS)) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Invalid(f"may not have more than {MOST_PIXELS:,} pixels", path)
            yield image
    except Invalid:
        raise
    except Exception:
        # The decoders say it in many ways.
        raise Invalid("is not a picture in GIF, JPEG or PNG format", path) from None


def _box(size: tuple[int, int], crop: Crop | None) -> tuple[int, int, int, int]:
    """The part of a picture of this size to keep: left, upper, right, lower."""
    width, height = size
    if crop is None:
        edge = min(width, height)
        left, upper = (width - edge) // 2, (height - edge) // 2
        return left, upper, left + edge, upper + edge
    kept_width = width - crop.x if crop.width is None else crop.width
    kept_height = height - crop.y if crop.height is None else crop.height
    if kept_width != kept_height:
        raise Invalid("and crop_height must be the same: pictures are squares", "crop_width")
    right, lower = crop.x + kept_width, crop.y + kept_height
    if kept_width < 1 or right > width or lower > height:
        raise Invalid(f"must begin a square inside the picture, which has {width} x {height} pixels", "crop_x")
    return crop.x, crop.y, right, lower


def jpeg(image: Image) -> bytes:
    """A picture as it is kept."""
    written = io.BytesIO()
    image.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()
