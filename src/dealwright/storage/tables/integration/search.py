"""The texts that are searched, and the indexes that find them.

SQLAlchemy cannot express these: on SQLite they are an FTS5 table of trigrams, and a list of texts that it does not have
in their present form yet, which triggers keep; on PostgreSQL an index of the extension pg_trgm, where that is
available. `storage.search_index` reads and writes them all.
"""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import Key

# The texts are normalized already. The positions of trigrams are not stored: the texts found are compared again.
_INDEX = (
    "create virtual table search_index using fts5("
    "text, content='search_texts', content_rowid='id', detail=none, columnsize=0, tokenize='trigram case_sensitive 1')"
)
# `indexed` is the text in the index, null for none. Entries that are on the list already stay as they are.
_PENDING_TABLE = (
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

PREFIX_LENGTH = 24
"""The number of characters at the beginning of texts that the prefix index orders."""

MIN_PREFIX_INDEXED_ID = 150 << 40
"""The lowest id of texts in the prefix index: those of titles and names (see `crm.search.indexed_columns`)."""

_PREFIX_INDEX = (
    f"create index ix_search_texts_start on search_texts (substr(text, 1, {PREFIX_LENGTH}){{collation}}) "
    f"where id >= {MIN_PREFIX_INDEXED_ID}"
)

# Without the right to create the extension there is no index: searches of the company read all texts.
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
    # Stands for the column and the record of the text: see `crm.search.indexed_columns`.
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text, nullable=False),
    info={
        "sqlite": (_PREFIX_INDEX.format(collation=""), _INDEX, *_PENDING_TABLE),
        "postgresql": (_PREFIX_INDEX.format(collation=' collate "C"'), _INDEX_ON_POSTGRES),
    },
)

NOT_IN_METADATA = ("search_index", "search_pending", "ix_search_texts_", "deal_sums")
"""The beginnings of the names of tables and indexes that are not in the metadata: migrations leave them alone."""
