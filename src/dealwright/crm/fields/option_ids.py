"""Parses references to options of a field: by id, and in v1 also by label."""

from __future__ import annotations

from collections.abc import Mapping

from dealwright._json import Json
from dealwright.crm.integration.model import FieldOption

Options = Mapping[int, FieldOption]


def parse_option_id(options: Options, raw: Json, *, allow_labels: bool) -> int:
    """Returns the id of the option with this id or, with ``allow_labels``, with this label.

    Raises ValueError for anything else.
    """
    id = _parse_id(raw)
    if id in options:
        return id
    if allow_labels and isinstance(raw, str):
        for option in options.values():
            if option.label == raw.strip():
                return option.id
    raise ValueError(raw)


def parse_option_ids(options: Options, raw: Json, *, allow_labels: bool) -> list[int]:
    """Returns the ids of options, each once: of one option, of a list, or of a text with commas. Raises ValueError."""
    if raw is None or raw == "":
        return []
    if isinstance(raw, list):
        return list(dict.fromkeys(parse_option_id(options, member, allow_labels=allow_labels) for member in raw))
    try:
        # A label may hold a comma itself.
        return [parse_option_id(options, raw, allow_labels=allow_labels)]
    except ValueError:
        if not isinstance(raw, str) or "," not in raw:
            raise
    return parse_option_ids(options, [part for part in raw.split(",") if part.strip()], allow_labels=allow_labels)


def _parse_id(raw: Json) -> int:
    """Returns a number, or the number that a text contains; 0, which no option has, for anything else."""
    if isinstance(raw, str) and raw.strip().isascii() and raw.strip().isdigit():
        return int(raw)
    return raw if isinstance(raw, int) and not isinstance(raw, bool) else 0
