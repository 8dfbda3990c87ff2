"""A company to try things on: invented, but as if it had sold for a year and a half, and the same again for the same seed."""

from __future__ import annotations

from dealwright.crm.demo.copying import fill_many
from dealwright.crm.demo.filling import fill, first

__all__ = ["fill", "fill_many", "first"]
