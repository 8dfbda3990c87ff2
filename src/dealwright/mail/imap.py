"""Speaks IMAP to a mail server: which folders there are, and messages one by one.

A server is believed as little as anybody else: what it sends is bounded, and so is the time that it takes.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Self

from dealwright.crm.correspondence.mail_accounts import Security
from dealwright.crm.correspondence.mail_threads import Folder

TIMEOUT_SECONDS = 30
"""How long a server may say nothing."""

MAX_FOLDERS = 1000
_MAX_ANSWER_BYTES = 16 * 1024 * 1024
_MAX_ANSWER_LINES = 100_000
_FIRST_STEP = 1000
# As many numbers as fit into a line that the library takes.
_LONGEST_STEP = 50_000
_MAX_UID = 2**32 - 1
_BATCH = 50
_LISTED = re.compile(rb'\(([^()]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (.+)', re.DOTALL | re.IGNORECASE)
_ESCAPED = re.compile(rb"\\(.)")
_SPECIAL_USES: Mapping[bytes, Folder] = {
    b"\\sent": "sent",
    b"\\drafts": "drafts",
    b"\\archive": "archive",
}


class ImapError(Exception):
    """A mail server cannot be used; the message says why."""


class ImapRefusal(ImapError):
    """A mail server does not do what it was asked to; the session goes on."""


class MessageInfo(NamedTuple):
    """What a server knows of a message."""

    uid: int
    size: int
    time: datetime | None
    is_seen: bool


class _Connection(imaplib.IMAP4):
    """A connection that takes in so many bytes and lines as an answer to a command."""

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext | None, opened: Callable[[socket.socket], None]
    ) -> None:
        """Connects; with a context, encrypted from the first byte. ``opened`` is told the socket."""
        self.max_bytes = _MAX_ANSWER_BYTES
        self._bytes = self._lines = 0
        self._context = context
        self._opened = opened
        super().__init__(host, port, TIMEOUT_SECONDS)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        created: socket.socket = super()._create_socket(timeout)  # type: ignore[misc]
        self._opened(created)
        return created if self._context is None else self._context.wrap_socket(created, server_hostname=self.host)

    def send(self, data: Any) -> None:
        self._bytes = self._lines = 0
        super().send(data)

    def read(self, size: int) -> bytes:
        self._count(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._count(len(line))
        return line

    def _count(self, size: int) -> None:
        self._bytes += size
        self._lines += 1
        if self._bytes > self.max_bytes or self._lines > _MAX_ANSWER_LINES:
            raise self.abort("the server answers without an end")


class ImapClient:
    """A session with a mail server, which changes nothing there and ends after a time at the latest."""

    def __init__(
        self,
        host: str,
        port: int,
        security: Security,
        *,
        max_message_bytes: int,
        longest: timedelta,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Takes where the server is, and how long the session may take. It begins with ``with``."""
        self._host = host
        self._port = port
        self._security = security
        self._max_message_bytes = max_message_bytes
        self._longest = longest
        self._context = context or ssl.create_default_context()
        self._is_cut_off = False
        self._same_connection: socket.socket | None = None
        # A server that sends a byte now and then is never silent.
        self._end = threading.Timer(longest.total_seconds(), self.cut_off)
        self._end.daemon = True
        self._connection: _Connection

    def __enter__(self) -> Self:
        """Connects. Raises `ImapError`."""
        self._end.start()
        context = self._context if self._security == "tls" else None
        try:
            with self._errors():
                self._connection = _Connection(self._host, self._port, context, self._opened)
                if self._security == "starttls":
                    self._connection.starttls(self._context)
        except ImapError:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the session."""
        with suppress(imaplib.IMAP4.error, OSError):
            self._connection.logout()
        self._close()

    def cut_off(self) -> None:
        """Ends the session at once, from another thread."""
        self._is_cut_off = True
        if self._same_connection is not None:
            with suppress(OSError):
                self._same_connection.shutdown(socket.SHUT_RDWR)

    def _opened(self, created: socket.socket) -> None:
        # Whatever encrypts a connection takes its socket away.
        self._same_connection = created.dup()
        if self._is_cut_off:
            created.close()

    def _close(self) -> None:
        self._end.cancel()
        with suppress(AttributeError, OSError):
            self._connection.shutdown()
        if self._same_connection is not None:
            self._same_connection.close()

    def log_in(self, username: str, password: str) -> None:
        """Logs in. Raises `ImapError`."""
        with self._errors():
            self._connection.login(_argument(username), password)

    def find_folders(self) -> dict[str, Folder]:
        """Returns the inbox, and the folders that the server has for what was sent, for drafts and for the archive."""
        found: dict[str, Folder] = {"INBOX": "inbox"}
        with self._errors():
            status, lines = self._connection.list()
        _require_ok(status, lines)
        for line in lines[:MAX_FOLDERS]:
            content = b" ".join(line) if isinstance(line, tuple) else line
            match = _LISTED.match(content or b"")
            if match is None:
                continue
            uses = [_SPECIAL_USES[flag] for flag in match[1].lower().split() if flag in _SPECIAL_USES]
            if uses and (name := _folder_name(match[2])) is not None:
                found.setdefault(name, uses[0])
        return found

    def open_folder(self, name: str) -> tuple[int, int]:
        """Opens a folder to read; returns the number of its generation, and the number that its next message will have.

        Raises `ImapError`.
        """
        with self._errors():
            status, lines = self._connection.select(_quote(name), readonly=True)
            validity, following = self._number("UIDVALIDITY"), self._number("UIDNEXT")
        _require_ok(status, lines)
        if validity is None:
            raise ImapRefusal("the server does not number its messages")
        return validity, following or self._last_uid() + 1

    def _last_uid(self) -> int:
        """Returns the number of the last message of the folder, for servers that do not say that of the next one."""
        with self._errors():
            _, lines = self._connection.fetch("*", "(UID)")
        found = (_UID.search(line) for line in lines if isinstance(line, bytes))
        return max((int(match[1]) for match in found if match), default=0)

    def _number(self, name: str) -> int | None:
        _, values = self._connection.response(name)
        last = values[-1] if values else None
        return int(last) if isinstance(last, bytes) and last.isdigit() and int(last) <= _MAX_UID else None

    def uids(self, after: int, until: int, since: datetime) -> Iterator[int]:
        """Yields the numbers of the messages since a day, in order: those above ``after`` and below ``until``."""
        first, step = after + 1, _FIRST_STEP
        criterion = f"{since.day}-{_MONTHS[since.month - 1]}-{since.year}"
        while first < until:
            last = min(first + step - 1, until - 1)
            with self._errors():
                status, lines = self._connection.uid("SEARCH", f"UID {first}:{last}", f"SINCE {criterion}")
            _require_ok(status, lines)
            words = b" ".join(line for line in lines if isinstance(line, bytes)).split()
            # With nothing in a range, the last message of the folder is in every range for some servers.
            found = {int(word) for word in words if word.isdigit() and len(word) <= _DIGITS}
            yield from sorted(uid for uid in found if first <= uid <= last)
            # Large gaps are soon behind.
            first, step = last + 1, min(2 * step, _LONGEST_STEP)

    def describe(self, uids: Sequence[int]) -> list[MessageInfo]:
        """Returns what the server knows of messages, in order; those that are gone are left out."""
        found: dict[int, MessageInfo] = {}
        for start in range(0, len(uids), _BATCH):
            wanted = uids[start : start + _BATCH]
            listed = ",".join(map(str, wanted))
            with self._errors():
                status, lines = self._connection.uid("FETCH", listed, "(UID FLAGS INTERNALDATE RFC822.SIZE)")
            _require_ok(status, lines)
            for line in lines:
                info = _parse_info(line) if isinstance(line, bytes) else None
                if info is not None and info.uid in wanted:
                    found[info.uid] = info
        return [found[uid] for uid in sorted(found)]

    def fetch(self, uid: int) -> bytes | None:
        """Returns a message, which stays as unread as it was; None when it is gone. Raises `ImapError`."""
        self._connection.max_bytes = self._max_message_bytes + _MAX_ANSWER_BYTES
        with self._errors():
            status, lines = self._connection.uid("FETCH", str(uid), "(UID BODY.PEEK[])")
        self._connection.max_bytes = _MAX_ANSWER_BYTES
        _require_ok(status, lines)
        for line in lines:
            if isinstance(line, tuple) and len(line) > 1 and isinstance(line[1], bytes):
                return line[1]
        return None

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turns what goes wrong in a block into an `ImapError`."""
        try:
            yield
        except (imaplib.IMAP4.error, OSError, ValueError) as error:
            if self._is_cut_off:
                minutes = self._longest.total_seconds() / 60
                raise ImapError(f"the server took longer than {minutes:g} minutes") from error
            reason = error.args[0] if error.args else ""
            said = reason.decode(errors="replace") if isinstance(reason, bytes) else str(error)
            raise ImapError(said or type(error).__name__) from error


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DIGITS = 10
_UID = re.compile(rb"\bUID (\d{1,10})\b", re.IGNORECASE)
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,15})\b", re.IGNORECASE)
_FLAGS = re.compile(rb"\bFLAGS \(([^()]{0,10000})\)", re.IGNORECASE)


