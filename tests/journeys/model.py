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
class ExpectedLine:
    """A line of a deal, without discount and tax."""

    product_id: int
    item_price: float
    quantity: float
    is_enabled: bool = True

    @property
    def sum(self) -> float:
        return self.item_price * self.quantity


@dataclass
class ExpectedRecord:
    """A record: its values, the users who follow it and, of a deal, the persons who take part in it and its lines by id."""

    kind: str
    id: int
    values: dict[str, Any]
    is_deleted: bool = False
    followers: set[int] = field(default_factory=set)
    participant_ids: set[int] = field(default_factory=set)
    lines: dict[int, ExpectedLine] = field(default_factory=dict)

    def follow_lines(self) -> None:
        """Sets the value of a deal to what its lines come to."""
        self.values["value"] = sum(line.sum for line in self.lines.values() if line.is_enabled)


@dataclass
class ExpectedLead:
    """A lead: its values, and the deal that it was, with all that leads do not have."""

    id: str
    title: str
    worth: float | None
    links: dict[str, int | None]
    is_deleted: bool = False
    followers: set[int] = field(default_factory=set)
    former: ExpectedRecord | None = None


@dataclass
class ExpectedTask:
    """A task of a project, perhaps of another task."""

    title: str
    parent_id: int | None
    is_done: bool


@dataclass
class ExpectedProject:
    """A project with its tasks by id; ``links`` are the ids of deals, persons and organizations, by the kind of these."""

    id: int
    title: str
    links: dict[str, list[int]]
    status: str = "open"
    is_archived: bool = False
    is_deleted: bool = False
    tasks: dict[int, ExpectedTask] = field(default_factory=dict)

    def relink(self, kind: str, id: int, new_id: int) -> None:
        """Names another record in place of one."""
        self.links[kind] = list(dict.fromkeys(new_id if one == id else one for one in self.links[kind]))


@dataclass
class Model:
    """All records, deleted ones too."""

    records: list[ExpectedRecord] = field(default_factory=list)
    leads: list[ExpectedLead] = field(default_factory=list)
    projects: list[ExpectedProject] = field(default_factory=list)

    def live(self, kind: str) -> list[ExpectedRecord]:
        return [record for record in self.records if record.kind == kind and not record.is_deleted]

    @property
    def live_leads(self) -> list[ExpectedLead]:
        return [lead for lead in self.leads if not lead.is_deleted]

    @property
    def live_projects(self) -> list[ExpectedProject]:
        return [project for project in self.projects if not project.is_deleted]

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
            if not kept.lines:
                kept.values["value"] = kept.values["value"] or gone.values["value"]
            kept.participant_ids |= gone.participant_ids
            self.move_lines(gone, kept)
        for project in self.projects:
            project.relink(gone.kind, gone.id, kept.id)
        link = {"persons": "person_id", "organizations": "org_id"}.get(gone.kind)
        for record in self.live("deals") + self.live("persons"):
            if link and record.values.get(link) == gone.id:
                record.values[link] = kept.id
            if gone.kind == "persons" and gone.id in record.participant_ids:
                record.participant_ids = (record.participant_ids - {gone.id}) | {kept.id}
        for lead in self.live_leads:
            if link and lead.links[link] == gone.id:
                lead.links[link] = kept.id
            former = lead.former
            if former and gone.kind == "persons" and gone.id in former.participant_ids:
                former.participant_ids = (former.participant_ids - {gone.id}) | {kept.id}

    def move_lines(self, deal: ExpectedRecord, target: ExpectedRecord) -> None:
        """Moves the lines of one deal to another one, whose value follows from them if there are any."""
        target.lines |= deal.lines
        deal.lines = {}
        if target.lines:
            target.follow_lines()

    def make_lead(self, deal: ExpectedRecord, id: str) -> None:
        """Makes a lead of a deal."""
        links = {name: deal.values[name] for name in LINKS}
        lead = ExpectedLead(id, deal.values["title"], deal.values["value"], links, former=deal)
        lead.followers |= deal.followers
        self.leads.append(lead)
        deal.is_deleted = True

    def make_deal(self, lead: ExpectedLead, id: int) -> None:
        """Makes a deal of a lead, which gets back what it had when it was one."""
        self.create("deals", id, {"title": lead.title, "value": lead.worth or 0, **lead.links})
        deal = self.records[-1]
        deal.followers |= lead.followers
        if lead.former is not None:
            deal.participant_ids |= lead.former.participant_ids
            self.move_lines(lead.former, deal)
            for project in self.projects:
                project.relink("deals", lead.former.id, id)
        lead.is_deleted = True

    def counts(self, record: ExpectedRecord) -> dict[str, int]:
        """Returns the counts of a live record."""
        counts = {"followers_count": len(record.followers)}
        if record.kind == "deals":
            return counts | {"participants_count": len(record.participant_ids), "products_count": len(record.lines)}
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
