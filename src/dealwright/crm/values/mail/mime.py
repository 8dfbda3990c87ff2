"""The parts of a message, found in its bytes without a copy of them.

Every level of nesting is one more look at the bytes of the part; there are few levels and not very many parts.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dealwright.crm.values.mail.headers import Value, decode_base64, parse_value

MAX_DEPTH = 20
"""How many levels of parts in parts are looked into; what is deeper is a file of its own."""

MAX_PARTS = 300
"""How many parts a message may have; the rest of one that has more is one part."""

MAX_HEAD_BYTES = 256 * 1024
MAX_HEADER_LENGTH = 32 * 1024
_MAX_HEADERS = 1000
_LONGEST_BOUNDARY = 200
_NOTHING = Value("", {})


class Part(NamedTuple):
    """A part that has no parts: its headers by name in lower case, its type and disposition, and where its bytes are.

    ``container`` is the type of what it is in, as ``multipart/related``.
    """

    headers: Mapping[str, str]
    type: Value
    disposition: Value
    raw: bytes
    start: int
    end: int
    container: str

    def content(self) -> bytes:
        """Returns what the part holds, decoded as it says that it is encoded, as far as it is."""
        body = self.raw[self.start : self.end]
        encoding = self.headers.get("content-transfer-encoding", "").strip().lower()
        if encoding == "base64":
            return decode_base64(body)
        return binascii.a2b_qp(body) if encoding == "quoted-printable" else body


class _Section(NamedTuple):
    """A piece of a message that is a part, with or without parts in it."""

    start: int
    end: int
    depth: int
    container: str


def split_head(raw: bytes, start: int, end: int) -> tuple[dict[str, str], int]:
    """Returns the headers of a part, the first one of each name, and where its body begins."""
    limit = min(end, start + MAX_HEAD_BYTES)
    if raw.startswith((b"\n", b"\r\n"), start):
        # A part may have no headers.
        return {}, raw.find(b"\n", start) + 1
    ends = [
        (place, place + len(mark))
        for mark in (b"\r\n\r\n", b"\n\n", b"\n\r\n")
        if (place := raw.find(mark, start, limit)) >= 0
    ]
    head_end, body = min(ends, default=(limit, limit))
    found: dict[str, str] = {}
    lines: list[str] = []
    for line in _decode(raw[start:head_end]).splitlines()[:_MAX_HEADERS]:
        if line[:1] in (" ", "\t"):
            lines.append(line.strip())
        else:
            _keep(found, lines)
            lines = [line]
    _keep(found, lines)
    return found, body


def _keep(found: dict[str, str], lines: list[str]) -> None:
    name, colon, value = " ".join(lines)[:MAX_HEADER_LENGTH].partition(":")
    if colon:
        found.setdefault(name.strip().lower(), value.strip())


def _decode(head: bytes) -> str:
    try:
        text = head.decode()
    except UnicodeDecodeError:
        text = head.decode("latin-1")
    # Other characters than these would count as ends of lines.
    return text.translate(_NOT_LINE_ENDS)


_NOT_LINE_ENDS = {
    **dict.fromkeys((*range(0x09), *range(0x0E, 0x20), 0x7F), ""),
    **dict.fromkeys((0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029), " "),
}


def parts(raw: bytes) -> Iterator[Part]:
    """Yields the parts of a message that have no parts, in their order."""
    waiting = [_Section(0, len(raw), 0, "")]
    known = 1
    while waiting:
        start, end, depth, container = waiting.pop()
        headers, body = split_head(raw, start, end)
        type = parse_value(headers["content-type"]) if "content-type" in headers else _default_type(container)
        boundary = type.parameters.get("boundary", "")
        if type.value.startswith("multipart/") and 0 < len(boundary) <= _LONGEST_BOUNDARY and depth < MAX_DEPTH:
            sections = list(_split(raw, body, end, boundary.encode(errors="replace"), MAX_PARTS - known))
            known += len(sections)
            waiting += [_Section(first, last, depth + 1, type.value) for first, last in reversed(sections)]
            if sections:
                continue
            # What is not divided as it says is a text.
            type = _default_type("")
        disposition = parse_value(headers["content-disposition"]) if "content-disposition" in headers else _NOTHING
        yield Part(headers, type, disposition, raw, min(body, end), end, container)


def _default_type(container: str) -> Value:
    return Value("message/rfc822" if container == "multipart/digest" else "text/plain", {})


def _split(raw: bytes, start: int, end: int, boundary: bytes, most: int) -> Iterator[tuple[int, int]]:
    """Yields where the parts between lines with a boundary begin and end; the last of ``most`` goes to the end."""
    mark = b"--" + boundary
    position = start if raw.startswith(mark, start) else _next_line(raw, start, end, mark)
    first = -1
    while position >= 0:
        line_end = raw.find(b"\n", position, end)
        line_end = end if line_end < 0 else line_end
        rest = raw[position + len(mark) : min(line_end, position + len(mark) + _LONGEST_BOUNDARY)].strip()
        if rest in (b"", b"--"):
            if first >= 0:
                yield first, _before_line_break(raw, first, position)
                most -= 1
            first = min(line_end + 1, end)
            if rest:
                return
            if most <= 1:
                break
        position = _next_line(raw, line_end, end, mark)
    if first >= 0 and most > 0:
        yield first, end


def _next_line(raw: bytes, start: int, end: int, mark: bytes) -> int:
    """Returns where the next line with a mark begins; -1 when there is none."""
    found = raw.find(b"\n" + mark, start, end)
    return found + 1 if found >= 0 else -1


def _before_line_break(raw: bytes, start: int, end: int) -> int:
    """Returns the end of a part, without the line break that belongs to the boundary."""
    if end > start and raw[end - 1 : end] == b"\n":
        end -= 1
    if end > start and raw[end - 1 : end] == b"\r":
        end -= 1
    return end
