"""Flows of deals, persons and organizations, as v1 shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.integration.history import FlowItem, FlowQuery
from dealwright.contract.values import Json
from dealwright.crm.correspondence import note_comments
from dealwright.crm.correspondence.files import came_with_messages
from dealwright.crm.correspondence.model import FILE, MAIL_MESSAGE, NOTE
from dealwright.crm.deals.model import DEAL
from dealwright.crm.fields import system
from dealwright.crm.history import changelog, flow
from dealwright.crm.history.changelog import Change
from dealwright.crm.history.flow import FlowEntry
from dealwright.crm.kernel import records, relation_log
from dealwright.crm.kernel.record_types import Record, RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.work.model import ACTIVITY
from dealwright.server.v1 import envelopes
from dealwright.server.v1.correspondence import files, notes
from dealwright.server.v1.correspondence import note_comments as comments
from dealwright.server.v1.correspondence.mail_messages import MailMessages
from dealwright.server.v1.deals import deals
from dealwright.server.v1.embedded_records import EmbeddedRecords
from dealwright.server.v1.work import activities

Data = Mapping[str, Json]
Ids = list[int | None]

_LINKED_RECORD_TYPES = {"user": "user", "people": "person", "org": "organization"}
"""The kind of record whose ids are the values of a type of field."""


def list_page(crm: UnitOfWork, kind: RecordType[Any], id: int, query: FlowQuery, page: OffsetPaging) -> Page[FlowItem]:
    """Returns a page of the flow of a record. Raises `NotFound`."""
    record = records.get(crm, kind, id, deleted=True)
    found = flow.list_entries(
        crm,
        kind,
        record,
        items=query.items,
        all_changes=query.all_changes == 1,
        start=page.start,
        limit=page.limit,
    )
    renderer = _FlowRenderer(crm, kind, record, found.items)
    return envelopes.page(found, renderer.show, renderer.references.related())


class _FlowRenderer:
    """Shows the items of a page, whose records it reads in bulk, one kind after the other."""

    def __init__(self, crm: UnitOfWork, kind: RecordType[Any], record: Record, entries: Sequence[FlowEntry]) -> None:
        self._crm = crm
        self._kind = kind
        self._id: int = record.id  # type: ignore[attr-defined]
        ids: dict[str, list[int]] = {}
        for entry in entries:
            ids.setdefault(entry.object, []).append(entry.id)
        change, follower = f"{kind.object}Change", f"{kind.object}Follower"
        positions = [(moment.id, moment.position) for moment in entries if moment.object == change]
        self._changes = changelog.changes_at(crm, kind, record, positions)
        self._relations = relation_log.in_bulk(crm, [*ids.get(follower, []), *ids.get("participant", [])])
        self._activities = records.in_bulk(crm, ACTIVITY, [*ids.get("activity", []), *ids.get("plannedActivity", [])])
        self._notes = records.in_bulk(crm, NOTE, ids.get("note", []))
        self._comments = note_comments.in_bulk(crm, [moment.uuid for moment in entries if moment.uuid])
        self._files = records.in_bulk(crm, FILE, ids.get("file", []))
        self._deals = records.in_bulk(crm, DEAL, ids.get("deal", []))
        of_mail = [*ids.get(flow.PLAIN_MAIL, []), *ids.get(flow.MAIL_WITH_FILES, [])]
        self._messages = records.in_bulk(crm, MAIL_MESSAGE, of_mail)
        self.references = self._references()
        self._rendered = self._show_records()
        self._show_by_type: dict[str, Any] = {
            change: self._show_change,
            follower: self._show_follower,
            "participant": self._show_participant,
        }

    def show(self, entry: FlowEntry) -> FlowItem:
        """Returns an item of the flow as v1 writes it."""
        show = self._show_by_type.get(entry.object)
        data = show(entry) if show else self._rendered[entry.object, entry.uuid or entry.id]
        return cast("FlowItem", {"object": entry.object, "timestamp": entry.time, "data": data})

    def _show_records(self) -> dict[tuple[str, int | str], Data]:
        """Returns the activities, notes, comments, files, messages and deals of the page as their own groups show them."""
        crm = self._crm
        rendered: dict[tuple[str, int | str], Any] = {}
        for activity in activities.show_all(crm, list(self._activities.values())):
            rendered["activity" if activity["done"] else "plannedActivity", activity["id"]] = activity
        for note in notes.show_all(crm, list(self._notes.values())):
            rendered["note", note["id"]] = note
        for uuid, comment in self._comments.items():
            rendered["comment", uuid] = comments.show(crm, comment)
        for file in files.show_all(crm, list(self._files.values())):
            # Like the files in lists of a record, these have one property more.
            rendered["file", file["id"]] = {**file, "people_name": None}
        mail = MailMessages(crm, list(self._messages.values()))
        attachments = self._show_attachments()
        for message in map(mail.show_linked, self._messages.values()):
            kind = flow.MAIL_WITH_FILES if message["has_attachments_flag"] else flow.PLAIN_MAIL
            rendered[kind, message["id"]] = {**message, "attachments": attachments.get(message["id"], [])}
        for deal in deals.show_all_flat(crm, list(self._deals.values())):
            rendered["deal", deal["id"]] = deal
        return rendered

    def _show_attachments(self) -> dict[int, list[Data]]:
        """Returns the files that came with the messages of the page, by the id of the message."""
        found: dict[int, list[Data]] = {}
        ids = [
            message.id
            for message in self._messages.values()
            if message.has_real_attachments or message.has_inline_attachments
        ]
        for file in files.show_all(self._crm, came_with_messages(self._crm, ids)):
            found.setdefault(int(file["mail_message_id"] or 0), []).append(cast("Data", {**file, "people_name": None}))
        return found

    def _references(self) -> EmbeddedRecords:
        """Reads the records that the items name, and the record whose flow this is."""
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
            if linked := _LINKED_RECORD_TYPES.get(self._field_type(change.key)):
                ids[linked] += [value for value in (change.old, change.new) if isinstance(value, int)]
        return EmbeddedRecords(
            self._crm,
            users=ids["user"],
            persons=ids["person"],
            organizations=ids["organization"],
            deals=ids["deal"],
            has_pic=int,
        )

    def _field_type(self, key: str) -> str:
        """Returns the type of a field; an empty text for one that was deleted."""
        if field := system.find(self._kind.object, key):
            return "pipeline" if key == "pipeline" else field.field_type
        custom = self._crm.company_data.custom_fields(self._kind.object).get(key)
        return custom.field_type if custom else ""

    def _show_change(self, entry: FlowEntry) -> Data:
        change = self._changes[entry.id, entry.position]
        formatted = {
            f"{age}_value_formatted": name
            for age, value in (("new", change.new), ("old", change.old))
            if (name := self._value_name(change, value)) is not None
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

    def _value_name(self, change: Change, value: Json) -> str | None:
        """Returns the name of the record whose id ``value`` is, if the actor may know it; None for other values."""
        if not isinstance(value, int):
            return None
        settings, references = self._crm.company_data, self.references
        match self._field_type(change.key):
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

    def _show_follower(self, entry: FlowEntry) -> Data:
        change = self._relations[entry.id]
        return {
            "id": change.id,
            flow.LINK_COLUMNS[self._kind.object]: self._id,
            "user_id": change.other_id,
            "action": "added" if change.added else "removed",
            "actor_user_id": change.actor_user_id,
            "log_time": change.time,
        }

    def _show_participant(self, entry: FlowEntry) -> Data:
        change = self._relations[entry.id]
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
