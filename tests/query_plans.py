"""How a database answers the queries of a request: its plans, taken where the queries are run, and what is wrong with them.

SQLite has no statistics, so that its plans are the same for few rows and for many. PostgreSQL is told to avoid scans and sorts at
any price: where it still takes one, no index leads there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest

from dealwright.storage.engines import Transaction

SMALL_TABLES = frozenset(
    {
        *(
            "activity_types",
            "channels",
            "company",
            "currencies",
            "field_options",
            "fields",
            "filters",
            "goals",
            "lead_labels",
        ),
        *(
            "lead_sources",
            "mail_accounts",
            "mail_folders",
            "permission_sets",
            "pipelines",
            "project_boards",
            "project_phases",
        ),
        *("project_templates", "roles", "stages", "teams", "users", "user_settings", "webhooks", "deal_sums"),
    }
)
"""Tables that do not grow with the records of a company."""

_AVOIDED = ("seqscan", "sort", "incremental_sort", "bitmapscan", "hashjoin", "hashagg")
"""What PostgreSQL is told not to do."""


class Query(NamedTuple):
    """A query that was run: its SQL, its plan as lines, and what is wrong with that."""

    sql: str
    plan: list[str]
    problems: list[str]


@contextmanager
def recorded_queries() -> Iterator[list[Query]]:
    """Yields a list in which all queries appear that transactions run."""
    found: list[Query] = []

    def record(transaction: Transaction, sql: str, arguments: Any) -> None:
        if sql.lstrip().upper().startswith(("SELECT", "WITH")):
            found.append(explain(transaction, sql, arguments))

    with pytest.MonkeyPatch.context() as patch:
        for name in ("rows", "row", "run"):
            patch.setattr(Transaction, name, _explaining(getattr(Transaction, name), record))
        yield found


def _explaining(method: Any, record: Any) -> Any:
    def wrapper(transaction: Transaction, statement: Any, *values: Any) -> Any:
        compiler = transaction._compiler
        record(transaction, *(compiler.bind(statement, *values) if values else compiler.compile(statement)))
        return method(transaction, statement, *values)

    return wrapper


def explain(transaction: Transaction, sql: str, arguments: Any) -> Query:
    """Returns how a query is answered."""
    cursor = transaction._cursor
    if transaction.dialect == "sqlite":
        cursor.execute(f"explain query plan {sql}", arguments)
        rows = [(row[0], row[1], row[3]) for row in cursor.fetchall()]
        return Query(sql, [detail for _, _, detail in rows], _sqlite_problems(rows, " LIMIT " in sql))
    for what in _AVOIDED:
        cursor.execute(f"set local enable_{what} = off")
    cursor.execute(f"explain (format json) {sql}", arguments)
    row = cursor.fetchone()
    assert row is not None
    [shown] = json.loads(row[0])
    root = shown["Plan"]
    return Query(sql, [*_lines(root)], [*_postgres_problems(root)])


def _sqlite_problems(rows: Sequence[tuple[int, int, str]], limited: bool) -> list[str]:
    """What scans a large table, or sorts more than a page or the rows of one record."""
    found = []
    for parent in dict.fromkeys(parent for _, parent, _ in rows):
        level = [detail for _, above, detail in rows if above == parent]
        sorts = [detail for detail in level if detail.startswith("USE TEMP B-TREE FOR") and "ORDER BY" in detail]
        source = next((detail for detail in level if detail.startswith(("SCAN ", "SEARCH "))), "")
        words = source.split()
        if not words or words[1] in SMALL_TABLES or not words[1].isidentifier() or _is_of_page(rows, words[1]):
            continue
        if source == "SCAN CONSTANT ROW" or "VIRTUAL TABLE" in source:
            # The index of searches is a table of its own kind.
            continue
        if source.startswith("SCAN"):
            is_wrong = bool(sorts) or not limited
        else:
            is_wrong = bool(sorts) and "PRIMARY KEY (rowid=?)" not in source and not _is_by_link(source)
        if is_wrong:
            found.append(" + ".join((source, *sorts)))
    return found


def _is_of_page(rows: Sequence[tuple[int, int, str]], name: str) -> bool:
    """Whether a name stands for a subquery, which has a plan of its own."""
    return any(detail.split()[:2] in (["CO-ROUTINE", name], ["MATERIALIZE", name]) for _, _, detail in rows)


def _is_by_link(source: str) -> bool:
    """Whether rows are found by what they are narrowed by, and not by a flag that nearly all of them share."""
    _, bracket, terms = source.partition(" (")
    return bool(bracket) and any(
        part.endswith("_id=?") or part in ("uuid=?", "email_address=?", "update_time>?", "<expr>=?")
        for part in terms.rstrip(")").split(" AND ")
    )


def _lines(node: Mapping[str, Any]) -> Iterator[str]:
    where = " ".join(str(node[name]) for name in ("Relation Name", "Index Name") if name in node)
    yield f"{node['Node Type']} {where}".strip()
    for below in node.get("Plans", ()):
        yield from _lines(below)


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


def _postgres_problems(node: Mapping[str, Any], limited: bool = False) -> Iterator[str]:
    kind = node["Node Type"]
    if kind in ("Sort", "Incremental Sort"):
        below = [*_nodes(node)]
        tables = {one["Relation Name"] for one in below if "Relation Name" in one} - SMALL_TABLES
        if tables and not any(one["Node Type"] == "Limit" or _is_postgres_link(one) for one in below):
            yield f"{kind} of {', '.join(sorted(tables))} by {node['Sort Key']}"
    if kind == "Seq Scan" and node["Relation Name"] not in SMALL_TABLES:
        yield f"Seq Scan on {node['Relation Name']}"
    for below in node.get("Plans", ()):
        yield from _postgres_problems(below, limited)


def _is_postgres_link(node: Mapping[str, Any]) -> bool:
    condition = str(node.get("Index Cond", ""))
    return any(f"{name} =" in condition for name in ("_id", "(id", "uuid"))
