"""Comparisons: the operators for the values of fields, and the SQL of each.

Each field type has its own (`crm.fields.types`).
"""

from __future__ import annotations

from collections.abc import Mapping

from dealwright.crm.fields.comparisons import choices, days, links, numbers, stages, texts, times
from dealwright.crm.fields.comparisons.comparison import NEGATIONS, Comparison, FieldLookup, PresenceComparison

__all__ = ["ALL", "DEPRECATED", "NEGATIONS", "Comparison", "FieldLookup", "PresenceComparison"]

ALL: Mapping[str, Comparison] = {
    comparison.name: comparison
    for comparison in (
        numbers.INT,
        numbers.DOUBLE,
        numbers.MONETARY,
        times.TIME,
        days.DATE,
        stages.ENTERED_STAGE,
        times.TIME_RANGE,
        days.DATE_RANGE,
        texts.VARCHAR,
        stages.STAGE,
        texts.TITLE,
        choices.SET,
        choices.ENUM,
        links.DEAL,
        links.PRODUCT,
        links.USER,
        stages.STATUS,
        choices.VISIBLE_TO,
        choices.CURRENCY,
        choices.PIPELINE,
        links.PERSON,
        links.ORGANIZATION,
        links.LEAD,
        links.PROJECT,
        choices.BOOLEAN,
    )
}
"""All comparisons with a value by name, in the order in which they are listed."""

DEPRECATED: Mapping[str, str] = texts.DEPRECATED
"""Operators that stored filters may have, and new ones may not, with their labels."""
