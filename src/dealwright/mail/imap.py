"""Speaks IMAP to a mail server: which folders there are, and messages one by one.

A server is believed as little as anybody else: what it sends is bounded, and so is the time that it takes.
"""

from __future__ import annotations

import imaplib
import re
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import NamedTuple, Self

from dealwright.crm.correspondence.mail_accounts import Security
from dealwright.crm.correspondence.mail_threads import Folder

TIMEOUT_SECONDS = 30
MAX_FOLDERS = 1000
MAX_LITERAL_BYTES = 256 * 1024 * 1024
"""The most that a server may send at once."""

_MAX_RESPONSES = 20_000
_FIRST_STEP = 1000
_MAX_UID = 2**32 - 1
_BATCH = 50
_LISTED = re.compile(rb'\(([^()]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (.+)', re.DOTALL | re.IGNORECASE)
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_SPECIAL_USES: Mapping[bytes, Folder] = {
    b"\\sent": "sent",
    b"\\drafts": "drafts",
    b"\\archive": "archive",
}


class ImapError(Exception):
    """A mail server cannot be used; the message says why."""


class MessageInfo(NamedTuple):
    """What a server knows of a message."""

    uid: int
    size: int
    time: datetime | None
    is_seen: bool


class _Connection(imaplib.IMAP4):
    """A connection that takes in no more than is allowed."""

    def read(self, size: int) -> bytes:
        # Messages that are larger are never asked for.
        if size > MAX_LITERAL_BYTES:
            raise self.abort(f"the server sends {size} bytes at once")
        return super().read(size)


class _EncryptedConnection(_Connection, imaplib.IMAP4_SSL):
    """A connection that is encrypted from its first byte."""


class ImapClient:
    """A session with a mail server, which changes nothing there."""

    def __init__(
        self,
        host: str,
        port: int,
        security: Security,
        *,
        context: ssl.SSLContext | None = None,
    ) -> None:
        """Connects. Raises `ImapError`."""
        context = context or ssl.create_default_context()
        with _errors():
            if security == "tls":
                self._connection: imaplib.IMAP4 = _EncryptedConnection(
                    host, port, ssl_context=context, timeout=TIMEOUT_SECONDS
                )
            else:
                self._connection = _Connection(host, port, timeout=TIMEOUT_SECONDS)
                if security == "starttls":
                    self._connection.starttls(context)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Ends the session."""
        with suppress(imaplib.IMAP4.error, OSError):
            self._connection.logout()

    def log_in(self, username: str, password: str) -> None:
        """Logs in. Raises `ImapError`."""
        with _errors():
            self._connection.login(_argument(username), password)

    def find_folders(self) -> dict[str, Folder]:
        """Returns the inbox, and the folders that the server has for what was sent, for drafts and for the archive."""
        found: dict[str, Folder] = {"INBOX": "inbox"}
        with _errors():
            _, lines = self._connection.list()
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
        with _errors():
            self._connection.select(_quote(name), readonly=True)
            validity, following = self._number("UIDVALIDITY"), self._number("UIDNEXT")
        if validity is None:
            raise ImapError("the server does not number its messages")
        return validity, following or _MAX_UID

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
            with _errors():
                status, lines = self._connection.uid("SEARCH", f"UID {first}:{last}", f"SINCE {criterion}")
            if status != "OK":
                raise ImapError("the server does not search")
            words = b" ".join(line for line in lines if isinstance(line, bytes)).split()
            # With nothing in a range, the last message of the folder is in every range for some servers.
            found = sorted({int(word) for word in words if word.isdigit() and len(word) <= 10})
            yield from (uid for uid in found if first <= uid <= last)
            # Large gaps are soon behind.
            step = step * 2 if not found else _FIRST_STEP
            first = last + 1

    def describe(self, uids: Sequence[int]) -> list[MessageInfo]:
        """Returns what the server knows of messages, in order; those that are gone are left out."""
        found: dict[int, MessageInfo] = {}
        for start in range(0, len(uids), _BATCH):
            wanted = uids[start : start + _BATCH]
            listed = ",".join(map(str, wanted))
            with _errors():
                _, lines = self._connection.uid("FETCH", listed, "(UID FLAGS INTERNALDATE RFC822.SIZE)")
            for line in lines[:_MAX_RESPONSES]:
                info = _parse_info(line) if isinstance(line, bytes) else None
                if info is not None and info.uid in wanted:
                    found[info.uid] = info
        return [found[uid] for uid in sorted(found)]

    def fetch(self, uid: int) -> bytes | None:
        """Returns a message, which stays as unread as it was; None when it is gone. Raises `ImapError`."""
        with _errors():
            _, lines = self._connection.uid("FETCH", str(uid), "(UID BODY.PEEK[])")
        for line in lines:
            if isinstance(line, tuple) and len(line) > 1 and isinstance(line[1], bytes):
                return line[1]
        return None


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
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
    quoted = _QUOTED.fullmatch(raw.strip())
    name = re.sub(rb"\\(.)", rb"\1", quoted[1]) if quoted else raw.strip()
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


@contextmanager
def _errors() -> Iterator[None]:
    """Turns what goes wrong in a block into an `ImapError`."""
    try:
        yield
    except (imaplib.IMAP4.error, OSError, ValueError) as error:
        reason = error.args[0] if error.args else ""
        said = reason.decode(errors="replace") if isinstance(reason, bytes) else str(error)
        raise ImapError(said or type(error).__name__) from error
