"""Fields that point at users and at other records: ``user``, ``org``, ``people``."""

from __future__ import annotations

from dealwright._json import Json
from dealwright.crm import records
from dealwright.crm.fields.types.kind import FieldType, JsonType
from dealwright.crm.fields.types.numbers import number
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm


class _LinkType(FieldType):
    json_type: JsonType = "number"

    def loosened(self, field: Field, given: Json, crm: Crm) -> Json:
        return number(given)

    def checked(self, crm: Crm, field: Field, value: Json) -> Json:
        if not isinstance(value, int) or not self.exists(crm, value):
            raise self.unfit(field, f"is the id of no {self.noun}")
        return value

    def exists(self, crm: Crm, id: int) -> bool:
        """Whether there is something with that id which the actor may point at."""
        raise NotImplementedError


class UserType(_LinkType):
    """A user of the company."""

    noun = "user"

    def exists(self, crm: Crm, id: int) -> bool:
        return id in crm.settings.users


class OrgType(_LinkType):
    """An organization; the value makes no other relation between the two records."""

    noun = "organization"

    def exists(self, crm: Crm, id: int) -> bool:
        record = records.find(crm, ORGANIZATION, id)
        return record is not None and not record.is_deleted


class PeopleType(_LinkType):
    """A person; the value makes no other relation between the two records."""

    noun = "person"

    def exists(self, crm: Crm, id: int) -> bool:
        record = records.find(crm, PERSON, id)
        return record is not None and not record.is_deleted
