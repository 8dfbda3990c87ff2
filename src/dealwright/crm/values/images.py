"""Reads images that users upload: detects their format, and makes squares of them. Their content is not trusted."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from dealwright.crm.errors import Invalid

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS: Mapping[str, str] = {"GIF": "image/gif", "JPEG": "image/jpeg", "PNG": "image/png"}
MAX_PIXELS = 32_000_000
"""The maximum size of an image. A small file can claim any number of pixels, and they would all be allocated."""

_QUALITY = 90
_SMOOTH_MODES = frozenset({"L", "RGB", "RGBA", "CMYK"})


class Crop(NamedTuple):
    """The part of an image to keep, in pixels from its upper left corner; up to its edges where a length is None."""

    x: int = 0
    y: int = 0
    width: int | None = None
    height: int | None = None


def detect_media_type(content: bytes, path: str) -> str:
    """Returns the media type of an image, from its content. Raises `Invalid` unless it is a GIF, JPEG or PNG."""
    with _open_image(content, path) as image:
        return FORMATS[str(image.format)]


def make_square_jpegs(content: bytes, sizes: Sequence[int], crop: Crop | None, path: str) -> dict[int, bytes]:
    """Returns an image as JPEG squares by edge length: the part to keep, or the largest square around its middle.

    Raises `Invalid` for content that is no image, and for a part that is no square inside it. Of a damaged image the
    part that can be read is shown.
    """
    with _open_image(content, path) as image:
        from PIL import Image, ImageOps  # noqa: PLC0415 - see `_open_image`

        # Cameras store images rotated, with a flag that says so; users see them upright when they choose the crop.
        ImageOps.exif_transpose(image, in_place=True)
        part = image.crop(_crop_box(image.size, crop))
        if part.mode not in _SMOOTH_MODES:
            part = part.convert("RGBA")
        edge = max(sizes)
        large = part.resize((edge, edge), Image.Resampling.LANCZOS, reducing_gap=2.0).convert("RGBA")
        background = Image.new("RGBA", large.size, "white")
        background.alpha_composite(large)
        opaque = background.convert("RGB")
        return {size: encode_jpeg(opaque.resize((size, size), Image.Resampling.LANCZOS)) for size in sizes}


@contextmanager
def _open_image(content: bytes, path: str) -> Iterator[Image]:
    """Opens an image, of which only the header is read. Raises `Invalid` for any error that reading it causes."""
    # Importing the library takes 50 ms, so only requests with an image do it.
    from PIL import Image, ImageFile  # noqa: PLC0415

    # Pillow's own limit is higher, and only warns.
    Image.MAX_IMAGE_PIXELS = None
    # Like browsers, which show the part that has arrived so far.
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    try:
        with Image.open(io.BytesIO(content), formats=tuple(FORMATS)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise Invalid(f"may not have more than {MAX_PIXELS:,} pixels", path)
            yield image
    except Invalid:
        raise
    except Exception:
        # The decoders raise many kinds of exceptions.
        raise Invalid("is not a picture in GIF, JPEG or PNG format", path) from None


def _crop_box(size: tuple[int, int], crop: Crop | None) -> tuple[int, int, int, int]:
    """Returns the part of an image to keep: left, upper, right, lower.

    Raises `Invalid` unless it is a square inside it.
    """
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


def encode_jpeg(image: Image) -> bytes:
    """Returns an image as it is stored."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
