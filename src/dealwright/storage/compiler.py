"""Turns SQLAlchemy Core statements into SQL text and driver parameters, compiled once for each shape.

SQLAlchemy composes and compiles; execution and rows are the driver's own. What is kept of a compiled statement, under
SQLAlchemy's cache key, is its text and where its parameters come from: that costs a few microseconds a statement where
``Connection.execute`` costs hundreds, and a third of the memory of SQLAlchemy's compiled form
(`docs/decisions/0003-sql-through-the-driver.md`). No other module uses SQLAlchemy's internals for this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql.cache_key import CacheKey
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import LRUCache

Arguments = Sequence[object] | Mapping[str, object]

_SCHEMA = "__[SCHEMA__none]"
"""Stands for the schema in what SQLAlchemy compiles for any."""
_ELEMENT = "\0"
"""Stands for the name of an element in the template of a list."""


class _ElementList(NamedTuple):
    """A parameter with a list as its value: the text for one element, and for no elements."""

    name: str
    element: str
    nothing: str


class _Source(NamedTuple):
    """Where the value of a parameter comes from: from the parameter of a statement at a place, or it is always the same."""

    name: str
    place: int | None
    value: object


class _Compiled(NamedTuple):
    """A compiled statement: its text, cut where lists go; the names of its parameters in their order, where that counts."""

    parts: tuple[str | _ElementList, ...]
    sources: tuple[_Source, ...]
    order: tuple[str, ...] | None

    def bind(self, given: Sequence[sa.BindParameter[Any]]) -> tuple[str, Arguments]:
        """Returns the text and the parameters with the values of a statement of the same shape."""
        values: dict[str, Any] = {
            name: value if place is None else given[place].effective_value for name, place, value in self.sources
        }
        if len(self.parts) == 1:
            text = cast("str", self.parts[0])
            return text, values if self.order is None else [values[name] for name in self.order]
        return self._bind_lists(values)

    def _bind_lists(self, values: dict[str, Any]) -> tuple[str, Arguments]:
        texts, lists = [], {}
        for part in self.parts:
            if isinstance(part, str):
                texts.append(part)
                continue
            name, element, nothing = part
            elements = lists[name] = values[name]
            names = (f"{name}.{place}" for place in range(len(elements)))
            texts.append(", ".join(element.replace(_ELEMENT, one) for one in names) if elements else nothing)
        text = "".join(texts)
        if self.order is not None:
            return text, [value for name in self.order for value in (lists[name] if name in lists else (values[name],))]
        for name, elements in lists.items():
            del values[name]
            values |= {f"{name}.{place}": value for place, value in enumerate(elements)}
        return text, values


class Compiler:
    """Compiles statements for one database dialect and, on PostgreSQL, one company's schema.

    What is compiled is the same for all companies, so that all of them share one cache.
    """

    def __init__(self, dialect: sa.Dialect, cache: LRUCache[Any, _Compiled], schema: str | None = None) -> None:
        self.dialect = dialect
        self._cache = cache
        self._schema = dialect.identifier_preparer.quote(schema) if schema else None
        self._bound_statements: dict[sa.Executable, tuple[str, tuple[str, ...] | None]] = {}

    def compile(self, statement: sa.ClauseElement, columns: Sequence[str] = ()) -> tuple[str, Arguments]:
        """Returns the SQL and its parameters. ``columns`` names those that an insert of many rows fills."""
        key = statement._generate_cache_key()
        if key is None:
            text, arguments = self._compile(statement, columns, None).bind(())
        else:
            shape = (key.key, self._schema is None, *columns)
            found = self._cache.get(shape)
            if found is None:
                found = self._cache[shape] = self._compile(statement, columns, key)
            text, arguments = found.bind(key.bindparams)
        return self._in_schema(text), arguments

    def table_name(self, table: sa.Table) -> str:
        """Returns the quoted name of a table, with its schema, for the few statements that are written as text."""
        name = self.dialect.identifier_preparer.quote(table.name)
        return f"{self._schema}.{name}" if self._schema else name

    def bind(self, statement: sa.Executable, values: Mapping[str, object]) -> tuple[str, Arguments]:
        """Returns the SQL of a statement that is kept and reused, with the values of its parameters.

        Compiled once for each statement object: composing a statement of 40 values anew costs more than running it.
        """
        cached = self._bound_statements.get(statement)
        if cached is None:
            compiled = self._compile(cast("sa.ClauseElement", statement), (), None)
            text, _ = compiled.bind(())
            cached = self._bound_statements[statement] = (self._in_schema(text), compiled.order)
        text, names = cached
        return text, values if names is None else [values[name] for name in names]

    def _in_schema(self, text: str) -> str:
        return text.replace(_SCHEMA, self._schema) if self._schema else text

    def _compile(self, statement: sa.ClauseElement, columns: Sequence[str], key: CacheKey | None) -> _Compiled:
        compiled = statement._compiler(
            self.dialect,
            cache_key=key,
            column_keys=list(columns),
            schema_translate_map={None: _SCHEMA} if self._schema else None,
        )
        assert isinstance(compiled, SQLCompiler)
        return _read(compiled, key)


def _read(compiled: SQLCompiler, key: CacheKey | None) -> _Compiled:
    """Returns what is kept of SQLAlchemy's compiled form."""
    places: dict[sa.BindParameter[Any], int] = {}
    if key is not None:
        assert compiled._cache_key_bind_match is not None
        for place, given in enumerate(key.bindparams):
            places |= dict.fromkeys(compiled._cache_key_bind_match[0][given], place)
    escaped = compiled.escaped_bind_names
    sources = tuple(
        _Source(escaped.get(name, name), places.get(parameter), None if parameter in places else parameter.value)
        for parameter, name in compiled.bind_names.items()
    )
    order = None if compiled.positiontup is None else tuple(escaped.get(name, name) for name in compiled.positiontup)
    text, *others = compiled._post_compile_pattern.split(compiled.string)
    parts: list[str | _ElementList] = [text]
    for name, around, following in zip(others[::3], others[1::3], others[2::3], strict=True):
        parts += [_element_list(compiled, name, around), following]
    return _Compiled(tuple(parts), sources, order)


def _element_list(compiled: SQLCompiler, name: str, around: str | None) -> _ElementList:
    parameter = next(known for known, given in compiled.bind_names.items() if given == name)
    [(first, _)], element = compiled._literal_execute_expanding_parameter(  # type: ignore[no-untyped-call]
        _ELEMENT, parameter, [None], taken_names=set()
    )
    nothing = compiled.visit_empty_set_op_expr([parameter.type], parameter.expand_op)  # type: ignore[no-untyped-call]
    # What an expression of the type puts around each element.
    _, left, _, right, *_ = around.split("~~") if around else ("", "", "", "")
    return _ElementList(name, f"{left}{element.replace(first, _ELEMENT)}{right}", f"{left}{nothing}{right}")


@cache
def sqlite_compiler() -> Compiler:
    """Returns the compiler for SQLite through the standard library's driver."""
    return Compiler(sqlite.dialect(paramstyle="qmark"), _new_cache())


@lru_cache(maxsize=1000)
def postgres_compiler(schema: str | None) -> Compiler:
    """Returns the compiler for PostgreSQL through psycopg, for tables in ``schema``."""
    return Compiler(*_postgres(), schema)


@cache
def _postgres() -> tuple[sa.Dialect, LRUCache[Any, _Compiled]]:
    return PGDialect_psycopg(), _new_cache()  # type: ignore[no-untyped-call]


def _new_cache() -> LRUCache[Any, _Compiled]:
    return LRUCache(2000)
