"""Records as searches show them, in both dialects."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from dealwright.contract.v2.search import FoundItem, OrganizationLink, PersonLink, SearchResult
from dealwright.crm import leads, product_prices, records, smart_bcc
from dealwright.crm.kinds import Kind, Object
from dealwright.crm.model.deals import DEAL, Deal
from dealwright.crm.model.files import File
from dealwright.crm.model.leads import LEAD, Lead
from dealwright.crm.model.organizations import ORGANIZATION, Organization
from dealwright.crm.model.persons import PERSON, Person
from dealwright.crm.model.products import PRODUCT, Product
from dealwright.crm.search.finding import Found
from dealwright.crm.unit import Crm
from dealwright.crm.values import loads


def show_all(crm: Crm, found: Sequence[Found], include_fields: Collection[str] = ()) -> list[SearchResult[FoundItem]]:
    """Records that were found, with what they are to have besides (``deal.cc_email`` …)."""
    items = _Items(crm, found, include_fields)
    return [{"result_score": one.score, "item": items.show(one)} for one in found]


def id_of(record: Any) -> int | str:
    """What the API calls a record by."""
    return record.uuid if isinstance(record, Lead) else record.id


class _Items:
    """Shows the records of a page: what they point at is read at once, one query for each kind."""

    def __init__(self, crm: Crm, found: Iterable[Found], include_fields: Collection[str]) -> None:
        self._crm = crm
        self._include_fields = include_fields
        linked = [_links(one.kind, one.record) for one in found]
        pointed_at = leads.by_uuid(crm, [links.get("lead") for links in linked])
        visible = records.seen(crm, LEAD, [lead.id for lead in pointed_at.values()])
        self._leads = {uuid: lead for uuid, lead in pointed_at.items() if lead.id in visible}
        self._deals = _Linked(crm, DEAL, [links.get("deal") for links in linked])
        self._persons = _Linked(crm, PERSON, [links.get("person") for links in linked])
        self._organizations = _Linked(crm, ORGANIZATION, [links.get("organization") for links in linked])
        products = [one.record.id for one in found if one.kind is PRODUCT]
        self._prices = product_prices.of(crm, products) if "product.price" in include_fields else {}
        self._show: Mapping[Object, Callable[[Any, list[str], list[str]], FoundItem]] = {
            "deal": self._deal,
            "person": self._person,
            "organization": self._organization,
            "product": self._product,
            "lead": self._lead,
            "file": self._file,
        }

    def show(self, found: Found) -> FoundItem:
        """A record as an item."""
        return self._show[found.kind.object](found.record, found.custom_fields, found.notes)

    def _deal(self, deal: Deal, custom_fields: list[str], notes: list[str]) -> FoundItem:
        stage = self._crm.settings.stages[deal.stage_id]
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
            "phones": _values(person.phones),
            "emails": _values(person.emails),
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
        person = self._persons.seen(lead.person_id)
        item: FoundItem = {
            "id": lead.uuid,
            "type": "lead",
            "title": lead.title,
            "owner": {"id": lead.owner_id},
            "person": self._person_link(lead.person_id),
            "organization": self._organization_link(lead.organization_id),
            "phones": _values(person.phones) if person else [],
            "emails": _values(person.emails) if person else [],
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

    def _file(self, file: File, custom_fields: list[str], notes: list[str]) -> FoundItem:
        item: FoundItem = {
            "id": file.id,
            "type": "file",
            "name": file.name,
            "url": f"/files/{file.id}/download",
        }
        if file.deal_id is not None:
            deal = self._deals.seen(file.deal_id)
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
        person = self._persons.seen(id)
        return {"id": id, "name": person.name if person else None}

    def _organization_link(self, id: int | None) -> OrganizationLink | None:
        if id is None:
            return None
        organization = self._organizations.seen(id)
        return {
            "id": id,
            "name": organization.name if organization else None,
            "address": _address(organization) if organization else None,
        }


class _Linked:
    """The records of a kind that others point at. Of one that the actor does not see, only the id is shown."""

    def __init__(self, crm: Crm, kind: Kind[Any], ids: Iterable[int | None]) -> None:
        found = records.many(crm, kind, ids)
        visible = records.seen(crm, kind, found)
        self._seen = {id: record for id, record in found.items() if id in visible}

    def seen(self, id: int | None) -> Any:
        """A record that the actor sees; None for any other."""
        return None if id is None else self._seen.get(id)


def _links(kind: Kind[Any], record: Any) -> dict[str, Any]:
    """What a record points at."""
    if kind is LEAD:
        return {"person": record.person_id, "organization": record.organization_id}
    names = {"deal": "deal_id", "lead": "lead_id", "person": "person_id", "organization": "org_id"}
    return {name: getattr(record, column, None) for name, column in names.items()}


def _values(stored: str) -> list[str]:
    """E-mail addresses or phone numbers."""
    return [entry["value"] for entry in loads(stored)]


def _address(organization: Organization) -> str | None:
    address = loads(organization.address)
    return address["value"] if address else None
