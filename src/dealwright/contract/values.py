"""Types of values that both dialects share: ids, dates, colours, currencies."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, ClassVar, Literal, Self

from msgspec import Meta

from dealwright._json import Json as Json  # noqa: PLC0414

# In Python, `$` alone lets a line break pass at the end, and `\d` the digits of other scripts.
_END = r"$(?!\n)"
_UUID = rf"^[0-9a-fA-F]{{8}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{4}}-[0-9a-fA-F]{{12}}{_END}"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?"
_DURATION = r"[0-9]{1,3}:[0-5][0-9](:[0-5][0-9])?"
_TIME_OF_DAY, _TIME_OF_DAY_OR_NONE = rf"^{_TIME}{_END}", rf"^({_TIME})?{_END}"
_WHOLE_DURATION, _DURATION_OR_NONE = rf"^{_DURATION}{_END}", rf"^({_DURATION})?{_END}"
_HEX_COLOR = rf"^[0-9A-Fa-f]{{6}}{_END}"
_DIGITS = rf"^[0-9]+{_END}"
_DAY, _CLOCK, _ZONE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}", r"[0-9]{2}:[0-9]{2}:[0-9]{2}", r"(Z|[+-][0-9]{2}:[0-9]{2})"
_ANY_TIME = re.compile(rf"{_DAY}[T ][0-9]{{2}}:[0-9]{{2}}(:[0-9]{{2}}(\.[0-9]{{1,9}})?)?{_ZONE}?")
_RFC3339_TIME = re.compile(f"{_DAY}T{_CLOCK}{_ZONE}")
_UTC_TIME = re.compile(f"{_DAY}(T{_CLOCK}{_ZONE}| {_CLOCK})")

PATTERN_WORDS = {
    _UUID: "a UUID",
    _TIME_OF_DAY: "a time of day, HH:MM or HH:MM:SS",
    _TIME_OF_DAY_OR_NONE: "a time of day, HH:MM or HH:MM:SS",
    _WHOLE_DURATION: "a duration, HH:MM or HH:MM:SS",
    _DURATION_OR_NONE: "a duration, HH:MM or HH:MM:SS",
    _HEX_COLOR: "a colour of six hexadecimal digits, such as 00AAFF",
    _DIGITS: "a text of digits",
}
"""What a text that matches a pattern is, in words."""


class FormattedTime(datetime):
    """A time whose text is judged, not its value: other ways to write the same time are refused."""

    pattern: ClassVar[re.Pattern[str]]
    words: ClassVar[str]
    example: ClassVar[str] = "2026-01-31T12:00:00Z"

    @classmethod
    def from_text(cls, text: object) -> Self:
        """Returns the time that a text stands for. Raises ValueError for any other text, and for what is no text."""
        if not isinstance(text, str) or not cls.pattern.fullmatch(text):
            raise ValueError(cls.words)
        return cls.fromisoformat(text)


class IsoTime(FormattedTime):
    """A day and a time of day, with ``T`` or a space between. Fractions of seconds and a zone may follow; without it, it is UTC.

    Numbers are none: what is meant as a date, such as 20260131, would be a moment in 1970.
    """

    pattern = _ANY_TIME
    words = "a valid datetime, such as 2026-01-31 12:00:00 or 2026-01-31T12:00:00Z"


class Rfc3339Time(FormattedTime):
    """RFC 3339 in whole seconds, with ``Z`` or an offset from UTC."""

    pattern = _RFC3339_TIME
    words = "a valid datetime: give whole seconds and a time zone, as in 2026-01-31T12:00:00Z"


class UtcTime(FormattedTime):
    """``YYYY-MM-DD HH:MM:SS`` in UTC, or RFC 3339 in whole seconds."""

    pattern = _UTC_TIME
    words = "a valid datetime in whole seconds, as in 2026-01-31 12:00:00 (UTC) or 2026-01-31T12:00:00Z"
    example = "2026-01-31 12:00:00"


FORMATTED_TIMES: tuple[type[FormattedTime], ...] = (IsoTime, Rfc3339Time, UtcTime)

Id = Annotated[int, Meta(ge=1, le=2**53 - 1)]
"""The id of a record: a positive integer that JavaScript can hold."""

Uuid = Annotated[str, Meta(pattern=_UUID)]
"""An id of the newer records (leads, lead labels, comments)."""

Flag = Literal[0, 1]
"""A yes or no that v1 writes as a number."""

VisibleTo = Literal[1, 3, 5, 7]
"""Who sees a record: 1 owner, 3 owner's group, 5 group and its sub-groups, 7 the whole company."""

