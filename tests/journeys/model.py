"""A simple model in memory of the records of a company, with which the answers of the server are compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

LINKS = ("person_id", "org_id")
STATUSES = ("open", "won", "lost")

DEFAULT_VALUES: Mapping[str, Mapping[str, Any]] = {
    "deals": {"value": 0, "status": "open", "is_archived": False, "person_id": None, "org_id": None},
    "persons": {"org_id": None},
    "organizations": {},
    "products": {},
}
"""The values of new records unless others are given."""


@dataclass
class ExpectedRecord:
    """A record: its values, the users who follow it and, of a deal, the persons who take part in it."""

    kind: str
    id: int
    values: dict[str, Any]
    is_deleted: bool = False
    followers: set[int] = field(default_factory=set)
    participant_ids: set[int] = field(default_factory=set)


@dataclass
class Model:
    """All records, deleted ones too."""

    records: list[ExpectedRecord] = field(default_factory=list)

    def live(self, kind: str) -> list[ExpectedRecord]:
        return [record for record in self.records if record.kind == kind and not record.is_deleted]

    def create(self, kind: str, id: int, values: Mapping[str, Any]) -> None:
        record = ExpectedRecord(kind, id, {**DEFAULT_VALUES[kind], **values})
        if kind == "deals" and record.values["person_id"]:
            record.participant_ids.add(record.values["person_id"])
        self.records.append(record)

    def update(self, record: ExpectedRecord, values: Mapping[str, Any]) -> None:
        before = record.values.get("person_id")
        record.values.update(values)
        after = record.values.get("person_id")
        if before != after:
            record.participant_ids.discard(before)
            record.participant_ids |= {after} if after else set()

    def merge(self, gone: ExpectedRecord, kept: ExpectedRecord) -> None:
        gone.is_deleted = True
        kept.followers |= gone.followers
        for name in LINKS:
            if name in kept.values and kept.values[name] is None:
                kept.values[name] = gone.values[name]
        if gone.kind == "deals":
            kept.values["value"] = kept.values["value"] or gone.values["value"]
            kept.participant_ids |= gone.participant_ids
        link = {"persons": "person_id", "organizations": "org_id"}.get(gone.kind)
        for record in self.live("deals") + self.live("persons"):
            if link and record.values.get(link) == gone.id:
                record.values[link] = kept.id
            if gone.kind == "persons" and gone.id in record.participant_ids:
                record.participant_ids = (record.participant_ids - {gone.id}) | {kept.id}

    def counts(self, record: ExpectedRecord) -> dict[str, int]:
        """Returns the counts of a live record."""
        counts = {"followers_count": len(record.followers)}
        if record.kind == "deals":
            return counts | {"participants_count": len(record.participant_ids)}
        if record.kind == "products":
            return {}
        deals = [deal for deal in self.live("deals") if not deal.values["is_archived"]]
        own_link = "person_id" if record.kind == "persons" else "org_id"
        own = [deal for deal in deals if deal.values[own_link] == record.id]
        if record.kind == "persons":
            others = [deal for deal in deals if record.id in deal.participant_ids and deal not in own]
            counts["participant_open_deals_count"] = _count(others, "open")
            counts["participant_closed_deals_count"] = _count(others, "won", "lost")
        else:
            people = [one.id for one in self.records if one.kind == "persons" and one.values["org_id"] == record.id]
            others = [deal for deal in deals if deal.values["person_id"] in people and deal not in own]
            counts["people_count"] = sum(one.values["org_id"] == record.id for one in self.live("persons"))
        for name, statuses in (("open", ["open"]), ("closed", ["won", "lost"]), ("won", ["won"]), ("lost", ["lost"])):
            counts[f"{name}_deals_count"] = _count(own, *statuses)
            counts[f"related_{name}_deals_count"] = _count(own + others, *statuses)
        return counts

    def linked_names(self, record: ExpectedRecord) -> dict[str, str | None]:
        """Returns the names of linked records that v1 shows beside their ids."""
        names = {"person_name": ("persons", "person_id"), "org_name": ("organizations", "org_id")}
        return {
            name: next(
                (one.values["name"] for one in self.records if (one.kind, one.id) == (kind, record.values[link])), None
            )
            for name, (kind, link) in names.items()
            if link in record.values
        }


def _count(deals: Iterable[ExpectedRecord], *statuses: str) -> int:
    return sum(deal.values["status"] in statuses for deal in deals)
