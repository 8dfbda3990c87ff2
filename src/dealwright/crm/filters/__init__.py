"""Filters: conditions that users keep, and that lists can be narrowed by.

`saved` keeps them, `conditions` is their form, `sql` says them in SQL with the help of `places`, which knows where
fields lie. How the values of a field are compared is known to its type (`crm.fields.comparisons`).
"""

from __future__ import annotations

from dealwright.crm.filters.saved import of_list as criteria

__all__ = ["criteria"]
