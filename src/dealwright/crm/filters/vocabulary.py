"""What conditions may be made of: for those who write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dealwright.crm.fields import comparisons, relative_dates
from dealwright.crm.fields.comparisons.texts import ADDRESS_COMPONENTS

Names = Mapping[str, str]


class Vocabulary(NamedTuple):
    """Operators by type of field, words for dates by kind, parts of addresses: each with its name for people."""

    operators: Mapping[str, Names]
    deprecated_operators: Names
    relative_dates: Mapping[str, Names]
    address_field_components: Names


VOCABULARY = Vocabulary(
    operators={name: comparison.labels for name, comparison in comparisons.ALL.items()},
    deprecated_operators=comparisons.DEPRECATED,
    relative_dates={
        "Relative date intervals": relative_dates.INTERVALS,
        "Relative dates": relative_dates.POINTS,
        "Deal specific": relative_dates.OF_DEALS,
    },
    address_field_components=ADDRESS_COMPONENTS,
)
