"""Forms as bodies: reads members such as ``a[]``, ``a[0]``, ``a[key]`` and ``a[0][key]`` into trees, as PHP and Rails do.

What a member is, a text, a list or an object, the declared types decide (`contract.coercion`): a form alone does not tell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dealwright.contract.endpoint import Upload
from dealwright.contract.errors import InvalidArguments, Problem
from dealwright.contract.validation import check_values

MAX_MEMBERS = 5_000
"""How many members a form may have."""

MAX_DEPTH = 10
"""How many pairs of brackets the name of a member may have."""

MAX_NAME_LENGTH = 500
MAX_INDEX_DIGITS = 9


class FormMember:
    """What a form says of one name: values that stand for the name itself, and members that stand in brackets behind it.

    ``name`` is the name as the form spells it, with all brackets so far.
    """

    __slots__ = ("_last_element", "_next_index", "members", "name", "values")

    def __init__(self, name: str) -> None:
        self.name = name
        self.values: list[str | Upload] = []
        self.members: dict[str, FormMember] = {}
        self._next_index = 0
        self._last_element: FormMember | None = None

    def add(self, keys: tuple[str, ...], value: str | Upload) -> None:
        """Adds a value behind the keys of the brackets, of which an empty one stands for the next element of a list."""
        member = self
        for position, key in enumerate(keys):
            member = member._member(key) if key else member._element(keys[position + 1 :])
        member.values.append(value)

    def elements(self) -> list[FormMember] | None:
        """Returns the members in the order of their numbers; None when one of them has no number."""
        if not all(map(_is_index, self.members)):
            return None
        return [self.members[key] for key in sorted(self.members, key=int)]

    def is_empty(self) -> bool:
        """Whether this is an empty text, which in a list stands for no element."""
        return not self.members and self.values == [""]

    def leaves(self) -> Iterator[FormMember]:
        """Yields the members that have values, this one among them."""
        if self.values:
            yield self
        for member in self.members.values():
            yield from member.leaves()

    def _member(self, key: str) -> FormMember:
        member = self.members.get(key)
        if member is None:
            member = self.members[key] = FormMember(f"{self.name}[{key}]")
            if _is_index(key):
                self._next_index = max(self._next_index, int(key) + 1)
        return member

    def _element(self, rest: tuple[str, ...]) -> FormMember:
        """Returns the element that ``[]`` stands for: a new one, or the last one while that does not have the rest yet.

        So ``a[][x]`` and ``a[][y]`` are members of one object, and the next ``a[][x]`` begins another one.
        """
        last = self._last_element
        if rest and last is not None and not last._has(rest):
            return last
        element = self._member(str(self._next_index))
        element.name = f"{self.name}[]"
        self._last_element = element if rest else None
        return element

    def _has(self, keys: tuple[str, ...]) -> bool:
        member: FormMember | None = self
        for key in keys:
            member = member.members.get(key) if member is not None and key else None
        return member is not None


class Form:
    """A form as it was sent: the names of its members with texts and files, in their order."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: Iterable[tuple[str, str | Upload]]) -> None:
        self.pairs = tuple(pairs)

    def flat(self) -> dict[str, str | Upload]:
        """Returns the members under their names as they are; of one that is given twice the last."""
        return dict(self.pairs)

    def members(self, problems: list[Problem]) -> dict[str, FormMember]:
        """Returns the members by the names before their brackets.

        Names that cannot be read, and texts that no database takes, are added to the problems.
        """
        members: dict[str, FormMember] = {}
        for spelling, value in self.pairs:
            try:
                name, keys = _split_name(spelling)
                check_values(spelling, "")
                check_values(value, spelling)
            except InvalidArguments as error:
                problems += error.problems
                continue
            if name not in members:
                members[name] = FormMember(name)
            members[name].add(keys, value)
        return members


def _split_name(spelling: str) -> tuple[str, tuple[str, ...]]:
    """Returns the name before the brackets and the keys in them. Raises `InvalidArguments` for a name that cannot be read."""
    if len(spelling) > MAX_NAME_LENGTH:
        raise InvalidArguments([Problem(spelling[:50] + "…", f"is longer than {MAX_NAME_LENGTH} characters")])
    name, bracket, rest = spelling.partition("[")
    if not bracket and "]" not in name:
        return name, ()
    keys = rest.removesuffix("]").split("][")
    if not name or not rest.endswith("]") or any("[" in key or "]" in key for key in (name, *keys)):
        raise InvalidArguments(
            [Problem(spelling, "has brackets that do not match; write name[], name[0] or name[key]")]
        )
    if len(keys) > MAX_DEPTH:
        raise InvalidArguments([Problem(spelling, f"has more than {MAX_DEPTH} pairs of brackets")])
    return name, tuple(keys)


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= MAX_INDEX_DIGITS
