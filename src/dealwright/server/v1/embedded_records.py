"""Records as v1 embeds them in others: trimmed, with the id as ``value``; and the related objects beside an answer.

    references = EmbeddedRecords(crm, users=owner_ids, organizations=org_ids)
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
    PictureProperties,
    PictureReference,
    UserReference,
)
from dealwright.contract.v1.work.activities import ActivityFile
from dealwright.contract.values import Json
from dealwright.crm.contacts.model import ORGANIZATION, PERSON, Organization, Person
from dealwright.crm.correspondence import files, smart_bcc
from dealwright.crm.correspondence.model import PICTURE, PersonPicture
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team.model import User
from dealwright.crm.values.formats import loads
from dealwright.crm.work.model import PROJECT, TASK
from dealwright.server import urls
from dealwright.server.v1.values import contact_values

Ids = Iterable[int | None]
LinkedRecordType = Literal["person", "organization", "deal", "project", "task"]

HIDDEN_NAME = "(hidden)"
"""Stands for the name of a linked record that the actor does not see."""

_ZERO_DATETIME = "0000-00-00 00:00:00"
"""The ``update_time`` of a picture that was never changed."""


class EmbeddedRecords:
    """The users, persons, organizations, deals and pictures that the records of an answer point at.

    A linked record that the actor does not see is shown without its name, contacts and address.
    """

    def __init__(
        self,
        crm: UnitOfWork,
        *,
        users: Ids = (),
        persons: Ids = (),
        organizations: Ids = (),
        deals: Ids = (),
        projects: Ids = (),
        tasks: Ids = (),
        pictures: Ids = (),
        stages: Ids = (),
        activities: Ids = (),
        has_pic: type[bool] | type[int] = bool,
    ) -> None:
        """Reads the records; of ``activities``, their files. ``has_pic`` is the type of this flag of users, which some answers write as a number."""
        self._crm = crm
        self._has_pic = has_pic
        all_users = crm.company_data.users
        self._users = {id: all_users[id] for id in users if id is not None}
        self._persons = records.in_bulk(crm, PERSON, persons)
        self._organizations = records.in_bulk(crm, ORGANIZATION, organizations)
        self._deals = records.in_bulk(crm, DEAL, deals)
        self._projects = records.in_bulk(crm, PROJECT, projects)
        self._tasks = records.in_bulk(crm, TASK, tasks)
        self._pictures = records.in_bulk(crm, PICTURE, pictures)
        self._activity_files = files.newest_on_activities(crm, [id for id in activities if id is not None])
        self._stages = sorted({id for id in stages if id is not None})
        # The records of a page often name the same few.
        self._cached_users: dict[int, UserReference] = {}
        self._cached_persons: dict[int, PersonReference] = {}
        self._cached_organizations: dict[int, OrganizationReference] = {}
        self._hidden: dict[LinkedRecordType, frozenset[int]] = {
            "person": frozenset(self._persons) - records.visible_ids(crm, PERSON, self._persons),
            "organization": frozenset(self._organizations)
            - records.visible_ids(crm, ORGANIZATION, self._organizations),
            "deal": frozenset(self._deals) - records.visible_ids(crm, DEAL, self._deals),
            "project": frozenset(self._projects) - records.visible_ids(crm, PROJECT, self._projects),
            "task": frozenset(self._tasks) - records.visible_ids(crm, TASK, self._tasks),
        }

        self._sees_names = any(self._hidden.values()) and access.has_permission(crm, "can_see_hidden_items_names")

    def user(self, id: int) -> UserReference:
        """Returns a user as it stands inside another record."""
        if id not in self._cached_users:
            self._cached_users[id] = self._show_user(self._users[id])
        return self._cached_users[id]

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
        """Returns a person as it stands inside another record; None when there is none."""
        if id is None or id not in self._persons:
            return None
        if id not in self._cached_persons:
            self._cached_persons[id] = self._show_person(self._persons[id])
        return self._cached_persons[id]

    def _show_person(self, person: Person) -> PersonReference:
        hidden = self.is_hidden("person", person.id)
        return {
            "active_flag": not person.is_deleted,
            "name": self._visible_name(person.name, hidden),
            "email": contact_values("[]" if hidden else person.emails),
            "phone": contact_values("[]" if hidden else person.phones),
            "owner_id": person.owner_id,
            "value": person.id,
        }

    def organization(self, id: int | None) -> OrganizationReference | None:
        """Returns an organization as it stands inside another record; None when there is none."""
        if id is None or id not in self._organizations:
            return None
        if id not in self._cached_organizations:
            self._cached_organizations[id] = self._show_organization(self._organizations[id])
        return self._cached_organizations[id]

    def _show_organization(self, organization: Organization) -> OrganizationReference:
        hidden = self.is_hidden("organization", organization.id)
        address = None if hidden else loads(organization.address)
        return {
            "name": self._visible_name(organization.name, hidden),
            "people_count": organization.people_count,
            "owner_id": organization.owner_id,
            "address": address["value"] if address else None,
            "active_flag": not organization.is_deleted,
            "cc_email": smart_bcc.address(self._crm),
            "value": organization.id,
        }

    def deal(self, id: int | None) -> dict[str, Json] | None:
        """Returns a deal as it stands beside other records; None when there is none."""
        deal = self._deals.get(id) if id is not None else None
        if deal is None:
            return None
        hidden = self.is_hidden("deal", id)
        return {
            "id": deal.id,
            "title": self._visible_name(deal.title, hidden),
            "status": "deleted" if deal.is_deleted else deal.status,
            "value": None if hidden else deal.value,
            "currency": deal.currency,
            "stage_id": deal.stage_id,
            "pipeline_id": deal.pipeline_id,
        }

    def picture(self, id: int | None) -> PictureReference | None:
        """Returns the picture of a person as it stands inside the person; None when there is none."""
        picture = self._pictures.get(id) if id is not None else None
        if picture is None:
            return None
        return {"item_type": "person", **picture_properties(self._crm, picture), "value": picture.id}

    def activity_file(self, id: int) -> ActivityFile | None:
        """Returns the newest file on an activity as it stands inside the activity; None when there is none."""
        file = self._activity_files.get(id)
        return {"id": str(file.id), "clean_name": file.name, "url": urls.file_url(file)} if file else None

    def person_name(self, id: int | None) -> str | None:
        """Returns the name of a person, `HIDDEN_NAME` if the actor may not know it; None when there is none."""
        person = self.person(id)
        return person["name"] if person else None

    def organization_name(self, id: int | None) -> str | None:
        """Returns the name of an organization, `HIDDEN_NAME` if the actor may not know it; None when there is none."""
        organization = self.organization(id)
        return organization["name"] if organization else None

    def deal_title(self, id: int | None) -> str | None:
        """Returns the title of a deal, `HIDDEN_NAME` if the actor may not know it; None when there is none."""
        deal = self.deal(id)
        return str(deal["title"]) if deal else None

    def project_title(self, id: int | None) -> str | None:
        """Returns the title of a project, `HIDDEN_NAME` if the actor may not know it; None when there is none."""
        project = self._projects.get(id) if id is not None else None
        return self._visible_name(project.title, self.is_hidden("project", id)) if project else None

    def task_title(self, id: int | None) -> str | None:
        """Returns the title of a task, `HIDDEN_NAME` if the actor may not know it; None when there is none."""
        task = self._tasks.get(id) if id is not None else None
        return self._visible_name(task.title, self.is_hidden("task", id)) if task else None

    def _visible_name(self, name: str, hidden: bool) -> str:
        """Returns a name; `HIDDEN_NAME` in place of a hidden one, unless the actor has the permission to see names."""
        return HIDDEN_NAME if hidden and not self._sees_names else name

    def is_hidden(self, kind: LinkedRecordType, id: int | None) -> bool:
        """Whether a record was read that the actor does not see."""
        return id in self._hidden[kind]

    def related_person(self, id: int) -> Json:
        """Returns a person as it stands among the ``related_objects`` of an answer."""
        return _related_object(id, self.person(id))

    def related_organization(self, id: int) -> Json:
        """Returns an organization as it stands among the ``related_objects`` of an answer."""
        return _related_object(id, self.organization(id))

    def related(self) -> RelatedObjects:
        """Returns all records by kind and id, for the ``related_objects`` of an answer."""
        kinds: dict[str, dict[str, Json]] = {
            "user": {str(id): _related_object(id, self.user(id)) for id in self._users},
            "person": {str(id): self.related_person(id) for id in self._persons},
            "organization": {str(id): self.related_organization(id) for id in self._organizations},
            "deal": {str(id): self.deal(id) for id in self._deals},
            "picture": {str(id): _related_object(id, self.picture(id)) for id in self._pictures},
            **self._stages_and_pipelines(),
        }
        return {kind: found for kind, found in kinds.items() if found}

    def _stages_and_pipelines(self) -> dict[str, dict[str, Json]]:
        """Returns the stages and their pipelines, by kind and id."""
        stages = [self._crm.company_data.stages[id] for id in self._stages]
        pipelines = {stage.pipeline_id: self._crm.company_data.pipelines[stage.pipeline_id] for stage in stages}
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


def picture_properties(crm: UnitOfWork, picture: PersonPicture) -> PictureProperties:
    """Returns the properties of a picture that v1 shows both alone and inside another record."""
    return {
        "item_id": picture.person_id,
        "active_flag": not picture.is_deleted,
        "add_time": picture.add_time,
        "update_time": picture.update_time or _ZERO_DATETIME,
        "added_by_user_id": picture.added_by_user_id,
        "pictures": urls.picture_urls(crm, picture),
    }


Embedded = UserReference | PersonReference | OrganizationReference | PictureReference


def _related_object(id: int, embedded: Embedded | None) -> Json:
    """Returns a record as it stands beside others: with its id in place of ``value``."""
    members: dict[str, Any] = dict(embedded or {})
    del members["value"]
    return {"id": id, **members}
