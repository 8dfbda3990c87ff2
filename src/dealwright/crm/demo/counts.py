"""What invented records count: the rules (`crm.counters`) would come to the same, but would have to ask for every record."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from dealwright.crm.demo.activities import ActivityParticipant
from dealwright.crm.demo.deals import Participant
from dealwright.crm.demo.story import Deal, Follower, Organization, Person
from dealwright.crm.kinds import Object
from dealwright.crm.values import Values

Records = Mapping[int, Values]
# Of a record: the ids of other records that have to do with it.
Related = dict[int, list[int]]

_STATUSES = ("open", "closed", "won", "lost")


class Past(NamedTuple):
    """All that counts, and is counted."""

    organizations: list[Organization]
    persons: list[Person]
    deals: list[Deal]
    participants: list[Participant]
    activities: Records
    activity_participants: list[ActivityParticipant]
    notes: Records
    files: Records
    followers: list[Follower]


def count(past: Past) -> None:
    """Puts counts, and the next and the last activity, into the values of deals, persons and organizations."""
    deals = {deal.id: deal.values for deal in past.deals}
    persons = {person.id: person.values for person in past.persons}
    organizations = {one.id: one.values for one in past.organizations}
    counted: tuple[tuple[Object, str, Records], ...] = (
        ("deal", "deal_id", deals),
        ("person", "person_id", persons),
        ("organization", "org_id", organizations),
    )
    for object, link, records in counted:
        _set(records, "notes_count", Counter(_linked(past.notes, link)))
        _set(records, "files_count", Counter(_linked(past.files, link)))
        _set(records, "followers_count", Counter(one.record_id for one in past.followers if one.kind == object))
    _set(deals, "participants_count", Counter(one.deal_id for one in past.participants))
    employers = Counter(
        one.organization.id for one in past.persons if one.organization and not one.values["is_deleted"]
    )
    _set(organizations, "people_count", employers)
    _count_activities(past, deals, persons, organizations)
    _count_deals(past, persons, organizations)


def _linked(others: Records, link: str) -> Iterable[object]:
    """What those of some records that are not deleted are linked to."""
    return (other.get(link) for other in others.values() if not other["is_deleted"])


def _set(records: Records, name: str, counts: Mapping[Any, int]) -> None:
    for id, values in records.items():
        values[name] = counts.get(id, 0)


def _count_activities(past: Past, deals: Records, persons: Records, organizations: Records) -> None:
    of_deals: Related = defaultdict(list)
    of_persons: Related = defaultdict(list)
    of_organizations: Related = defaultdict(list)
    for id, activity in past.activities.items():
        for link, related in (("deal_id", of_deals), ("org_id", of_organizations)):
            if isinstance(linked := activity[link], int):
                related[linked].append(id)
    for one in past.activity_participants:
        of_persons[one.person_id].append(one.activity_id)
    for records, related in ((deals, of_deals), (persons, of_persons), (organizations, of_organizations)):
        for id, values in records.items():
            values.update(_of_activities(past.activities, related.get(id, ())))


def _of_activities(activities: Records, ids: Iterable[int]) -> Values:
    """What a record says about its activities."""
    to_do: list[tuple[str, str, int]] = []
    done: list[tuple[str, str, int]] = []
    for id in ids:
        activity = activities[id]
        if not activity["is_deleted"]:
            time = activity["due_time"] or ""
            (done if activity["done"] else to_do).append((activity["due_date"], time, id))  # type: ignore[arg-type]
    next_date, next_time, next_id = min(to_do, default=(None, None, None))
    last_date, _, last_id = max(done, default=(None, None, None))
    return {
        "activities_count": len(to_do) + len(done),
        "done_activities_count": len(done),
        "undone_activities_count": len(to_do),
        "next_activity_id": next_id,
        "next_activity_date": next_date,
        "next_activity_time": next_time or None,
        "last_activity_id": last_id,
        "last_activity_date": last_date,
    }


def _count_deals(past: Past, persons: Records, organizations: Records) -> None:
    """Counts the deals of persons and organizations: their own, and those to which somebody relates them."""
    participants: Related = defaultdict(list)
    for one in past.participants:
        participants[one.deal_id].append(one.person_id)
    # By status and id.
    of_persons, of_organizations = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
    of_participants, of_employers = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
    for deal in past.deals:
        if deal.values["is_deleted"] or deal.values["is_archived"]:
            continue
        status = str(deal.values["status"])
        employer = deal.person.organization if deal.person else None
        for known_as in (status,) if status == "open" else (status, "closed"):
            if deal.person:
                of_persons[known_as, deal.person.id] += 1
            if deal.organization:
                of_organizations[known_as, deal.organization.id] += 1
            if employer and employer is not deal.organization:
                of_employers[known_as, employer.id] += 1
            for id in participants[deal.id]:
                if deal.person is None or id != deal.person.id:
                    of_participants[known_as, id] += 1
    for status in _STATUSES:
        own, related = f"{status}_deals_count", f"related_{status}_deals_count"
        for records, owned, others in (
            (persons, of_persons, of_participants),
            (organizations, of_organizations, of_employers),
        ):
            for id, values in records.items():
                values[own] = owned.get((status, id), 0)
                values[related] = owned.get((status, id), 0) + others.get((status, id), 0)
    for status in ("open", "closed"):
        for id, values in persons.items():
            values[f"participant_{status}_deals_count"] = of_participants.get((status, id), 0)
