"""What was stored otherwise: keys of label fields, time zones, phone numbers in the index, and an incomplete change log.

- The field with the labels of persons and organizations has the key ``label_ids``.
- Europe/London has the number 318, and Asia/Tbilisi the one that Europe/London had.
- The index has phone numbers as digits alone, too.
- What companies were created with is in the change log.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

RECORD_TABLES = {
    "deal": ("deals", "leads"),
    "person": ("persons",),
    "organization": ("organizations",),
    "product": ("products",),
}
"""The tables with the values of custom fields, by the type of record of the fields."""

NUMBERS = {318: 455, 455: 318}
"""The new number of each time zone that changes places, by the old one."""

CREATED = {
    "user": "users",
    "activityType": "activity_types",
    "pipeline": "pipelines",
    "stage": "stages",
    "leadLabel": "lead_labels",
}
"""The tables of the records that companies are created with, by type."""

# The ranks of phone numbers and of custom fields in the ids of indexed texts.
PHONES = 110
CUSTOM_FIELDS = {"deals": 140, "persons": 100, "organizations": 70, "leads": 60, "products": 40}
RANK_BITS = 40


def upgrade() -> None:
    """Changes the rows."""
    db = op.get_bind()
    db.execute(
        sa.text(
            "update fields set key = 'label_ids' "
            "where key = 'label' and object in ('person', 'organization') and not is_custom"
        )
    )
    for object, tables in RECORD_TABLES.items():
        for table in tables:
            _renumber_time_zones(db, object, table)
            _index_custom_phones(db, object, table)
    for id, phones in list(db.execute(sa.text("select id, phones from persons"))):
        _add_digits(db, PHONES, id, [entry["value"] for entry in _loaded(phones) or [] if isinstance(entry, dict)])
    for object, table in CREATED.items():
        _log_creation(db, object, table)
    db.execute(sa.text("update company set settings_version = settings_version + 1"))


def _custom_values(
    db: sa.Connection, object: str, table: str, *types: str
) -> Iterator[tuple[int, dict[str, Any], list[str]]]:
    """Yields the id, the custom fields and the keys of some types that they have values of, of the rows of a table."""
    listed = ", ".join(f"'{type}'" for type in types)
    statement = f"select key from fields where object = '{object}' and is_custom and field_type in ({listed})"
    keys = [key for (key,) in db.execute(sa.text(statement))]
    rows = list(db.execute(sa.text(f"select id, custom_fields from {table}"))) if keys else []
    for id, stored in rows:
        values = _loaded(stored) or {}
        if present := [key for key in keys if values.get(key) is not None]:
            yield id, values, present


def _renumber_time_zones(db: sa.Connection, object: str, table: str) -> None:
    cast = "cast(:values as jsonb)" if db.dialect.name == "postgresql" else ":values"
    for id, values, keys in _custom_values(db, object, table, "time", "timerange"):
        moved = [values[key] for key in keys if values[key].get("timezone_id") in NUMBERS]
        for value in moved:
            value["timezone_id"] = NUMBERS[value["timezone_id"]]
        if moved:
            text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
            db.execute(sa.text(f"update {table} set custom_fields = {cast} where id = :id"), {"values": text, "id": id})


def _index_custom_phones(db: sa.Connection, object: str, table: str) -> None:
    for id, values, keys in _custom_values(db, object, table, "phone"):
        _add_digits(db, CUSTOM_FIELDS[table], id, [values[key] for key in keys])


def _add_digits(db: sa.Connection, rank: int, record_id: int, numbers: list[Any]) -> None:
    """Adds phone numbers as digits to a text of the index, if there is one."""
    id = (rank << RANK_BITS) + record_id
    text = db.execute(sa.text("select text from search_texts where id = :id"), {"id": id}).scalar() if numbers else None
    if text is None:
        return
    lines = dict.fromkeys(f" {digits}\n" for digits in map(_digits, numbers) if digits)
    if added := "".join(line for line in lines if f"\n{line}" not in text):
        db.execute(sa.text("update search_texts set text = :text where id = :id"), {"text": text + added, "id": id})


def _digits(number: Any) -> str:
    digits = (unicodedata.decimal(letter, None) for letter in str(number).replace("(0)", ""))
    return "".join(str(digit) for digit in digits if digit is not None).removeprefix("00")


def _log_creation(db: sa.Connection, object: str, table: str) -> None:
    """Logs the creation of the records that are not in the change log, without their values."""
    db.execute(
        sa.text(
            "insert into changes (time, actor_user_id, object, record_id, action, fields, source, is_bulk) "
            f"select made.add_time, (select min(id) from users), '{object}', made.id, 'create', '[]', 'app', {_false(db)} "
            f"from {table} made where not exists (select 1 from changes "
            f"where changes.object = '{object}' and changes.record_id = made.id and changes.action = 'create') order by made.id"
        )
    )
    if db.dialect.name == "sqlite":
        # Times in the log have milliseconds.
        db.execute(sa.text("update changes set time = time || '.000' where length(time) = 19"))


def _false(db: sa.Connection) -> str:
    return "false" if db.dialect.name == "postgresql" else "0"


def _loaded(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored
