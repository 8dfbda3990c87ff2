"""The files of an organization."""

from __future__ import annotations

from dealwright.contract.v1 import organization_files as contract
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.files import File
from dealwright.crm import records
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import files


@implements(contract.get_organizations_by_id_files)
def get_organizations_by_id_files(
    crm: Crm, id: int, start: int = 0, limit: int | None = None, sort: str | None = None
) -> Page[File]:
    organization = records.get(crm, ORGANIZATION, id, deleted=True)
    return files.page_of(crm, {"org_id": organization.id}, sort=sort, start=start, limit=limit)
