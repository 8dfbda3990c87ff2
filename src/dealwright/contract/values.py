"""Types of values that both dialects share: ids, dates, colours, currencies."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from dealwright._json import Json as Json  # noqa: PLC0414

_UUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"
_TIME = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?"
_DURATION = r"\d{1,3}:[0-5]\d(:[0-5]\d)?"
_HEX_COLOR = r"^[0-9A-Fa-f]{6}$"

PATTERN_ERRORS = {
    _UUID: "not a UUID",
    f"^{_TIME}$": "not a time of day, HH:MM or HH:MM:SS",
    f"^({_TIME})?$": "not a time of day, HH:MM or HH:MM:SS",
    f"^{_DURATION}$": "not a duration, HH:MM or HH:MM:SS",
    f"^({_DURATION})?$": "not a duration, HH:MM or HH:MM:SS",
    _HEX_COLOR: "not a colour of six hexadecimal digits, such as 00AAFF",
}
"""What is wrong with a text that does not match a pattern, in words."""

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

TimeOfDay = Annotated[str, Meta(pattern=f"^{_TIME}$")]
"""``HH:MM`` or ``HH:MM:SS``."""

Duration = Annotated[str, Meta(pattern=f"^{_DURATION}$")]
"""``HH:MM`` or ``HH:MM:SS``."""

TimeOfDayOrNone = Annotated[str, Meta(pattern=f"^({_TIME})?$")]
"""``HH:MM``, ``HH:MM:SS``, or an empty text for none."""

DurationOrNone = Annotated[str, Meta(pattern=f"^({_DURATION})?$")]
"""``HH:MM``, ``HH:MM:SS``, or an empty text for none."""

HexColor = Annotated[str, Meta(pattern=_HEX_COLOR)]
"""Red, green and blue in six hexadecimal digits."""

Name = Annotated[str, Meta(min_length=1, max_length=255)]
"""A short text that may not be empty."""

Color = Literal["green", "red", "yellow", "blue", "purple", "gray", "brown", "dark-gray", "orange", "pink"]
"""The colours of labels and options."""

Direction = Literal["asc", "desc"]