Amount = Annotated[float, Meta(ge=-(2**53) + 1, le=2**53 - 1)]
"""An amount of money. Beyond these limits JavaScript loses whole units, and sums run out of numbers."""

Currency = Annotated[str, Meta(min_length=3, max_length=3)]
"""An ISO 4217 code, or the code of one of the company's own currencies."""

TimeOfDay = Annotated[str, Meta(pattern=_TIME_OF_DAY)]
"""``HH:MM`` or ``HH:MM:SS``."""

Duration = Annotated[str, Meta(pattern=_WHOLE_DURATION)]
"""``HH:MM`` or ``HH:MM:SS``."""

TimeOfDayOrNone = Annotated[str, Meta(pattern=_TIME_OF_DAY_OR_NONE)]
"""``HH:MM``, ``HH:MM:SS``, or an empty text for none."""

DurationOrNone = Annotated[str, Meta(pattern=_DURATION_OR_NONE)]
"""``HH:MM``, ``HH:MM:SS``, or an empty text for none."""

HexColor = Annotated[str, Meta(pattern=_HEX_COLOR)]
"""Red, green and blue in six hexadecimal digits."""

Digits = Annotated[str, Meta(pattern=_DIGITS, max_length=15)]
"""A number as a text."""

Name = Annotated[str, Meta(min_length=1, max_length=255)]
"""A short text that may not be empty."""

PartOfName = Annotated[str, Meta(max_length=255)]
"""The first or the last name of a person; empty when there is none."""

Probability = Annotated[float, Meta(ge=0, le=100)]
"""How likely it is that a deal is won, in per cent; halves are possible."""

ShortText = Annotated[str, Meta(max_length=255)]
"""A text of one line: a title, a phone number, a part of an address."""

NonEmptyShortText = Annotated[str, Meta(min_length=1, max_length=255)]
"""A text of one line that may not be empty: a key, an id of another system."""

LongText = Annotated[str, Meta(max_length=65_535)]
"""A text of many lines: a description, a comment."""

HtmlText = Annotated[str, Meta(max_length=102_400)]
"""A text with formatting: a note."""

EmailAddress = Annotated[str, Meta(max_length=254)]
"""An e-mail address, of the length that mail can have."""

SearchText = Annotated[str, Meta(max_length=1000)]
"""What to search for."""

SortText = Annotated[str, Meta(max_length=1000)]
"""Fields to sort by, each with its direction."""

CursorText = Annotated[str, Meta(max_length=2048)]
"""Where a list goes on."""

Url = Annotated[str, Meta(max_length=2048)]
"""The address of a web page."""

Credential = Annotated[str, Meta(max_length=4096)]
"""A token, a code or a secret."""

MAX_MEMBERS = 1000
"""The longest list that a body takes, unless another length is declared."""

MAX_CONTACT_VALUES = 100
"""The longest list of e-mail addresses, phone numbers or names in messengers."""

MAX_OPTIONS = 10_000
"""The most options that a field can have."""

IdList = Annotated[list[Id], Meta(max_length=MAX_MEMBERS)]
"""Ids of records."""

Color = Literal["green", "red", "yellow", "blue", "purple", "gray", "brown", "dark-gray", "orange", "pink"]
"""The colours of labels and options."""

Direction = Literal["asc", "desc"]
