"""Filters: conditions that users save, and that lists can be narrowed by.

`saved` stores them, `conditions` declares and parses them, `sql` compiles them to SQL with the help of
`filterable_fields`, which has the expression of each field. The type of a field determines how its values are compared
(`crm.fields.comparisons`).
"""

from __future__ import annotations

from dealwright.crm.filters.saved import list_criteria as criteria

__all__ = ["criteria"]
