"""Renders the records that searches find, for both API versions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from dealwright.contract.search import FoundItem, OrganizationLink, PersonLink, SearchResult, SearchResults
from dealwright.crm.contacts.model import ORGANIZATION, PERSON, Organization, Person
from dealwright.crm.correspondence import smart_bcc
from dealwright.crm.correspondence.model import File
from dealwright.crm.deals.model import DEAL, Deal
from dealwright.crm.kernel import records
from dealwright.crm.kernel.record_types import RecordType, RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads import leads
from dealwright.crm.leads.model import LEAD, Lead
from dealwright.crm.products import product_prices
from dealwright.crm.products.model import PRODUCT, Product
from dealwright.crm.search import related
from dealwright.crm.search.query import ScoredRecord
from dealwright.crm.values.formats import loads
from dealwright.crm.work import project_links
from dealwright.crm.work.model import PROJECT, Project


def show(
    crm: UnitOfWork,
    found: Sequence[ScoredRecord],
    include_fields: Collection[str] | None = None,
    *,
    with_related: bool = False,
) -> SearchResults[FoundItem]:
    """Returns the records of a page as items, with the fields that are asked for besides (``deal.cc_email`` …).

    With ``with_related``, the records that belong to them are returned beside them.
    """
    included = include_fields or ()
    results: SearchResults[FoundItem] = {"items": _show_all(crm, found, included)}
    if with_related:
        results["related_items"] = _show_all(crm, related.related_records(crm, found), included)
    return results


def public_id(record: Any) -> int | str:
    """Returns the id of a record in the API: the UUID of a lead, else the number."""
    return record.uuid if isinstance(record, Lead) else record.id


def _show_all(
    crm: UnitOfWork, found: Sequence[ScoredRecord], include_fields: Collection[str]
) -> list[SearchResult[FoundItem]]:
    renderer = _ResultRenderer(crm, found, include_fields)
    return [{"result_score": one.score, "item": renderer.show(one)} for one in found]


class _ResultRenderer:
    """Renders the records of a page: linked records are read at once, one query for each type."""

    def __init__(self, crm: UnitOfWork, found: Iterable[ScoredRecord], include_fields: Collection[str]) -> None:
        self._crm = crm
        self._include_fields = include_fields
        linked = [_links(one.kind, one.record) for one in found]
        linked_leads = leads.in_bulk(crm, [links.get("lead") for links in linked])
        visible = records.visible_ids(crm, LEAD, [lead.id for lead in linked_leads.values()])
        self._leads = {uuid: lead for uuid, lead in linked_leads.items() if lead.id in visible}
        self._project_links = project_links.for_projects(crm, [one.record.id for one in found if one.kind is PROJECT])
        linked += [
            {"deal": next(iter(one.deal_ids), None), "person": next(iter(one.person_ids), None)}
            | {"organization": next(iter(one.org_ids), None)}
            for one in self._project_links.values()
        ]
        self._deals = _LinkedRecords(crm, DEAL, [links.get("deal") for links in linked])
        self._persons = _LinkedRecords(crm, PERSON, [links.get("person") for links in linked])
        self._organizations = _LinkedRecords(crm, ORGANIZATION, [links.get("organization") for links in linked])
        products = [one.record.id for one in found if one.kind is PRODUCT]
        self._prices = product_prices.for_products(crm, products) if "product.price" in include_fields else {}
        self._show_by_type: Mapping[RecordTypeName, Callable[[Any, list[str], list[str]], FoundItem]] = {
            "deal": self._deal,
            "person": self._person,
            "organization": self._organization,
            "product": self._product,
            "lead": self._lead,
            "file": self._file,
            "project": self._project,
        }

    def show(self, found: ScoredRecord) -> FoundItem:
        """Returns a record as an item."""
        return self._show_by_type[found.kind.object](found.record, found.custom_fields, found.notes)

    def _deal(self, deal: Deal, custom_fields: list[str], notes: list[str]) -> FoundItem:
        stage = self._crm.company_data.stages[deal.stage_id]
        item: FoundItem = {
            "id": deal.id,
            "type": "deal",
            "title": deal.title,
            "value": deal.value,
            "currency": deal.currency,
            "status": deal.status,
            "visible_to": deal.visible_to,
            "owner": {"id": deal.owner_id},
            "stage": {"id": stage.id, "name": stage.name},
            "person": self._person_link(deal.person_id),
            "organization": self._organization_link(deal.org_id),
            "custom_fields": custom_fields,
            "notes": notes,
            "is_archived": deal.is_archived,
        }
        if "deal.cc_email" in self._include_fields:
            item["cc_email"] = smart_bcc.address(self._crm, deal.id)
        return item

    def _person(self, person: Person, custom_fields: list[str], notes: list[str]) -> FoundItem:
        emails = loads(person.emails)
        item: FoundItem = {
            "id": person.id,
            "type": "person",
            "name": person.name,
            "phones": _contact_values(person.phones),
            "emails": _contact_values(person.emails),
            "primary_email": next((email["value"] for email in emails if email["primary"]), None),
            "visible_to": person.visible_to,
            "owner": {"id": person.owner_id},
            "organization": self._organization_link(person.org_id),
            "custom_fields": custom_fields,
            "notes": notes,
        }
        if "person.picture" in self._include_fields:
            item["picture"] = None if person.picture_id is None else {"id": person.picture_id}
        return item

    def _organization(self, organization: Organization, custom_fields: list[str], notes: list[str]) -> FoundItem:
        return {
            "id": organization.id,
            "type": "organization",
            "name": organization.name,
            "address": _address(organization),
            "visible_to": organization.visible_to,
            "owner": {"id": organization.owner_id},
            "custom_fields": custom_fields,
            "notes": notes,
        }

    def _product(self, product: Product, custom_fields: list[str], notes: list[str]) -> FoundItem:
        item: FoundItem = {
            "id": product.id,
            "type": "product",
            "name": product.name,
            "code": product.code,
            "visible_to": product.visible_to,
            "owner": {"id": product.owner_id},
            "custom_fields": custom_fields,
        }
        if "product.price" in self._include_fields:
            prices = self._prices[product.id]
            item["prices"] = [{"price": price.price, "currency": price.currency} for price in prices]
        return item

    def _lead(self, lead: Lead, custom_fields: list[str], notes: list[str]) -> FoundItem:
        person = self._persons.find_visible(lead.person_id)
        item: FoundItem = {
            "id": lead.uuid,
            "type": "lead",
            "title": lead.title,
            "owner": {"id": lead.owner_id},
            "person": self._person_link(lead.person_id),
            "organization": self._organization_link(lead.organization_id),
            "phones": _contact_values(person.phones) if person else [],
            "emails": _contact_values(person.emails) if person else [],
            "custom_fields": custom_fields,
            "notes": notes,
            "value": lead.value,
            "currency": lead.currency,
            "visible_to": lead.visible_to,
            "is_archived": lead.is_archived,
        }
        if "lead.was_seen" in self._include_fields:
            item["was_seen"] = lead.was_seen
        return item

    def _project(self, project: Project, custom_fields: list[str], notes: list[str]) -> FoundItem:
        links = self._project_links[project.id]
        deal_id = next(iter(links.deal_ids), None)
        deal = self._deals.find_visible(deal_id)
        phase = self._crm.company_data.project_phases[project.phase_id]
        return {
            "id": project.id,
            "type": "project",
            "title": project.title,
            "status": project.status,
            "owner": {"id": project.owner_id},
            "board_id": project.board_id,
            "phase": {"id": phase.id, "name": phase.name},
            "person": self._person_link(next(iter(links.person_ids), None)),
            "organization": self._organization_link(next(iter(links.org_ids), None)),
            "deal": None if deal_id is None else {"id": deal_id, "title": deal.title if deal else None},
            "deal_count": len(links.deal_ids),
            "description": project.description,
            "end_date": project.end_date,
            "custom_fields": custom_fields,
            "notes": notes,
        }

    def _file(self, file: File, custom_fields: list[str], notes: list[str]) -> FoundItem:
        item: FoundItem = {
            "id": file.id,
            "type": "file",
            "name": file.name,
            "url": f"/files/{file.id}/download",
        }
        if file.mail_message_id is not None:
            item["type"] = "mail_attachment"
            return item
        if file.deal_id is not None:
            deal = self._deals.find_visible(file.deal_id)
            item["deal"] = {"id": file.deal_id, "title": deal.title if deal else None}
        if file.lead_id is not None:
            lead = self._leads.get(file.lead_id)
            item["lead"] = {"id": file.lead_id, "title": lead.title if lead else None}
        if (person := self._person_link(file.person_id)) is not None:
            item["person"] = person
        if (organization := self._organization_link(file.org_id)) is not None:
            item["organization"] = organization
        return item

    def _person_link(self, id: int | None) -> PersonLink | None:
        if id is None:
            return None
        person = self._persons.find_visible(id)
        return {"id": id, "name": person.name if person else None}

    def _organization_link(self, id: int | None) -> OrganizationLink | None:
        if id is None:
            return None
        organization = self._organizations.find_visible(id)
        return {
            "id": id,
            "name": organization.name if organization else None,
            "address": _address(organization) if organization else None,
        }


class _LinkedRecords:
    """The linked records of a type. Of one that the actor does not see, only the id is shown."""

    def __init__(self, crm: UnitOfWork, kind: RecordType[Any], ids: Iterable[int | None]) -> None:
        found = records.in_bulk(crm, kind, ids)
        visible = records.visible_ids(crm, kind, found)
        self._visible = {id: record for id, record in found.items() if id in visible}

    def find_visible(self, id: int | None) -> Any:
        """Returns the record with this id if the actor sees it, None otherwise."""
        return None if id is None else self._visible.get(id)


def _links(kind: RecordType[Any], record: Any) -> dict[str, Any]:
    """Returns the ids of the records that a record points at, by kind."""
    if kind is LEAD:
        return {"person": record.person_id, "organization": record.organization_id}
    names = {"deal": "deal_id", "lead": "lead_id", "person": "person_id", "organization": "org_id"}
    return {name: getattr(record, column, None) for name, column in names.items()}


def _contact_values(stored: str) -> list[str]:
    """Returns the e-mail addresses or phone numbers in a stored list."""
    return [entry["value"] for entry in loads(stored)]


def _address(organization: Organization) -> str | None:
    address = loads(organization.address)
    return address["value"] if address else None
