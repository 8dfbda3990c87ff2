"""What people call the records and the actions of a sales CRM, and what the API calls them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

RECORDS: Mapping[str, str] = {
    **dict.fromkeys(("people", "contact", "contacts"), "person"),
    **dict.fromkeys(("company", "companies", "account", "customer", "organisation"), "organization"),
    **dict.fromkeys(("opportunity", "opportunities", "sale"), "deal"),
    **dict.fromkeys(("meeting", "appointment", "call", "todo"), "activity"),
    "colleague": "user",
    **dict.fromkeys(("attachment", "document"), "file"),
}
"""What people call the records of a sales CRM, and what the API does."""

METHODS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("find", "show", "read", "fetch", "list", "get"), ("get",)),
    **dict.fromkeys(("create", "add", "new", "make", "insert", "post"), ("post",)),
    **dict.fromkeys(("change", "update", "edit", "set", "modify", "rename", "patch", "put"), ("patch", "put")),
    **dict.fromkeys(("remove", "erase", "trash", "delete"), ("delete",)),
}
"""The first words of actions for what people say of them."""

_WORD = re.compile(r"[a-z0-9]+")


def plural(record: str) -> str:
    """Returns the word for several of a record."""
    return f"{record[:-1]}ies" if record.endswith("y") else record if record.endswith("s") else f"{record}s"


def actions_meant(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Returns the actions among those known that a name like ``update_deal`` or ``get_contact`` may mean, the likeliest first."""
    verb, *rest = _WORD.findall(name.lower()) or [""]
    if verb not in METHODS or not rest:
        return ()
    names = set(known)
    return tuple(dict.fromkeys(one for one in _candidates(METHODS[verb], rest) if one in names))


def _candidates(methods: tuple[str, ...], words: list[str]) -> Iterator[str]:
    *before, last = words
    record = RECORDS.get(last, last)
    several = "_".join([*before, plural(record)])
    is_one = record != last.removesuffix("s") + "s"
    for method in methods:
        if method in ("patch", "put", "delete") or (method == "get" and is_one and not last.endswith("s")):
            yield f"{method}_{several}_by_id"
    for method in methods:
        yield f"{method}_{several}"
