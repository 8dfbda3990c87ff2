"""Parses multipart forms within limits, whatever their headers say about encodings."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from dealwright.contract.endpoint import Upload
from dealwright.contract.forms import MAX_MEMBERS, Form
from dealwright.server.errors import HttpError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MAX_FILES = 20
# Larger files wait on the disk, for the rest of the body and until they are stored.
MAX_FILE_BYTES_IN_MEMORY = 64 * 1024
DEFAULT_CONTENT_TYPE = "application/octet-stream"

_UTF8_NAMES = frozenset({b"", b"utf-8", b"utf8"})


def check_charset(content_type: bytes) -> None:
    """Raises `HttpError` for a body in another encoding than UTF-8.

    The name is compared and never looked up: Python keeps every name of an encoding that it was asked for.
    """
    if b"charset" not in content_type.lower():
        return
    _, parameters = parse_options_header(content_type)
    for name, value in parameters.items():
        if name.strip().lower() == b"charset" and value.strip(b" '\"").lower() not in _UTF8_NAMES:
            raise HttpError(415, "The charset must be utf-8")


class FormParser:
    """Takes a form piece by piece. Its fields hold at most ``max_text_bytes`` together, and must be UTF-8.

    Every method raises `HttpError` for a form that is not valid or exceeds a limit.
    """

    def __init__(self, content_type: bytes, max_text_bytes: int) -> None:
        check_charset(content_type)
        _, parameters = parse_options_header(content_type)
        if b"boundary" not in parameters:
            raise HttpError(400, "The body is not a valid form: Missing boundary in multipart.")
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin_part,
            "on_header_field": self._add_header_name,
            "on_header_value": self._add_header_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._add_data,
            "on_part_end": self._end_part,
        }
        try:
            self._parser = MultipartParser(parameters[b"boundary"], callbacks)
        except FormParserError:
            raise _invalid() from None
        self._max_text_bytes = max_text_bytes
        self._pairs: list[tuple[str, str | Upload]] = []
        self._text_bytes = self._field_count = 0
        self._files: list[BinaryIO] = []
        self._headers: dict[bytes, bytes] = {}
        self._header_name = self._header_value = b""
        # The part that is being read: its name, and where its content goes.
        self._name = self._filename = ""
        self._text: bytearray | None = None
        self._file: BinaryIO | None = None

    def write(self, data: bytes) -> None:
        """Takes the next piece of the form."""
        try:
            self._parser.write(data)
        except FormParserError:
            raise _invalid() from None

    def finish(self) -> Form:
        """Returns the form."""
        try:
            self._parser.finalize()
        except FormParserError:
            raise _invalid() from None
        return Form(self._pairs)

    def close(self) -> None:
        """Removes the files of the form."""
        for file in self._files:
            file.close()

    def _begin_part(self) -> None:
        self._headers = {}
        self._text = self._file = None

    def _add_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _add_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if b"name" not in options:
            raise HttpError(400, "The body is not a valid form: each part must have a name in its Content-Disposition")
        self._name = _decode_name(options[b"name"])
        if b"filename" not in options:
            self._field_count += 1
            if self._field_count > MAX_MEMBERS:
                raise HttpError(400, f"The form has more than {MAX_MEMBERS} members")
            self._text = bytearray()
            return
        if len(self._files) == MAX_FILES:
            raise HttpError(400, f"The form has more than {MAX_FILES} files")
        self._filename = _decode_name(options[b"filename"])
        self._file = cast("BinaryIO", SpooledTemporaryFile(MAX_FILE_BYTES_IN_MEMORY))  # noqa: SIM115 - `close` does
        self._files.append(self._file)

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])
            return
        assert self._text is not None
        self._text_bytes += end - start
        if self._text_bytes > self._max_text_bytes:
            raise HttpError(413, f"The fields of the form are larger than {self._max_text_bytes} bytes")
        self._text += data[start:end]

    def _end_part(self) -> None:
        if self._file is not None:
            content_type = self._headers.get(b"content-type", b"").decode("latin-1") or DEFAULT_CONTENT_TYPE
            self._file.seek(0)
            self._pairs.append((self._name, Upload(self._filename, content_type, self._file)))
            return
        assert self._text is not None
        try:
            self._pairs.append((self._name, self._text.decode()))
        except UnicodeDecodeError:
            raise _invalid() from None


def _decode_name(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _invalid() -> HttpError:
    return HttpError(400, "The body is not a valid form")
