"""What the parts of the demo data have in common."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple, TypeVar

from dealwright.crm.demo import times
from dealwright.crm.demo.custom_fields import CustomFields, Occasion
from dealwright.crm.demo.log import Log
from dealwright.crm.demo.names import City
from dealwright.crm.demo.team import Team
from dealwright.crm.kinds import Kind, Object
from dealwright.crm.values import Values

T = TypeVar("T")

_DAYS_UNTIL_PURGE = 25
_VISIBILITIES = (3,) * 14 + (7,) * 4 + (5, 1)


class Organization(NamedTuple):
    """An organization: its values as they are at the end, and what others need to know."""

    id: int
    values: Values
    added: int
    owner_id: int
    name: str
    mail_domain: str
    city: City
    people: list[Person]


class Person(NamedTuple):
    """A person."""

    id: int
    values: Values
    added: int
    owner_id: int
    name: str
    email: str | None
    organization: Organization | None


class Deal(NamedTuple):
    """A deal. ``ended`` is when it was closed; None while it is open."""

    id: int
    values: Values
    added: int
    ended: int | None
    person: Person | None
    organization: Organization | None


class Follower(NamedTuple):
    """That a user follows a record."""

    kind: Object
    record_id: int
    user_id: int
    since: int

    def row(self) -> dict[str, object]:
        """The row to store."""
        return {
            "object": self.kind,
            "record_id": self.record_id,
            "user_id": self.user_id,
            "add_time": times.text(self.since),
        }


class Story:
    """A company's past: from ``start`` to ``now``, in seconds."""

    def __init__(self, chance: Random, start: int, now: int, team: Team, fields: CustomFields, timezone: str) -> None:
        self.chance = chance
        self.start = start
        self.now = now
        self.team = team
        self.fields = fields
        self.timezone = timezone
        self.log = Log()
        self.deal_labels = list(fields.labels["deal"].values())
        self.followers: list[Follower] = []
        # When the organizations and persons were added, in the order of their ids.
        self.organizations_added: list[int] = []
        self.persons_added: list[int] = []

    def one_of(self, choices: Sequence[T]) -> T:
        """Any of some things."""
        return choices[int(self.chance.random() * len(choices))]

    def visibility(self) -> int:
        """Who sees a new record: nearly always what the roles say."""
        return self.one_of(_VISIBILITIES)

    def occasion(self, at: int, currency: str) -> Occasion:
        """What the values of custom fields depend on at a moment."""
        return Occasion(
            self.chance,
            at // times.DAY,
            currency,
            (self.team.admin, self.team.manager, *self.team.sellers),
            range(1, bisect_right(self.organizations_added, at) + 1),
            range(1, bisect_right(self.persons_added, at) + 1),
        )

    def forget(self, kind: Kind[Any], id: int, values: Values, actor: int) -> None:
        """Deletes a record in the last weeks, after all else that happened to it."""
        changed = times.parsed(str(values["update_time"]))
        at = max(self.now - int(self.chance.random() * _DAYS_UNTIL_PURGE * times.DAY), changed)
        self.log.deleted(kind, id, values, at, actor)

    def later(self, since: int, days: float, *, after: int) -> int:
        """A moment some days later at which people work, and which comes after another one."""
        day = times.working_day(since // times.DAY + int(days))
        return max(times.at_work(self.chance, day), after + 300 + int(self.chance.random() * 600))

    def between(self, first: int, last: int) -> int:
        """A moment between two others, if possible one at which people work."""
        if last <= first:
            return first
        day = times.working_day((first + int(self.chance.random() * (last - first))) // times.DAY)
        return min(max(times.at_work(self.chance, day), first), last)
