"""Records as v1 embeds them in others: trimmed, with the id as ``value``; and the related objects beside an answer.

    references = References(crm, users=owner_ids, organizations=org_ids)
    references.organization(person.org_id)
    references.related()

All records of a page are read at once, one query for each kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from dealwright.contract.v1.envelopes import RelatedObjects
from dealwright.contract.v1.references import (
    OrganizationReference,
    PersonReference,
    PictureReference,
    UserReference,
)
from dealwright.contract.values import Json
from dealwright.crm import access, records, smart_bcc
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.files import PICTURE, PersonPicture
from dealwright.crm.model.organizations import ORGANIZATION, Organization
from dealwright.crm.model.persons import PERSON, Person
from dealwright.crm.settings import User
from dealwright.crm.unit import Crm
from dealwright.crm.values import loads
from dealwright.server import addresses
from dealwright.server.v1.values import contacts

Ids = Iterable[int | None]
Linked = Literal["person", "organization", "deal"]

HIDDEN_NAME = "(hidden)"
"""What stands for the name of a linked record that the actor does not see."""

NEVER = "0000-00-00 00:00:00"
"""What v1 says of a picture that was not changed since it was added."""


class References:
    """The users, persons, organizations, deals and pictures that the records of an answer point at.

    A linked record that the actor does not see is shown without its name, contacts and address.
    """

    def __init__(
        self,
        crm: Crm,
        *,
        users: Ids = (),
        persons: Ids = (),
        organizations: Ids = (),
        deals: Ids = (),
        pictures: Ids = (),
        stages: Ids = (),
        has_pic: type[bool] | type[int] = bool,
    ) -> None:
        """``has_pic`` is how the answer writes that flag of a user: as a number beside persons and organizations."""
        self._crm = crm
        self._has_pic = has_pic
        everyone = crm.settings.users
        self._users = {id: everyone[id] for id in users if id is not None}
        self._persons = records.many(crm, PERSON, persons)
        self._organizations = records.many(crm, ORGANIZATION, organizations)
        self._deals = records.many(crm, DEAL, deals)
        self._pictures = records.many(crm, PICTURE, pictures)
        self._stages = sorted({id for id in stages if id is not None})
        # A page names the same few again and again.
        self._shown_users: dict[int, UserReference] = {}
        self._shown_persons: dict[int, PersonReference] = {}
        self._shown_organizations: dict[int, OrganizationReference] = {}
        self._hidden: dict[Linked, frozenset[int]] = {
            "person": frozenset(self._persons) - records.seen(crm, PERSON, self._persons),
            "organization": frozenset(self._organizations) - records.seen(crm, ORGANIZATION, self._organizations),
            "deal": frozenset(self._deals) - records.seen(crm, DEAL, self._deals),
        }

        self._sees_names = any(self._hidden.values()) and access.may(crm, "can_see_hidden_items_names")

    def user(self, id: int) -> UserReference:
        """A user inside another record."""
        if id not in self._shown_users:
            self._shown_users[id] = self._show_user(self._users[id])
        return self._shown_users[id]

    def _show_user(self, user: User) -> UserReference:
        return {
            "id": user.id,
            "name": user.name,
            "email": user.email,
            "has_pic": self._has_pic(user.icon_url is not None),
            "pic_hash": None,
            "active_flag": user.is_active,
            "value": user.id,
        }

    def person(self, id: int | None) -> PersonReference | None:
        """A person inside another record; None for none."""
        if id is None or id not in self._persons:
            return None
        if id not in self._shown_persons:
            self._shown_persons[id] = self._show_person(self._persons[id])
        return self._shown_persons[id]

    def _show_person(self, person: Person) -> PersonReference:
        hidden = self.is_hidden("person", person.id)
        return {
            "active_flag": not person.is_deleted,
            "name": self._named(person.name, hidden),
            "email": contacts("[]" if hidden else person.emails),
            "phone": contacts("[]" if hidden else person.phones),
            "owner_id": person.owner_id,
            "value": person.id,
        }

    def organization(self, id: int | None) -> OrganizationReference | None:
        """An organization inside another record; None for none."""
        if id is None or id not in self._organizations:
            return None
        if id not in self._shown_organizations:
            self._shown_organizations[id] = self._show_organization(self._organizations[id])
        return self._shown_organizations[id]

    def _show_organization(self, organization: Organization) -> OrganizationReference:
        hidden = self.is_hidden("organization", organization.id)
        address = None if hidden else loads(organization.address)
        return {
            "name": self._named(organization.name, hidden),
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
        hidden = self.is_hidden("deal", id)
        return {
            "id": deal.id,
            "title": self._named(deal.title, hidden),
            "status": "deleted" if deal.is_deleted else deal.status,
            "value": None if hidden else deal.value,
            "currency": deal.currency,
            "stage_id": deal.stage_id,
            "pipeline_id": deal.pipeline_id,
        }

    def picture(self, id: int | None) -> PictureReference | None:
        """The picture of a person inside it; None for none."""
        picture = self._pictures.get(id) if id is not None else None
        return self._show_picture(picture) if picture else None

    def _show_picture(self, picture: PersonPicture) -> PictureReference:
        return {
            "item_type": "person",
            "item_id": picture.person_id,
            "active_flag": not picture.is_deleted,
            "add_time": picture.add_time,
            "update_time": picture.update_time or NEVER,
            "added_by_user_id": picture.added_by_user_id,
            "pictures": addresses.of_picture(self._crm, picture),
            "value": picture.id,
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

    def _named(self, name: str, hidden: bool) -> str:
        """A name, unless it is hidden from the actor, who may have the permission to see names all the same."""
        return HIDDEN_NAME if hidden and not self._sees_names else name

    def is_hidden(self, kind: Linked, id: int | None) -> bool:
        """Whether this is a record that the actor does not see."""
        return id in self._hidden[kind]

    def related_person(self, id: int) -> Json:
        """A person among the ``related_objects`` of an answer."""
        return _beside(id, self.person(id))

    def related_organization(self, id: int) -> Json:
        """An organization among the ``related_objects`` of an answer."""
        return _beside(id, self.organization(id))

    def related(self) -> RelatedObjects:
        """All of them by kind and id, for the ``related_objects`` of an answer."""
        kinds: dict[str, dict[str, Json]] = {
            "user": {str(id): _beside(id, self.user(id)) for id in self._users},
            "person": {str(id): self.related_person(id) for id in self._persons},
            "organization": {str(id): self.related_organization(id) for id in self._organizations},
            "deal": {str(id): self.deal(id) for id in self._deals},
            "picture": {str(id): _beside(id, self.picture(id)) for id in self._pictures},
            **self._boards(),
        }
        return {kind: found for kind, found in kinds.items() if found}

    def _boards(self) -> dict[str, dict[str, Json]]:
        """The stages asked for, and their pipelines."""
        stages = [self._crm.settings.stages[id] for id in self._stages]
        pipelines = {stage.pipeline_id: self._crm.settings.pipelines[stage.pipeline_id] for stage in stages}
        return {
            "stage": {
                str(stage.id): {
                    "id": stage.id,
                    "company_id": self._crm.company.id,
                    "order_nr": stage.order_nr,
                    "name": stage.name,
                    "active_flag": not stage.is_deleted,
                    "deal_probability": stage.deal_probability,
                    "pipeline_id": stage.pipeline_id,
                    "rotten_flag": stage.is_deal_rot_enabled,
                    "rotten_days": stage.days_to_rotten,
                    "add_time": stage.add_time,
                    "update_time": stage.update_time,
                    "pipeline_name": pipelines[stage.pipeline_id].name,
                    "pipeline_deal_probability": pipelines[stage.pipeline_id].is_deal_probability_enabled,
                }
                for stage in stages
            },
            "pipeline": {
                str(pipeline.id): {
                    "id": pipeline.id,
                    "name": pipeline.name,
                    "url_title": pipeline.name.replace(" ", "-"),
                    "order_nr": pipeline.order_nr,
                    "active": not pipeline.is_deleted,
                    "deal_probability": pipeline.is_deal_probability_enabled,
                    "add_time": pipeline.add_time,
                    "update_time": pipeline.update_time,
                }
                for pipeline in pipelines.values()
            },
        }


Embedded = UserReference | PersonReference | OrganizationReference | PictureReference


def _beside(id: int, embedded: Embedded | None) -> Json:
    """A record as it stands beside others: with its id in place of ``value``."""
    members: dict[str, Any] = dict(embedded or {})
    del members["value"]
    return {"id": id, **members}
