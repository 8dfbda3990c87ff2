"""Writes the records of a connection into files: CSV, XLSX, NDJSON and Parquet, or everything into one ZIP.

    with Client("sales") as sales:
        export(sales, "deals", "deals.csv", columns=["Title", "Value", "Owner"], names=True)
        export_all(sales, "everything.zip")

Pages are written as they are read, so that memory does not grow with the number of records. A file is there when it is complete.
"""

from __future__ import annotations

from dealwright.connectors.exports.archive import export_all
from dealwright.connectors.exports.table import Exported, Format, export

__all__ = ["Exported", "Format", "export", "export_all"]
