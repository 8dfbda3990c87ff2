"""The operators, date words and address parts that conditions may use, as clients list them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dealwright.crm.fields import comparisons, relative_dates
from dealwright.crm.fields.comparisons.texts import ADDRESS_COMPONENTS

Labels = Mapping[str, str]


class FilterHelpers(NamedTuple):
    """Operators by field type, words for dates by group, parts of addresses: each with its label."""

    operators: Mapping[str, Labels]
    deprecated_operators: Labels
    relative_dates: Mapping[str, Labels]
    address_field_components: Labels


FILTER_HELPERS = FilterHelpers(
    operators={name: comparison.labels for name, comparison in comparisons.ALL.items()},
    deprecated_operators=comparisons.DEPRECATED,
    relative_dates={
        "Relative date intervals": relative_dates.INTERVALS,
        "Relative dates": relative_dates.POINTS,
        "Deal specific": relative_dates.DEAL_WORDS,
    },
    address_field_components=ADDRESS_COMPONENTS,
)
