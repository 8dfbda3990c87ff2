"""Fields that reference users and other records: ``user``, ``org``, ``people``."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.fields.comparisons import links
from dealwright.crm.fields.parsing import parse_number
from dealwright.crm.fields.types.field_type import FieldType, JsonType
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel import access
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork


class _LinkType(FieldType):
    json_type: JsonType = "number"

    def coerce(self, field: Field, raw: Json, crm: UnitOfWork) -> Json:
        # 0 is no record, as in the properties of records (`contract.v1_body_values`).
        return parse_number(raw) or None

    def validate(self, crm: UnitOfWork, field: Field, value: Json) -> Json:
        if not isinstance(value, int) or not self.exists(crm, value):
            raise self.invalid_value(field, f"is the id of no {self.noun}")
        return value

    def exists(self, crm: UnitOfWork, id: int) -> bool:
        """Whether there is a record or user with this id that the actor may reference."""
        raise NotImplementedError


class UserType(_LinkType):
    """A user of the company."""

    noun = "user"
    comparison = links.USER

    def exists(self, crm: UnitOfWork, id: int) -> bool:
        return id in crm.company_data.users


class OrgType(_LinkType):
    """An organization; the value creates no other relation between the two records."""

    noun = "organization"
    comparison = links.ORGANIZATION

    def exists(self, crm: UnitOfWork, id: int) -> bool:
        return _is_visible(crm, ORGANIZATION, id)


class PeopleType(_LinkType):
    """A person; the value creates no other relation between the two records."""

    noun = "person"
    comparison = links.PERSON

    def exists(self, crm: UnitOfWork, id: int) -> bool:
        return _is_visible(crm, PERSON, id)


def _is_visible(crm: UnitOfWork, kind: RecordType[Any], id: int) -> bool:
    """Whether the actor sees a record with this id that is not deleted. It reads the id only, and locks nothing."""
    columns, criterion = kind.table.c, access.visible(crm, kind)
    statement = sa.select(columns.id).where(columns.id == id, columns.is_deleted == sa.false())
    return crm.db.row(statement if criterion is None else statement.where(criterion)) is not None
