"""Counts of generated records, as the rules (`kernel.counters`) would set them, but without queries for each record."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from dealwright.crm.demo.activities import ActivityParticipant
from dealwright.crm.demo.context import Deal, Follower, Organization, Person
from dealwright.crm.demo.deals import Participant
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.values.formats import Values

Records = Mapping[int, Values]
# Ids of related records by the id of a record.
Related = dict[int, list[int]]

_STATUSES = ("open", "closed", "won", "lost")


class GeneratedData(NamedTuple):
    """The generated records that are counted or have counts."""

    organizations: list[Organization]
    persons: list[Person]
    deals: list[Deal]
    participants: list[Participant]
    activities: Records
    activity_participants: list[ActivityParticipant]
    notes: Records
    files: Records
    followers: list[Follower]


def set_counts(data: GeneratedData) -> None:
    """Sets the counts, and the next and the last activity, of deals, persons and organizations."""
    deals = {deal.id: deal.values for deal in data.deals}
    persons = {person.id: person.values for person in data.persons}
    organizations = {one.id: one.values for one in data.organizations}
    counted: tuple[tuple[RecordTypeName, str, Records], ...] = (
        ("deal", "deal_id", deals),
        ("person", "person_id", persons),
        ("organization", "org_id", organizations),
    )
    for object, link, records in counted:
        _set_count(records, "notes_count", Counter(_linked_ids(data.notes, link)))
        _set_count(records, "files_count", Counter(_linked_ids(data.files, link)))
        _set_count(records, "followers_count", Counter(one.record_id for one in data.followers if one.object == object))
    _set_count(deals, "participants_count", Counter(one.deal_id for one in data.participants))
    employers = Counter(
        one.organization.id for one in data.persons if one.organization and not one.values["is_deleted"]
    )
    _set_count(organizations, "people_count", employers)
    _count_activities(data, deals, persons, organizations)
    _count_deals(data, persons, organizations)


def _linked_ids(others: Records, link: str) -> Iterable[object]:
    """Returns the values of a link column, of records that are not deleted."""
    return (other.get(link) for other in others.values() if not other["is_deleted"])


def _set_count(records: Records, name: str, counts: Mapping[Any, int]) -> None:
    for id, values in records.items():
        values[name] = counts.get(id, 0)


def _count_activities(data: GeneratedData, deals: Records, persons: Records, organizations: Records) -> None:
    deal_activities: Related = defaultdict(list)
    person_activities: Related = defaultdict(list)
    organization_activities: Related = defaultdict(list)
    for id, activity in data.activities.items():
        for link, related in (("deal_id", deal_activities), ("org_id", organization_activities)):
            if isinstance(linked := activity[link], int):
                related[linked].append(id)
    for one in data.activity_participants:
        person_activities[one.person_id].append(one.activity_id)
    for records, related in (
        (deals, deal_activities),
        (persons, person_activities),
        (organizations, organization_activities),
    ):
        for id, values in records.items():
            values.update(_activity_values(data.activities, related.get(id, ())))


def _activity_values(activities: Records, ids: Iterable[int]) -> Values:
    """Returns a record's activity counts, and its next and last activity."""
    to_do: list[tuple[str, str, int]] = []
    done: list[tuple[str, str, int]] = []
    for id in ids:
        activity = activities[id]
        if not activity["is_deleted"]:
            time = activity["due_time"] or "00:00:00"
            (done if activity["done"] else to_do).append((activity["due_date"], time, id))  # type: ignore[arg-type]
    next_date, _, next_id = min(to_do, default=(None, None, None))
    last_date, _, last_id = max(done, default=(None, None, None))
    return {
        "activities_count": len(to_do) + len(done),
        "done_activities_count": len(done),
        "undone_activities_count": len(to_do),
        "next_activity_id": next_id,
        "next_activity_date": next_date,
        "next_activity_time": activities[next_id]["due_time"] if next_id else None,
        "last_activity_id": last_id,
        "last_activity_date": last_date,
    }


def _count_deals(data: GeneratedData, persons: Records, organizations: Records) -> None:
    """Counts the deals of persons and organizations: their own, and related ones."""
    participants: Related = defaultdict(list)
    for one in data.participants:
        participants[one.deal_id].append(one.person_id)
    # By status and id.
    person_counts, organization_counts = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
    participant_counts, employer_counts = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
    for deal in data.deals:
        if deal.values["is_deleted"] or deal.values["is_archived"]:
            continue
        status = str(deal.values["status"])
        employer = deal.person.organization if deal.person else None
        for status_key in (status,) if status == "open" else (status, "closed"):
            if deal.person:
                person_counts[status_key, deal.person.id] += 1
            if deal.organization:
                organization_counts[status_key, deal.organization.id] += 1
            if employer and employer is not deal.organization:
                employer_counts[status_key, employer.id] += 1
            for id in participants[deal.id]:
                if deal.person is None or id != deal.person.id:
                    participant_counts[status_key, id] += 1
    for status in _STATUSES:
        own, related = f"{status}_deals_count", f"related_{status}_deals_count"
        for records, owned, others in (
            (persons, person_counts, participant_counts),
            (organizations, organization_counts, employer_counts),
        ):
            for id, values in records.items():
                values[own] = owned.get((status, id), 0)
                values[related] = owned.get((status, id), 0) + others.get((status, id), 0)
    for status in ("open", "closed"):
        for id, values in persons.items():
            values[f"participant_{status}_deals_count"] = participant_counts.get((status, id), 0)
