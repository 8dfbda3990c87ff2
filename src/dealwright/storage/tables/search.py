"""The texts that searches look through, and what finds them quickly.

SQLAlchemy has no words for that: on SQLite it is an FTS5 table of all three characters in a row, and a list of the texts
that it does not have yet as they are now, which triggers keep; on PostgreSQL an index of the extension pg_trgm, where that
can be had. `storage.search_index` reads and writes them all.
"""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import Key

# The texts are folded already. Where in a text the three characters stand is not kept: what is found is looked at again.
_INDEX = (
    "create virtual table search_index using fts5("
    "text, content='search_texts', content_rowid='id', detail=none, columnsize=0, tokenize='trigram case_sensitive 1')"
)
# `indexed` is the text that the index has, null for none. What is on the list already stays as it is.
_PENDING = (
    "create table search_pending (id integer primary key, indexed text)",
    *(
        f"create trigger search_texts_{event} after {event} on search_texts begin "
        f"insert into search_pending (id, indexed) select {row}.id, {indexed} "
        f"where not exists (select 1 from search_pending where id = {row}.id); end"
        for event, row, indexed in (
            ("insert", "new", "null"),
            ("update", "old", "old.text"),
            ("delete", "old", "old.text"),
        )
    ),
)

LENGTH_OF_START = 24
"""How many characters of the beginnings of texts are in order."""

STARTS_FROM = 150 << 40
"""The lowest number of the texts whose beginnings are in order: those of titles and names (see `crm.search.places`)."""

_STARTS = (
    f"create index ix_search_texts_start on search_texts (substr(text, 1, {LENGTH_OF_START}){{collation}}) "
    f"where id >= {STARTS_FROM}"
)

# Without the right to make the extension the company goes without: its searches read all texts.
_INDEX_ON_POSTGRES = """
do $$
declare place text;
begin
  begin
    create extension if not exists pg_trgm schema public;
  exception when others then null;
  end;
  select nspname into place from pg_extension join pg_namespace on pg_namespace.oid = extnamespace
  where extname = 'pg_trgm';
  if place is not null then
    execute format('create index ix_search_texts_text on search_texts using gin (text %I.gin_trgm_ops)', place);
  end if;
end $$
"""

search_texts = sa.Table(
    "search_texts",
    metadata,
    # What is searched, and in which record: see `crm.search.places`.
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text, nullable=False),
    info={
        "sqlite": (_STARTS.format(collation=""), _INDEX, *_PENDING),
        "postgresql": (_STARTS.format(collation=' collate "C"'), _INDEX_ON_POSTGRES),
    },
)

NOT_IN_METADATA = ("search_index", "search_pending", "ix_search_texts_", "deal_sums")
"""What the names of the tables and indexes that only the database knows of begin with: migrations leave them alone."""
