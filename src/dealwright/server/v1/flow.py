"""The flow of a deal, a person or an organization: how v1 shows what happened around it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast

from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.history import FlowItem
from dealwright.contract.values import Json
from dealwright.crm import flow, history, note_comments, records, relations
from dealwright.crm.fields import system
from dealwright.crm.flow import Moment
from dealwright.crm.history import Change
from dealwright.crm.kinds import Kind, Record
from dealwright.crm.model.activities import ACTIVITY
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.files import FILE
from dealwright.crm.model.notes import NOTE
from dealwright.crm.unit import Crm
from dealwright.server.v1 import activities, deals, envelopes, files, notes
from dealwright.server.v1 import note_comments as comments
from dealwright.server.v1.references import References

Data = Mapping[str, Json]
Ids = list[int | None]

_LINKED_KINDS = {"user": "user", "people": "person", "org": "organization"}
"""What the values of a type of fields are ids of."""


def page_of(
    crm: Crm,
    kind: Kind[Any],
    id: int,
    *,
    start: int,
    limit: int | None,
    all_changes: bool,
    items: Collection[str] | None,
) -> Page[FlowItem]:
    """A page of what happened around a record."""
    record = records.get(crm, kind, id, deleted=True)
    found = flow.page(crm, kind, record, items=items, all_changes=all_changes, start=start, limit=limit)
    page = _Page(crm, kind, record, found.items)
    return envelopes.page(found, page.show, page.references.related())


class _Page:
    """What the moments of a page are about, read at once, one kind after the other."""

    def __init__(self, crm: Crm, kind: Kind[Any], record: Record, moments: Sequence[Moment]) -> None:
        self._crm = crm
        self._kind = kind
        self._id: int = record.id  # type: ignore[attr-defined]
        ids: dict[str, list[int]] = {}
        for moment in moments:
            ids.setdefault(moment.object, []).append(moment.id)
        change, follower = f"{kind.object}Change", f"{kind.object}Follower"
        places = [(moment.id, moment.position) for moment in moments if moment.object == change]
        self._changes = history.at(crm, kind, record, places)
        self._relations = relations.entries(crm, [*ids.get(follower, []), *ids.get("participant", [])])
        self._activities = records.many(crm, ACTIVITY, [*ids.get("activity", []), *ids.get("plannedActivity", [])])
        self._notes = records.many(crm, NOTE, ids.get("note", []))
        self._comments = note_comments.many(crm, [moment.uuid for moment in moments if moment.uuid])
        self._files = records.many(crm, FILE, ids.get("file", []))
        self._deals = records.many(crm, DEAL, ids.get("deal", []))
        self.references = self._references()
        self._shown = self._show_records()
        self._show: dict[str, Any] = {change: self._change, follower: self._follower, "participant": self._participant}

    def show(self, moment: Moment) -> FlowItem:
        """An item of the flow."""
        show = self._show.get(moment.object)
        data = show(moment) if show else self._shown[moment.object, moment.uuid or moment.id]
        return cast("FlowItem", {"object": moment.object, "timestamp": moment.time, "data": data})

    def _show_records(self) -> dict[tuple[str, int | str], Data]:
        """The activities, notes, comments, files and deals of the page as their own groups show them."""
        crm = self._crm
        shown: dict[tuple[str, int | str], Any] = {}
        for activity in activities.show_all(crm, list(self._activities.values())):
            shown["activity" if activity["done"] else "plannedActivity", activity["id"]] = activity
        for note in notes.show_all(crm, list(self._notes.values())):
            shown["note", note["id"]] = note
        for uuid, comment in self._comments.items():
            shown["comment", uuid] = comments.show(crm, comment)
        for file in files.show_all(crm, list(self._files.values())):
            # Where there are several files, they have one property more.
            shown["file", file["id"]] = {**file, "people_name": None}
        for deal in deals.show_all_flat(crm, list(self._deals.values())):
            shown["deal", deal["id"]] = deal
        return shown

    def _references(self) -> References:
        """The records that the items name, and the one whose flow this is."""
        ids: dict[str, Ids] = {"deal": [], "person": [], "organization": [], "user": []}
        ids[self._kind.object].append(self._id)
        for activity in self._activities.values():
            ids["user"].append(activity.owner_id)
            _add_links(ids, activity.deal_id, activity.person_id, activity.org_id)
        for note in self._notes.values():
            ids["user"].append(note.user_id)
            _add_links(ids, note.deal_id, note.person_id, note.org_id)
        for file in self._files.values():
            ids["user"].append(file.user_id)
            _add_links(ids, file.deal_id, file.person_id, file.org_id)
        for deal in self._deals.values():
            ids["user"].append(deal.owner_id)
            _add_links(ids, deal.id, deal.person_id, deal.org_id)
        for relation in self._relations.values():
            ids["user"].append(relation.actor_user_id)
            ids["user" if relation.relation == "follower" else "person"].append(relation.other_id)
        for change in self._changes.values():
            ids["user"].append(change.actor_user_id)
            if linked := _LINKED_KINDS.get(self._type(change.key)):
                ids[linked] += [value for value in (change.old, change.new) if isinstance(value, int)]
        return References(
            self._crm,
            users=ids["user"],
            persons=ids["person"],
            organizations=ids["organization"],
            deals=ids["deal"],
            has_pic=int,
        )

    def _type(self, key: str) -> str:
        """The type of a field; empty for one that is gone."""
        if field := system.find(self._kind.object, key):
            return "pipeline" if key == "pipeline" else field.field_type
        custom = self._crm.settings.custom_fields(self._kind.object).get(key)
        return custom.field_type if custom else ""

    def _change(self, moment: Moment) -> Data:
        change = self._changes[moment.id, moment.position]
        formatted = {
            f"{age}_value_formatted": name
            for age, value in (("new", change.new), ("old", change.old))
            if (name := self._name(change, value)) is not None
        }
        return {
            "id": change.id,
            "item_id": self._id,
            "user_id": change.actor_user_id,
            "field_key": change.key,
            "old_value": change.old,
            "new_value": change.new,
            "is_bulk_update_flag": change.is_bulk or None,
            "log_time": change.time,
            "change_source": change.source,
            "change_source_user_agent": change.user_agent,
            "additional_data": cast("Json", formatted),
        }

    def _name(self, change: Change, value: Json) -> str | None:
        """What a value that is the id of something is called, as far as the actor may know it."""
        if not isinstance(value, int):
            return None
        settings, references = self._crm.settings, self.references
        match self._type(change.key):
            case "user":
                return settings.users[value].name
            case "people":
                return references.person_name(value)
            case "org":
                return references.organization_name(value)
            case "stage":
                return settings.stages[value].name
            case "pipeline":
                return settings.pipelines[value].name
        return None

    def _follower(self, moment: Moment) -> Data:
        change = self._relations[moment.id]
        return {
            "id": change.id,
            flow.LINKS[self._kind.object]: self._id,
            "user_id": change.other_id,
            "action": "added" if change.added else "removed",
            "actor_user_id": change.actor_user_id,
            "log_time": change.time,
        }

    def _participant(self, moment: Moment) -> Data:
        change = self._relations[moment.id]
        return {
            "id": change.id,
            "deal_id": self._id,
            "person_id": change.other_id,
            "person_name": self.references.person_name(change.other_id),
            "action": "added" if change.added else "removed",
            "actor_user_id": change.actor_user_id,
            "log_time": change.time,
        }


def _add_links(ids: Mapping[str, Ids], deal_id: int | None, person_id: int | None, org_id: int | None) -> None:
    ids["deal"].append(deal_id)
    ids["person"].append(person_id)
    ids["organization"].append(org_id)
