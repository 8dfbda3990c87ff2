"""Structs of query parameters that lists of records share in v1."""

from __future__ import annotations

from dealwright.contract.endpoint import Query
from dealwright.contract.parameters import FilterId, FirstChar, OwnerId, Since, Sort, Until, UserId


class CollectionQuery(Query):
    """Which records of a collection to list, by when they last changed; the base of what each kind of record adds to it."""

    since: Since | None = None
    until: Until | None = None


class ContactsQuery(Query):
    """Which persons or organizations to list, and in which order."""

    user_id: UserId | None = None
    filter_id: FilterId | None = None
    first_char: FirstChar | None = None
    sort: Sort | None = None


class ContactCollectionQuery(CollectionQuery):
    """Which persons or organizations of the whole company to list."""

    owner_id: OwnerId | None = None
    first_char: FirstChar | None = None
