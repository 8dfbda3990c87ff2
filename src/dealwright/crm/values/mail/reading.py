"""Reads a message: whom it is between, its text as safe HTML without anything from elsewhere, and the files in it."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import NamedTuple

from dealwright.crm.errors import Invalid
from dealwright.crm.values import file_names, html
from dealwright.crm.values.html import SafeHtml
from dealwright.crm.values.mail import charsets, headers, mime
from dealwright.crm.values.mail.headers import MAX_ID_LENGTH, Address
from dealwright.crm.values.mail.mime import Part

MAX_BODY_BYTES = 512 * 1024
"""How large the text of a message may be; HTML that is larger gives its words only, and a text its beginning."""

MAX_ATTACHMENTS = 100
MAX_PARTIES = 500
SNIPPET_LENGTH = 225
_SUBJECT_LENGTH = 1000
_MAX_TEXTS = 20
_CID_LENGTH = 255
_ROLES = ("from", "to", "cc", "bcc")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")
_OCTET_STREAM = "application/octet-stream"


class Attachment(NamedTuple):
    """A file in a message. One that ``is_inline`` is shown in the text, under its ``cid``."""

    name: str
    content_type: str
    content: bytes
    cid: str | None
    is_inline: bool


class Mail(NamedTuple):
    """A message. ``references`` are the ids of those before it, the nearest one first; ``time`` is what it says itself."""

    message_id: str
    references: tuple[str, ...]
    subject: str
    time: datetime | None
    parties: Mapping[str, tuple[Address, ...]]
    body: SafeHtml
    snippet: str
    attachments: tuple[Attachment, ...]

    def senders(self) -> list[str]:
        """Returns the addresses of the senders, in lower case."""
        return [address.email_address.lower() for address in self.parties["from"]]


def read(raw: bytes) -> Mail:
    """Returns the message that bytes are; nothing fails, whatever they are."""
    head, _ = mime.split_head(raw, 0, len(raw))
    texts: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    files: list[Part] = []
    for part in mime.parts(raw):
        known = texts.get(part.type.value)
        if known is not None and len(known) < _MAX_TEXTS and not _is_attached(part):
            known.append(charsets.decode(part.content(), part.type.parameters.get("charset")))
        elif len(files) < MAX_ATTACHMENTS:
            files.append(part)
    body = _body(texts)
    return Mail(
        message_id=_message_id(head, raw),
        references=_references(head),
        subject=headers.decode_words(head.get("subject", ""))[:_SUBJECT_LENGTH],
        time=headers.parse_date(head.get("date", "")),
        parties=_parties(head),
        body=body,
        snippet=_snippet(texts, body),
        attachments=tuple(_attachment(part, body) for part in files),
    )


def _is_attached(part: Part) -> bool:
    return part.disposition.value == "attachment" or bool(_file_name(part))


def _message_id(head: Mapping[str, str], raw: bytes) -> str:
    """Returns the id that a message has; one that follows from its bytes when it has none."""
    found = headers.parse_ids(head.get("message-id", ""))
    if found:
        return found[0]
    bare = head.get("message-id", "").strip("<> \t")
    if bare and len(bare) <= MAX_ID_LENGTH and len(bare.split()) == 1:
        return bare
    return f"{hashlib.sha256(raw).hexdigest()}@without-id.invalid"


def _references(head: Mapping[str, str]) -> tuple[str, ...]:
    nearest = headers.parse_ids(head.get("in-reply-to", ""))
    others = headers.parse_ids(head.get("references", ""))
    return tuple(dict.fromkeys([*nearest, *reversed(others)]))


def _parties(head: Mapping[str, str]) -> dict[str, tuple[Address, ...]]:
    found: dict[str, tuple[Address, ...]] = {}
    left = MAX_PARTIES
    for role in _ROLES:
        found[role] = tuple(headers.parse_addresses(head.get(role, ""))[:left])
        left -= len(found[role])
    if not found["from"] and "sender" in head:
        found["from"] = tuple(headers.parse_addresses(head["sender"])[:1])
    return found


def _body(texts: Mapping[str, list[str]]) -> SafeHtml:
    """Returns the text of a message: its HTML if that can be shown, else the text beside it or its words."""
    written = "<hr>".join(one for one in texts["text/html"] if one.strip())
    if written and len(written) <= MAX_BODY_BYTES:
        try:
            return html.sanitize_mail(written, "body", MAX_BODY_BYTES)
        except Invalid:
            pass
    plain = "\n\n".join(one.strip() for one in texts["text/plain"] if one.strip())
    if not plain and written:
        plain = html.to_text(written[: 4 * MAX_BODY_BYTES])
    shown = html.from_text(plain[:MAX_BODY_BYTES])
    while len(shown.encode()) > MAX_BODY_BYTES:
        plain = plain[: min(len(plain), MAX_BODY_BYTES) // 2]
        shown = html.from_text(plain)
    return shown


def _snippet(texts: Mapping[str, list[str]], body: str) -> str:
    """Returns the beginning of the text on one line."""
    plain = next((one for one in texts["text/plain"] if one.strip()), None)
    words = plain if plain is not None else html.to_text(body)
    return " ".join(words[: 20 * SNIPPET_LENGTH].split())[:SNIPPET_LENGTH]


def _attachment(part: Part, body: str) -> Attachment:
    cid = part.headers.get("content-id", "").strip("<> \t") or None
    if cid is not None and (len(cid) > _CID_LENGTH or len(cid.split()) != 1):
        cid = None
    content_type = part.type.value if _MEDIA_TYPE.fullmatch(part.type.value) else _OCTET_STREAM
    name = _file_name(part) or _name_by_type(part, content_type)
    is_inline = cid is not None and (f'"cid:{escape(cid)}"' in body or f'"cid:{cid}"' in body)
    return Attachment(file_names.clean_name(name), content_type, part.content(), cid, is_inline)


def _file_name(part: Part) -> str:
    return part.disposition.parameters.get("filename") or part.type.parameters.get("name") or ""


def _name_by_type(part: Part, content_type: str) -> str:
    """Returns a name for a file that came without one."""
    if content_type == "message/rfc822":
        head, _ = mime.split_head(part.raw, part.start, part.end)
        return f"{headers.decode_words(head.get('subject', ''))[:100] or 'message'}.eml".replace("/", "-")
    return f"attachment{mimetypes.guess_extension(content_type) or ''}"
