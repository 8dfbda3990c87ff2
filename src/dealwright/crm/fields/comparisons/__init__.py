"""Comparisons: what can be asked about the values of fields, with which operators, and how that is said in SQL.

Each type of field names its own (`crm.fields.types`).
"""

from __future__ import annotations

from collections.abc import Mapping

from dealwright.crm.fields.comparisons import choices, days, links, numbers, stages, texts, times
from dealwright.crm.fields.comparisons.kind import NEGATIONS, Comparison, PresenceComparison, Test

__all__ = ["ALL", "DEPRECATED", "NEGATIONS", "Comparison", "PresenceComparison", "Test"]

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
"""Every comparison that is made with a value, by its name, in the order in which they are told."""

DEPRECATED: Mapping[str, str] = texts.DEPRECATED
"""Operators that are understood, but no longer offered, with their names."""