def _parse_info(line: bytes) -> MessageInfo | None:
    uid, size, flags = _UID.search(line), _SIZE.search(line), _FLAGS.search(line)
    if uid is None or size is None:
        return None
    moment: datetime | None = None
    with suppress(ValueError, OverflowError, OSError):
        local = imaplib.Internaldate2tuple(line)
        moment = None if local is None else datetime.fromtimestamp(time.mktime(local), UTC)
    seen = flags is not None and b"\\seen" in flags[1].lower().split()
    return MessageInfo(int(uid[1]), int(size[1]), moment, seen)


def _folder_name(raw: bytes) -> str | None:
    """Returns the name in an answer to LIST, as the server writes it; None for one that cannot be sent back."""
    name = raw.strip()
    if len(name) > 1 and name[:1] == name[-1:] == b'"':
        name = _ESCAPED.sub(rb"\1", name[1:-1])
    try:
        text = name.decode("ascii")
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None


def _quote(text: str) -> str:
    escaped = _argument(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _argument(text: str) -> str:
    """Returns a text that may stand in a command. Raises `ImapError` for one that would end it."""
    if not text.isascii() or not text.isprintable():
        raise ImapError("a name has characters that the protocol does not take")
    return text


def _require_ok(status: str, lines: Sequence[Any]) -> None:
    """Raises `ImapRefusal` for an answer that says no."""
    if status != "OK":
        said = next((line for line in reversed(lines) if isinstance(line, bytes)), b"")
        raise ImapRefusal(said.decode(errors="replace") or "the server says no")
