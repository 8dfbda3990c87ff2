"""State and records that the parts of the demo data share."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple, TypeVar

from dealwright.crm.demo import times
from dealwright.crm.demo.custom_fields import CustomFields, ValueContext
from dealwright.crm.demo.log import ChangeLog
from dealwright.crm.demo.names import City
from dealwright.crm.demo.team import Team
from dealwright.crm.kernel.record_types import RecordType, RecordTypeName
from dealwright.crm.values.formats import Values

T = TypeVar("T")

_DAYS_UNTIL_PURGE = 25
_VISIBILITIES = (3,) * 14 + (7,) * 4 + (5, 1)


class Organization(NamedTuple):
    """An organization: its final values, and properties that other parts need."""

    id: int
    values: Values
    added: int
    owner_id: int
    name: str
    mail_domain: str
    city: City
    people: list[Person]


class Person(NamedTuple):
    """A person, and properties that other parts need."""

    id: int
    values: Values
    added: int
    owner_id: int
    name: str
    email: str | None
    organization: Organization | None


class Deal(NamedTuple):
    """A deal. ``ended`` is the time at which it was closed; None while it is open."""

    id: int
    values: Values
    added: int
    ended: int | None
    person: Person | None
    organization: Organization | None


class Lead(NamedTuple):
    """A lead of a person who has an address."""

    id: int
    values: Values
    added: int
    person: Person


class Follower(NamedTuple):
    """A user who follows a record."""

    object: RecordTypeName
    record_id: int
    user_id: int
    since: int

    def row(self) -> dict[str, Any]:
        """Returns the row to store."""
        return {
            "object": self.object,
            "record_id": self.record_id,
            "user_id": self.user_id,
            "add_time": times.format_time(self.since),
        }


class DemoContext:
    """The past of a company: from ``start`` to ``now``, in seconds."""

    def __init__(self, rng: Random, start: int, now: int, team: Team, fields: CustomFields, timezone: str) -> None:
        self.rng = rng
        self.start = start
        self.now = now
        self.team = team
        self.fields = fields
        self.timezone = timezone
        self.log = ChangeLog()
        self.deal_labels = list(fields.labels["deal"].values())
        self.followers: list[Follower] = []
        # When the organizations and persons were added, in the order of their ids.
        self.organizations_added: list[int] = []
        self.persons_added: list[int] = []

    def choice(self, choices: Sequence[T]) -> T:
        """Returns one of ``choices`` at random."""
        return choices[int(self.rng.random() * len(choices))]

    def visibility(self) -> int:
        """Returns the visibility of a new record: nearly always the default of the roles."""
        return self.choice(_VISIBILITIES)

    def value_context(self, timestamp: int, currency: str) -> ValueContext:
        """Returns the context for values of custom fields at some time."""
        return ValueContext(
            self.rng,
            timestamp // times.DAY,
            currency,
            (self.team.admin, self.team.manager, *self.team.sellers),
            range(1, bisect_right(self.organizations_added, timestamp) + 1),
            range(1, bisect_right(self.persons_added, timestamp) + 1),
        )

    def delete_record(self, kind: RecordType[Any], id: int, values: Values, actor: int) -> None:
        """Deletes a record in the last weeks, after all its other changes."""
        changed = times.parse_time(str(values["update_time"]))
        timestamp = max(self.now - int(self.rng.random() * _DAYS_UNTIL_PURGE * times.DAY), changed)
        self.log.delete(kind, id, values, timestamp, actor)

    def later_work_time(self, since: int, days: float, *, after: int) -> int:
        """Returns a working time some days later than ``since``, and after another time."""
        day = times.working_day(since // times.DAY + int(days))
        return max(times.random_work_time(self.rng, day), after + 300 + int(self.rng.random() * 600))

    def work_time_between(self, first: int, last: int) -> int:
        """Returns a time between two others, if possible a working time."""
        if last <= first:
            return first
        day = times.working_day((first + int(self.rng.random() * (last - first))) // times.DAY)
        return min(max(times.random_work_time(self.rng, day), first), last)
