"""Which options of a field are meant: by id, and in v1 also by their text."""

from __future__ import annotations

from collections.abc import Mapping

from dealwright._json import Json
from dealwright.crm.settings import FieldOption

Options = Mapping[int, FieldOption]


def one_id(options: Options, given: Json, *, texts: bool) -> int:
    """The id of the option that is meant by an id or, with ``texts``, by a label. Raises ValueError for anything else."""
    id = _id(given)
    if id in options:
        return id
    if texts and isinstance(given, str):
        for option in options.values():
            if option.label == given.strip():
                return option.id
    raise ValueError(given)


def many_ids(options: Options, given: Json, *, texts: bool) -> list[int]:
    """The ids of the options meant, each once: of one option, of a list, or of a text with commas. Raises ValueError."""
    if given is None or given == "":
        return []
    if isinstance(given, list):
        return list(dict.fromkeys(one_id(options, member, texts=texts) for member in given))
    try:
        # A label may hold a comma itself.
        return [one_id(options, given, texts=texts)]
    except ValueError:
        if not isinstance(given, str) or "," not in given:
            raise
    return many_ids(options, [part for part in given.split(",") if part.strip()], texts=texts)


def _id(given: Json) -> int:
    """A number, or the number that a text holds; 0, which no option has, for anything else."""
    if isinstance(given, str) and given.strip().isascii() and given.strip().isdigit():
        return int(given)
    return given if isinstance(given, int) and not isinstance(given, bool) else 0
