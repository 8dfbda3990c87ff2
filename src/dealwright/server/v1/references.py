"""Records as v1 embeds them in others: trimmed, with the id as ``value``; and the related objects beside an answer.

    references = References(crm, users=owner_ids, organizations=org_ids)
    references.organization(person.org_id)
    references.related()

All records of a page are read at once, one query for each kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from dealwright.contract.v1.envelopes import RelatedObjects
from dealwright.contract.v1.references import OrganizationReference, PersonReference, UserReference
from dealwright.contract.values import Json
from dealwright.crm import records, smart_bcc
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.settings import User
from dealwright.crm.unit import Crm
from dealwright.crm.values import loads
from dealwright.server.v1.values import contacts

Ids = Iterable[int | None]
Linked = Literal["person", "organization", "deal"]

HIDDEN_NAME = "(hidden)"
"""What stands for the name of a linked record that the actor does not see."""


class References:
    """The users, persons, organizations and deals that the records of an answer point at.

    A linked record that the actor does not see is shown without its name, contacts and address.
    """

    def __init__(
        self, crm: Crm, *, users: Ids = (), persons: Ids = (), organizations: Ids = (), deals: Ids = ()
    ) -> None:
        self._crm = crm
        everyone = crm.settings.users
        self._users = {id: everyone[id] for id in users if id is not None}
        self._persons = records.many(crm, PERSON, persons)
        self._organizations = records.many(crm, ORGANIZATION, organizations)
        self._deals = records.many(crm, DEAL, deals)
        self._hidden: dict[Linked, frozenset[int]] = {
            "person": frozenset(self._persons) - records.seen(crm, PERSON, self._persons),
            "organization": frozenset(self._organizations) - records.seen(crm, ORGANIZATION, self._organizations),
            "deal": frozenset(self._deals) - records.seen(crm, DEAL, self._deals),
        }

    def user(self, id: int) -> UserReference:
        """A user inside another record."""
        return _user(self._users[id])

    def owner(self, id: int) -> UserReference:
        """The owner of a person or an organization, whose picture flag v1 writes as a number."""
        owner = _user(self._users[id])
        return {**owner, "has_pic": int(owner["has_pic"])}

    def person(self, id: int | None) -> PersonReference | None:
        """A person inside another record; None for none."""
        person = self._persons.get(id) if id is not None else None
        if person is None:
            return None
        hidden = self.is_hidden("person", id)
        return {
            "active_flag": not person.is_deleted,
            "name": HIDDEN_NAME if hidden else person.name,
            "email": contacts("[]" if hidden else person.emails),
            "phone": contacts("[]" if hidden else person.phones),
            "owner_id": person.owner_id,
            "value": person.id,
        }

    def organization(self, id: int | None) -> OrganizationReference | None:
        """An organization inside another record; None for none."""
        organization = self._organizations.get(id) if id is not None else None
        if organization is None:
            return None
        hidden = self.is_hidden("organization", id)
        address = None if hidden else loads(organization.address)
        return {
            "name": HIDDEN_NAME if hidden else organization.name,
            "people_count": organization.people_count,
            "owner_id": organization.owner_id,
            "address": address["value"] if address else None,
            "active_flag": not organization.is_deleted,
            "cc_email": smart_bcc.address(self._crm),
            "value": organization.id,
        }

    def deal(self, id: int | None) -> dict[str, Json] | None:
        """A deal beside other records; None for none."""
        deal = self._deals.get(id) if id is not None else None
        if deal is None:
            return None
        return {
            "id": deal.id,
            "title": HIDDEN_NAME if self.is_hidden("deal", id) else deal.title,
            "status": "deleted" if deal.is_deleted else deal.status,
            "value": deal.value,
            "currency": deal.currency,
            "stage_id": deal.stage_id,
            "pipeline_id": deal.pipeline_id,
        }

    def person_name(self, id: int | None) -> str | None:
        """The name of a person, as far as the actor may know it; None for none."""
        person = self.person(id)
        return person["name"] if person else None

    def organization_name(self, id: int | None) -> str | None:
        """The name of an organization, as far as the actor may know it; None for none."""
        organization = self.organization(id)
        return organization["name"] if organization else None

    def deal_title(self, id: int | None) -> str | None:
        """The title of a deal, as far as the actor may know it; None for none."""
        deal = self.deal(id)
        return str(deal["title"]) if deal else None

    def is_hidden(self, kind: Linked, id: int | None) -> bool:
        """Whether this is a record that the actor does not see."""
        return id in self._hidden[kind]

    def related(self) -> RelatedObjects:
        """All of them by kind and id, for the ``related_objects`` of an answer."""
        kinds: dict[str, dict[int, object]] = {
            "user": {id: self.owner(id) for id in self._users},
            "person": {id: self.person(id) for id in self._persons},
            "organization": {id: self.organization(id) for id in self._organizations},
            "deal": {id: self.deal(id) for id in self._deals},
        }
        return {
            kind: {str(id): _beside(id, one) for id, one in found.items()} for kind, found in kinds.items() if found
        }


def _user(user: User) -> UserReference:
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "has_pic": user.icon_url is not None,
        "pic_hash": None,
        "active_flag": user.is_active,
        "value": user.id,
    }


def _beside(id: int, embedded: object) -> dict[str, Json]:
    """A record as it stands beside others: with its id in place of ``value``."""
    assert isinstance(embedded, dict)
    return {"id": id, **{name: value for name, value in embedded.items() if name != "value"}}
