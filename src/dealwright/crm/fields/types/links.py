"""Fields that point at users and at other records: ``user``, ``org``, ``people``."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm import access
from dealwright.crm.fields.comparisons import links
from dealwright.crm.fields.reading import number
from dealwright.crm.fields.types.kind import FieldType, JsonType
from dealwright.crm.kinds import Kind
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
    comparison = links.USER

    def exists(self, crm: Crm, id: int) -> bool:
        return id in crm.settings.users


class OrgType(_LinkType):
    """An organization; the value makes no other relation between the two records."""

    noun = "organization"
    comparison = links.ORGANIZATION

    def exists(self, crm: Crm, id: int) -> bool:
        return _is_there(crm, ORGANIZATION, id)


class PeopleType(_LinkType):
    """A person; the value makes no other relation between the two records."""

    noun = "person"
    comparison = links.PERSON

    def exists(self, crm: Crm, id: int) -> bool:
        return _is_there(crm, PERSON, id)


def _is_there(crm: Crm, kind: Kind[Any], id: int) -> bool:
    """Whether the actor sees such a record. `crm.records` is not asked: what it writes depends on the types of fields."""
    columns, criterion = kind.table.c, access.visible(crm, kind)
    statement = sa.select(columns.id).where(columns.id == id, columns.is_deleted == sa.false())
    return crm.db.row(statement if criterion is None else statement.where(criterion)) is not None
