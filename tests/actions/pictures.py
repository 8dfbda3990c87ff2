"""Pictures to upload."""

from __future__ import annotations

import io

from PIL import Image


def paint(color: str) -> tuple[str, bytes]:
    """Returns a picture of one colour, with a name."""
    content = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(content, "PNG")
    return f"{color}.png", content.getvalue()
