"""Pictures that take too much to read: they are refused in time, and nobody else waits."""

from __future__ import annotations

import io
import signal
import struct
import subprocess
import sys
import threading
import time
import zlib
from pathlib import Path
from typing import BinaryIO

import pytest
from PIL import Image

from dealwright.crm.values import images, picture_process
from tests.api import Api, Response

LARGE = (6400, 5000)


def encode(image: Image.Image, format: str, **options: object) -> bytes:
    written = io.BytesIO()
    image.save(written, format, **options)
    return written.getvalue()


def scan_bomb(scans: int, size: tuple[int, int] = LARGE) -> bytes:
    """A progressive JPEG whose last scan is there many times over."""
    content = encode(Image.new("RGB", size, "red"), "JPEG", progressive=True)
    return content[:-2] + content[content.rindex(b"\xff\xda") : -2] * scans + b"\xff\xd9"


def png_chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def decompression_bomb() -> bytes:
    """A PNG of 60,000 x 60,000 pixels in 200 KB."""
    head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    rows = png_chunk(b"IDAT", zlib.compress(bytes(200_000_000), 9))
    return b"\x89PNG\r\n\x1a\n" + head + rows + png_chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A PNG of one pixel, with texts that unpack to 2 GB."""
    picture = encode(Image.new("RGB", (1, 1)), "PNG")
    text = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(1_000_000), 9))
    return picture[:33] + text * 2000 + picture[33:]


def upload(api: Api, content: bytes) -> Response:
    return api.upload("POST", "/v1/persons/1/picture", {"file": ("p.jpg", "image/jpeg", content)})


@pytest.fixture
def person(api: Api) -> Api:
    api.post("/api/v2/persons", {"name": "Mary"})
    return api


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (scan_bomb(1000), "may not have more than 50 scans"),
        (scan_bomb(1000, (100, 100)), "may not have more than 50 scans"),
        (decompression_bomb(), "may not have more than 32,000,000 pixels"),
        (text_bomb(), "is not a picture"),
    ],
    ids=["many scans of a large picture", "many scans of a small one", "many pixels", "long texts"],
)
def test_a_picture_that_takes_too_much_is_refused(person: Api, content: bytes, reason: str) -> None:
    person.post("/api/v2/products", {"name": "Tile"})
    product_image = person.upload("POST", "/api/v2/products/1/images", {"data": ("p.jpg", "image/jpeg", content)})
    for answer in (upload(person, content), product_image):
        assert answer.status == 400
        assert reason in answer.error
    assert person.get("/v1/persons/1").data["picture_id"] is None
    folder = person.principal.company.files._folder  # type: ignore[attr-defined]
    assert [path for path in folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("limit", "value"),
    [("MAX_SECONDS", 0.2), ("MAX_CPU_SECONDS", 1), ("MAX_MEMORY_BYTES", 200 * 1024**2)],
)
def test_time_and_memory_are_limited(
    person: Api, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, limit: str, value: float
) -> None:
    # A process with the limit, and with more work than any picture may be that passes the others.
    text = Path(picture_process.__file__).read_text()
    changed = text.replace("MAX_SCANS = 50", "MAX_SCANS = 10**6")
    if limit != "MAX_SECONDS":
        old = next(line for line in text.splitlines() if line.startswith(f"{limit} = "))
        changed = changed.replace(old, f"{limit} = {value}")
    script = tmp_path / "process.py"
    script.write_text(changed)
    command = list(images._command())
    monkeypatch.setattr(images, "_command", lambda: [*command[:3], str(script), command[4]])
    monkeypatch.setattr(images, "MAX_SECONDS", value if limit == "MAX_SECONDS" else 60)
    answer = upload(person, scan_bomb(5000))
    assert answer.status == 400
    assert "takes more time or memory to read than a picture may" in answer.error


def test_ordinary_pictures_have_few_scans() -> None:
    picture = Image.effect_noise((300, 200), 80).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = "\xff\xda" * 100
    assert picture_process.count_scans(encode(picture, "JPEG", exif=exif)) == 1
    assert 5 < picture_process.count_scans(encode(picture, "JPEG", progressive=True)) < 15
    # What follows the picture, as a film does in some cameras' files, is none of it.
    assert picture_process.count_scans(encode(picture, "JPEG") + b"\xff\xda\0\2" * 100) == 1
    assert picture_process.count_scans(b"\xff\xd8" + b"\xff" * 100_000) == 0


def test_others_write_while_a_picture_is_read(person: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, may_end = threading.Event(), threading.Event()
    communicate = images._communicate

    def wait(request: str, content: BinaryIO) -> tuple[int, bytes]:
        begun.set()
        assert may_end.wait(60)
        return communicate(request, content)

    monkeypatch.setattr(images, "_communicate", wait)
    answers: list[Response] = []
    content = encode(Image.new("RGB", (100, 100)), "PNG")
    threads = [threading.Thread(target=lambda: answers.append(upload(person, content))) for _ in range(6)]
    for thread in threads:
        thread.start()
    assert begun.wait(60)
    assert person.post("/api/v2/persons", {"name": "Joe"}).status == 200
    assert answers == []
    may_end.set()
    for thread in threads:
        thread.join(60)
    assert [answer.status for answer in answers] == [200] * 6


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent at once")
def test_the_process_ends_with_the_server() -> None:
    code = (
        "import subprocess, sys\n"
        "from dealwright.crm.values import images\n"
        "child = subprocess.Popen(images._command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)\n"
        "child.stdin.write(b'{')\n"
        "child.stdin.flush()\n"
        "print(child.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        child = int(server.stdout.readline())
        deadline = time.monotonic() + 60
        # Its limits are set first.
        while "ctypes" not in Path(f"/proc/{child}/maps").read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        server.send_signal(signal.SIGKILL)
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(child)


def is_running(id: int) -> bool:
    try:
        return Path(f"/proc/{id}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    except FileNotFoundError:
        return False
