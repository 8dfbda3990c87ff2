"""Demo data: a generated company with a year and a half of sales, the same again for the same seed."""

from __future__ import annotations

from dealwright.crm.demo.copying import fill_many
from dealwright.crm.demo.generate import fill, get_or_create_demo_company

__all__ = ["fill", "fill_many", "get_or_create_demo_company"]
