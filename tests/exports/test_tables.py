"""Exports of one kind: formats, columns, names, filters."""

from __future__ import annotations

import csv
import io
import json
import random
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from pyarrow import parquet

from dealwright.connectors import BadCall, Client
from dealwright.connectors.exports import cells, export, kinds, writers
from dealwright.connectors.exports.columns import Column
from tests.exports.records import FIELD_TYPES, FORMULAS, OPTIONS, TEXTS, create_fields, create_full_deal


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_ndjson(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_xlsx(path: Path) -> list[dict[str, Any]]:
    book = openpyxl.load_workbook(path)
    assert all(cell.data_type != "f" for row in book.active.iter_rows() for cell in row)
    heading, *rows = book.active.iter_rows(values_only=True)
    return [dict(zip(heading, row, strict=True)) for row in rows]


def test_every_kind_is_exported_in_every_format(crm: Client, tmp_path: Path) -> None:
    create_full_deal(crm)
    assert {"deals", "persons", "organizations", "leads", "activities", "notes", "products", "files", "users"} <= set(
        kinds.names()
    )
    for kind in kinds.names():
        done = export(crm, kind, tmp_path / "records.ndjson")
        records = read_ndjson(tmp_path / "records.ndjson")
        assert done.rows == len(records), kind
        for ending, read in (("csv", read_csv), ("xlsx", read_xlsx)):
            assert export(crm, kind, tmp_path / f"records.{ending}", names=True).rows == len(records), kind
            assert len(read(tmp_path / f"records.{ending}")) == len(records), kind
        export(crm, kind, tmp_path / "records.parquet")
        assert parquet.read_table(tmp_path / "records.parquet").num_rows == len(records), kind


def test_every_type_of_field_in_ndjson(crm: Client, tmp_path: Path) -> None:
    create_full_deal(crm)
    export(crm, "deals", tmp_path / "deals.ndjson", names=True)
    [deal] = read_ndjson(tmp_path / "deals.ndjson")
    assert deal["Organization"] == TEXTS["Greek"]
    assert deal["Contact person"] == TEXTS["Korean"]
    assert (deal["Value"], deal["Currency"], deal["Status"]) == (4800, "EUR", "Open")
    assert (deal["My monetary"], deal["Currency of My monetary"]) == (1234.5, "USD")
    assert (deal["My daterange"], deal["End date of My daterange"]) == ("2026-02-01", "2026-03-04")
    assert (deal["My timerange"], deal["End time of My timerange"]) == ("10:00:00", "11:15:00")
    assert deal["My time"] == "10:30:00"
    assert deal["My address"] == "Hafenstraße 5, Hamburg"
    assert (deal["My enum"], deal["My set"]) == (OPTIONS[0], list(OPTIONS))
    assert (deal["My org"], deal["My people"]) == (TEXTS["Greek"], TEXTS["Korean"])
    plain = ("varchar", "varchar_auto", "text", "double", "date", "phone")
    assert {type: deal[f"My {type}"] for type in plain} == {type: FIELD_TYPES[type] for type in plain}


def test_every_type_of_field_in_csv(crm: Client, tmp_path: Path) -> None:
    create_full_deal(crm)
    export(crm, "deals", tmp_path / "deals.csv")
    [deal] = read_csv(tmp_path / "deals.csv")
    assert deal["My varchar"] == "'=1+1"
    assert deal["My phone"] == "'+49 30 1234"
    assert deal["My double"] == "-1.5"
    assert deal["My text"] == "two\nlines"
    assert deal["Is deleted"] == "false"
    assert cells.parted(deal["My set"]) == list(OPTIONS)
    assert deal["Won time"] == ""


def test_every_type_of_field_of_leads(crm: Client, tmp_path: Path) -> None:
    """Leads come from v1, which has custom fields and their parts beside the others."""
    keys = create_full_deal(crm)
    [deal] = crm.run("v2.get_deals")["data"]
    values: dict[str, Any] = {}
    for type, key in keys.items():
        value = deal["custom_fields"][key]
        values[key] = value.get("value") if isinstance(value, dict) else value
        if type == "monetary":
            values[f"{key}_currency"] = value["currency"]
        elif type in ("daterange", "timerange"):
            values[f"{key}_until"] = value["until"]
    lead = {"title": "Lead", "person_id": 1, "value": {"amount": 70, "currency": "EUR"}, **values}
    crm.run("v1.post_leads", {"data": lead})
    export(crm, "leads", tmp_path / "leads.ndjson", names=True)
    export(crm, "deals", tmp_path / "deals.ndjson", names=True)
    [found], [expected] = read_ndjson(tmp_path / "leads.ndjson"), read_ndjson(tmp_path / "deals.ndjson")
    assert (found["Value"], found["Currency of Value"], found["Contact person"]) == (70, "EUR", TEXTS["Korean"])
    custom = {name: value for name, value in expected.items() if "My " in name and not name.startswith("Time zone")}
    assert {name: found[name] for name in custom} == custom


@pytest.mark.parametrize("owner", ["person", "organization", "product"])
def test_custom_fields_of_other_records(crm: Client, tmp_path: Path, owner: str) -> None:
    keys = create_fields(crm, owner)
    values = {keys[type]: FIELD_TYPES[type] for type in ("varchar", "double", "monetary", "daterange", "address")}
    action: Any = f"v2.post_{owner}s"
    crm.request(action, {"data": {"name": TEXTS["Thai"], "custom_fields": values}})
    export(crm, f"{owner}s", tmp_path / "records.ndjson")
    [found] = read_ndjson(tmp_path / "records.ndjson")
    assert found["Name"] == TEXTS["Thai"]
    assert (found["My varchar"], found["My double"]) == ("=1+1", -1.5)
    assert (found["My monetary"], found["Currency of My monetary"]) == (1234.5, "USD")
    assert (found["My daterange"], found["End date of My daterange"]) == ("2026-02-01", "2026-03-04")
    assert found["My address"] == "Hafenstraße 5, Hamburg"


def test_types_of_cells_in_xlsx(crm: Client, tmp_path: Path) -> None:
    create_full_deal(crm)
    export(crm, "deals", tmp_path / "deals.xlsx")
    [deal] = read_xlsx(tmp_path / "deals.xlsx")
    assert deal["My varchar"] == "=1+1"
    assert deal["My double"] == -1.5
    assert deal["My date"] == datetime(2026, 2, 28)
    assert isinstance(deal["Deal created"], datetime)
    assert deal["Is deleted"] is False


def test_types_of_columns_in_parquet(crm: Client, tmp_path: Path) -> None:
    create_full_deal(crm)
    export(crm, "deals", tmp_path / "deals.parquet")
    [deal] = parquet.read_table(tmp_path / "deals.parquet").to_pylist()
    assert deal["ID"] == 1
    assert deal["My varchar"] == "=1+1"
    assert deal["My double"] == -1.5
    assert deal["My date"] == date(2026, 2, 28)
    assert deal["Deal created"].tzinfo is not None
    assert deal["My set"] == list(OPTIONS)


def test_addresses_and_numbers_have_a_column_for_each_label(crm: Client, tmp_path: Path) -> None:
    create_full_deal(crm)
    export(crm, "persons", tmp_path / "persons.csv")
    [person] = read_csv(tmp_path / "persons.csv")
    assert person["Email - Work"] == "first@example.com, second@example.com"
    assert person["Email - Home"] == "home@example.com"
    assert person["Email - Other"] == ""
    assert person["Phone - Mobile"] == "'+49 30 1234"
    export(crm, "persons", tmp_path / "persons.csv", columns=["email"])
    assert read_csv(tmp_path / "persons.csv") == [{"Email": "first@example.com, second@example.com, home@example.com"}]


@pytest.mark.parametrize("ending", ["csv", "xlsx", "ndjson", "parquet"])
def test_texts_of_all_languages_and_formulas_come_back(crm: Client, tmp_path: Path, ending: str) -> None:
    titles = [*TEXTS.values(), *FORMULAS]
    made = [crm.run("v2.post_deals", {"data": {"title": title}})["data"]["title"] for title in titles]
    path = tmp_path / f"deals.{ending}"
    export(crm, "deals", path, columns=["title"])
    if ending == "csv":
        found = [cells.restored(row["Title"]) for row in read_csv(path)]
        assert not any(row["Title"].startswith(("=", "+", "-", "@", "\t", "\r")) for row in read_csv(path))
    elif ending == "parquet":
        found = parquet.read_table(path)["Title"].to_pylist()
    else:
        found = [row["Title"] for row in (read_xlsx if ending == "xlsx" else read_ndjson)(path)]
    assert found == made


def test_every_text_can_be_taken_back() -> None:
    made = random.Random(7)
    texts = ["".join(made.choices("'=+-@\t\r\n,\"a ", k=made.randrange(6))) for _ in range(5000)]
    assert [cells.restored(cells.defused(text)) for text in texts] == texts
    assert len({cells.defused(text) for text in texts}) == len(set(texts))
    for start in range(0, len(texts), 3):
        some = texts[start : start + 3]
        assert cells.parted(cells.joined(some)) == some
    out = io.BytesIO()
    writer = writers.CsvWriter(out, [Column("Text", "text", "text", "text")], keep_formulas=False)
    writer.write([[text] for text in texts])
    writer.close()
    _, *rows = csv.reader(io.StringIO(out.getvalue().decode(), newline=""))
    assert [cells.restored(row[0]) for row in rows] == texts


def test_formulas_are_kept_on_request(crm: Client, tmp_path: Path) -> None:
    crm.run("v2.post_deals", {"data": {"title": "=1+1"}})
    export(crm, "deals", tmp_path / "deals.csv", columns=["Title"], keep_formulas=True)
    assert read_csv(tmp_path / "deals.csv") == [{"Title": "=1+1"}]


def test_columns_by_name_and_key_in_the_order_asked_for(crm: Client, tmp_path: Path) -> None:
    keys = create_full_deal(crm)
    columns = ["My set, value", f"Currency of My monetary,{keys['double']}", "Notes count", "City of My address"]
    export(crm, "deals", tmp_path / "deals.ndjson", columns=columns)
    [deal] = read_ndjson(tmp_path / "deals.ndjson")
    assert list(deal) == [
        "My set",
        "Value",
        "Currency of My monetary",
        "My double",
        "Notes count",
        "City of My address",
    ]
    assert deal["Notes count"] == 0
    export(crm, "deals", tmp_path / "deals.ndjson", columns=["value", "My date"], keys=True)
    assert read_ndjson(tmp_path / "deals.ndjson") == [{"value": 4800, keys["date"]: "2026-02-28"}]
    with pytest.raises(BadCall, match="no column 'My dat'; did you mean 'My date'"):
        export(crm, "deals", tmp_path / "none.csv", columns=["My dat"])
    assert not (tmp_path / "none.csv").exists()


def test_fields_of_one_name_have_their_keys_behind(crm: Client, tmp_path: Path) -> None:
    made = [
        crm.run("v2.post_deal_fields", {"data": {"field_name": name, "field_type": "varchar"}})["data"]["field_code"]
        for name in ("Region", "region", "Title")
    ]
    crm.run("v2.post_deals", {"data": {"title": "T", "custom_fields": dict(zip(made, "abc", strict=True))}})
    export(crm, "deals", tmp_path / "deals.ndjson")
    [deal] = read_ndjson(tmp_path / "deals.ndjson")
    assert (deal["Title"], deal["Region"], deal[f"region ({made[1]})"], deal[f"Title ({made[2]})"]) == (
        "T",
        "a",
        "b",
        "c",
    )


def test_archived_records_come_on_request(crm: Client, tmp_path: Path) -> None:
    for title in ("here", "away"):
        crm.run("v2.post_deals", {"data": {"title": title}})
    crm.run("v2.patch_deals_by_id", {"id": 2, "data": {"is_archived": True}})
    export(crm, "deals", tmp_path / "deals.csv", columns=["title"])
    assert [row["Title"] for row in read_csv(tmp_path / "deals.csv")] == ["here"]
    export(crm, "deals", tmp_path / "deals.csv", columns=["Title", "Archive status"], archived=True)
    assert [list(row.values()) for row in read_csv(tmp_path / "deals.csv")] == [
        ["here", "Not archived"],
        ["away", "Archived"],
    ]


def test_filters(crm: Client, tmp_path: Path) -> None:
    for title, status in (("a", "open"), ("b", "won"), ("c", "lost")):
        crm.run("v2.post_deals", {"data": {"title": title, "status": status}})
    fields = {one["key"]: one["id"] for one in crm.iterate("v1.get_deal_fields", {"limit": 500})}
    condition = {"object": "deal", "field_id": str(fields["status"]), "operator": "=", "value": "won"}
    conditions = {
        "glue": "and",
        "conditions": [{"glue": "and", "conditions": [condition]}, {"glue": "or", "conditions": []}],
    }
    saved = {"name": "Won ones", "type": "deals", "conditions": conditions}
    id = crm.run("v1.post_filters", {"data": saved})["data"]["id"]

    def titles(*filters: str) -> list[str]:
        export(crm, "deals", tmp_path / "deals.csv", columns=["title"], filters=filters)
        return [row["Title"] for row in read_csv(tmp_path / "deals.csv")]

    assert titles("status=lost") == ["c"]
    assert titles("status=open,lost", "owner_id=1") == ["a", "c"]
    assert titles("won ones") == titles(str(id)) == ["b"]
    with pytest.raises(BadCall, match="no saved filter 'Lost ones'"):
        titles("Lost ones")
    with pytest.raises(BadCall, match="did you mean 'status'"):
        titles("statsu=open")
    crm.run("v1.post_filters", {"data": saved})
    with pytest.raises(BadCall, match=f"2 filters are called 'Won ones'; give the id: {id}"):
        titles("Won ones")


def test_a_sheet_goes_on_where_the_last_one_is_full(
    monkeypatch: pytest.MonkeyPatch, crm: Client, tmp_path: Path
) -> None:
    from dealwright.connectors.exports import spreadsheet

    monkeypatch.setattr(spreadsheet, "_ROWS", 3)
    for number in range(5):
        crm.run("v2.post_deals", {"data": {"title": f"D{number}"}})
    export(crm, "deals", tmp_path / "deals.xlsx", columns=["title"])
    book = openpyxl.load_workbook(tmp_path / "deals.xlsx")
    assert [[cell for (cell,) in sheet.iter_rows(values_only=True)] for sheet in book] == [
        ["Title", "D0", "D1"],
        ["Title", "D2", "D3"],
        ["Title", "D4"],
    ]


def test_long_texts_are_cut_in_sheets_and_said(crm: Client, tmp_path: Path) -> None:
    crm.run("v2.post_deals", {"data": {"title": "D"}})
    crm.run("v1.post_notes", {"data": {"deal_id": 1, "content": "x" * 40_000}})
    done = export(crm, "notes", tmp_path / "notes.xlsx", columns=["content"])
    assert done.notices == ("1 texts are longer than a cell holds (32,767 characters), and are cut",)
    assert export(crm, "notes", tmp_path / "notes.csv", columns=["content"]).notices == ()
    assert read_csv(tmp_path / "notes.csv") == [{"Content": "x" * 40_000}]


def test_a_file_is_there_when_it_is_complete(crm: Client, tmp_path: Path) -> None:
    path = tmp_path / "deals.csv"
    path.write_text("before")
    crm.run("v2.post_deals", {"data": {"title": "D"}})

    def fail(count: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(crm, "deals", path, on_count=fail)
    assert path.read_text() == "before"
    assert list(tmp_path.glob(".*.part")) == []


def test_what_cannot_be_exported(crm: Client, tmp_path: Path) -> None:
    for to, kind, problem in (
        (tmp_path / "x.csv", "dels", "no kind 'dels' to export; did you mean 'deals'"),
        (tmp_path / "x.doc", "deals", "'doc' is no format of a table"),
        (tmp_path / "x", "deals", "'' is no format of a table"),
        (tmp_path / "none" / "x.csv", "deals", "cannot be written: No such file or directory"),
        (tmp_path, "deals", "no format"),
    ):
        with pytest.raises(BadCall, match=problem):
            export(crm, kind, to)
    with pytest.raises(BadCall, match="is a folder"):
        export(crm, "deals", tmp_path, format="csv")
    with pytest.raises(BadCall, match="users cannot be narrowed by 'x': nothing narrows this list"):
        export(crm, "users", tmp_path / "x.csv", filters=["x"])


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, crm: Client, tmp_path: Path) -> None:
    import sys

    for ending, library in (("xlsx", "xlsxwriter"), ("parquet", "pyarrow")):
        monkeypatch.setitem(sys.modules, library, None)
        for module in ("spreadsheet", "parquet"):
            monkeypatch.delitem(sys.modules, f"dealwright.connectors.exports.{module}", raising=False)
        with pytest.raises(BadCall, match=rf'{ending} needs {library}: pip install ".+\[{ending}\]"'):
            export(crm, "deals", tmp_path / f"deals.{ending}")
