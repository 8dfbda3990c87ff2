"""Takes the pictures of README: runs the tests that keep them, and writes docs/images and README's section anew.

    python -m scripts.pictures

A picture is what the tests saw, in fewer colours, so that it takes at most `MAX_BYTES`.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
README = ROOT / "README.md"
MAX_BYTES = 150 * 1024
COLOURS = (256, 128, 64, 32)
SECTION = re.compile(r"(?<=<!-- pictures: make pictures -->\n).*?(?=<!-- end of pictures -->)", re.DOTALL)


class Picture(NamedTuple):
    """A picture: the name that tests give it, and what it shows."""

    name: str
    text: str


PICTURES = (
    Picture(
        "connections-1280-light", "Connections: to Pipedrive and to CRMs of one's own, with state, scopes and budget"
    ),
    Picture("actions-1280-dark", "All actions, narrowed at each key"),
    Picture("action-answer-1280-light", "One action: its form, its answer, and the same call as code"),
    Picture("run-1280-dark", "A run: what it changed, and undo"),
)


def shrink(content: bytes) -> bytes:
    """Returns a picture in as many colours as fit. Raises ValueError if none do."""
    picture = Image.open(io.BytesIO(content)).convert("RGB")
    for colours in COLOURS:
        target = io.BytesIO()
        picture.quantize(colours, dither=Image.Dither.NONE).save(target, "PNG", optimize=True)
        if target.tell() <= MAX_BYTES:
            return target.getvalue()
    raise ValueError(f"more than {MAX_BYTES} bytes in {COLOURS[-1]} colours")


def write(taken: Path) -> Sequence[Picture]:
    """Writes the pictures that were taken, and README's section; returns those that were not."""
    IMAGES.mkdir(exist_ok=True)
    missing = [one for one in PICTURES if not (taken / f"{one.name}.png").exists()]
    lines: list[str] = []
    for picture in PICTURES:
        if picture in missing:
            continue
        (IMAGES / f"{picture.name}.png").write_bytes(shrink((taken / f"{picture.name}.png").read_bytes()))
        lines.append(f"![{picture.text}](docs/images/{picture.name}.png)\n\n")
    text, found = SECTION.subn("".join(lines).rstrip("\n") + "\n", README.read_text())
    assert found == 1, "README has no place for the pictures"
    README.write_text(text)
    return missing


def main() -> int:
    """Takes and writes them; returns 1 when a test failed or a picture is missing."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pytest", "-q", "tests/web", "-k", "sqlite"]
        failed = subprocess.run(
            command, cwd=ROOT, env={**os.environ, "DEALWRIGHT_SCREENSHOTS": folder}, check=False
        ).returncode
        missing = write(Path(folder) / "sqlite")
    for picture in missing:
        print(f"No test kept {picture.name}.png", file=sys.stderr)
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main())
