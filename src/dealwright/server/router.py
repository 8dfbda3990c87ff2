"""A trie of path segments: finding one of 400 routes costs the same as finding one of four."""

from __future__ import annotations

import functools
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

MAX_CACHED_PATH_LENGTH = 120
"""The paths of the API are shorter, with the ids that there are."""


class Match(NamedTuple, Generic[T]):
    """The result for a path: the target for the method, the path's variables, and the methods there are."""

    target: T | None
    variables: tuple[str, ...]
    methods: tuple[str, ...]


class _Node(Generic[T]):
    __slots__ = ("fixed", "targets", "variable")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node[T]] = {}
        self.variable: _Node[T] | None = None
        self.targets: dict[str, T] = {}


class Router(Generic[T]):
    """Maps paths with ``{variables}`` and methods to targets. A fixed segment wins over a variable one."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()
        # A request is looked up twice: to know whether it is fast, and to answer it.
        self._find_cached = functools.lru_cache(maxsize=1024)(self._find)

    def add(self, method: str, path: str, target: T) -> None:
        """Makes ``path`` lead to ``target``."""
        node = self._root
        for segment in path.split("/"):
            if segment.startswith("{"):
                node.variable = node.variable or _Node()
                node = node.variable
            else:
                node = node.fixed.setdefault(segment, _Node())
        node.targets[method] = target

    def find(self, method: str, path: str) -> Match[T]:
        """Returns the target of a request; ``methods`` is empty when no such path exists."""
        # Anybody can ask for any path, so that only short ones are kept.
        find = self._find_cached if len(path) <= MAX_CACHED_PATH_LENGTH else self._find
        return find(method, path)

    def _find(self, method: str, path: str) -> Match[T]:
        found = _walk(self._root, path.split("/"), 0, ())
        if found is None:
            return Match(None, (), ())
        node, variables = found
        return Match(node.targets.get(method), variables, tuple(node.targets))


def _walk(
    node: _Node[T], segments: list[str], position: int, variables: tuple[str, ...]
) -> tuple[_Node[T], tuple[str, ...]] | None:
    if position == len(segments):
        return (node, variables) if node.targets else None
    segment = segments[position]
    fixed = node.fixed.get(segment)
    if fixed is not None and (found := _walk(fixed, segments, position + 1, variables)):
        return found
    if node.variable is not None and segment:
        return _walk(node.variable, segments, position + 1, (*variables, segment))
    return None
