"""Turns SQLAlchemy Core statements into SQL text and driver parameters, compiled once for each shape.

SQLAlchemy composes and compiles; execution and rows are the driver's own. The compiled form is cached under
SQLAlchemy's cache key, which costs a few microseconds a statement where ``Connection.execute`` costs hundreds
(`docs/decisions/0003-sql-through-the-driver.md`). No other module uses SQLAlchemy's internals for this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.util import LRUCache

Arguments = Sequence[object] | Mapping[str, object]


class Compiler:
    """Compiles statements for one database dialect and, on PostgreSQL, one company's schema."""

    def __init__(self, dialect: sa.Dialect, schema: str | None = None) -> None:
        self.dialect = dialect
        self._schema_map: dict[str | None, str | None] | None = {None: schema} if schema else None
        self._cache: LRUCache[Any, Any] = LRUCache(2000)
        self._bound_statements: dict[sa.Executable, tuple[str, tuple[str, ...] | None]] = {}

    def compile(self, statement: sa.ClauseElement, columns: Sequence[str] = ()) -> tuple[str, Arguments]:
        """Returns the SQL and its parameters. ``columns`` names those that an insert of many rows fills."""
        compiled, extracted, *_ = statement._compile_w_cache(
            self.dialect,
            compiled_cache=self._cache,
            column_keys=list(columns),
            schema_translate_map=self._schema_map,
        )
        assert isinstance(compiled, sa.sql.compiler.SQLCompiler)
        parameters = compiled.construct_params(extracted_parameters=extracted, _no_postcompile=True, _check=False)
        if compiled._render_postcompile or compiled.post_compile_params or self._schema_map:
            expanded = compiled._process_parameters_for_postcompile(parameters)
            text, parameters, order = expanded.statement, dict(expanded.parameters), expanded.positiontup
        else:
            text, order = compiled.string, compiled.positiontup
        if self._schema_map:
            text = compiled.preparer._render_schema_translates(text, self._schema_map)
        if order is not None:
            return text, [parameters[name] for name in order]
        return text, parameters

    def table_name(self, table: sa.Table) -> str:
        """Returns the quoted name of a table, with its schema, for the few statements that are written as text."""
        quote = self.dialect.identifier_preparer.quote
        schema = self._schema_map[None] if self._schema_map else None
        return f"{quote(schema)}.{quote(table.name)}" if schema else quote(table.name)

    def bind(self, statement: sa.Executable, values: Mapping[str, object]) -> tuple[str, Arguments]:
        """Returns the SQL of a statement that is kept and reused, with the values of its parameters.

        Compiled once for each statement object: composing a statement of 40 values anew costs more than running it.
        """
        cached = self._bound_statements.get(statement)
        if cached is None:
            text, parameters = self.compile(cast("sa.ClauseElement", statement))
            names = None
            if not isinstance(parameters, Mapping):
                compiled = cast("sa.ClauseElement", statement).compile(dialect=self.dialect)
                names = tuple(compiled.positiontup)  # type: ignore[attr-defined]
            cached = self._bound_statements[statement] = (text, names)
        text, names = cached
        return text, values if names is None else [values[name] for name in names]


def sqlite_compiler() -> Compiler:
    """Returns a compiler for SQLite through the standard library's driver."""
    return Compiler(sqlite.dialect(paramstyle="qmark"))


def postgres_compiler(schema: str | None) -> Compiler:
    """Returns a compiler for PostgreSQL through psycopg, for tables in ``schema``."""
    return Compiler(PGDialect_psycopg(), schema)  # type: ignore[no-untyped-call]
