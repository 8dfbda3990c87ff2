"""The files of a person."""

from __future__ import annotations

from dealwright.contract.v1 import person_files as contract
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.files import File
from dealwright.crm import records
from dealwright.crm.model.persons import PERSON
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import files


@implements(contract.get_persons_by_id_files)
def get_persons_by_id_files(
    crm: Crm, id: int, start: int = 0, limit: int | None = None, sort: str | None = None
) -> Page[File]:
    person = records.get(crm, PERSON, id, deleted=True)
    return files.page_of(crm, {"person_id": person.id}, sort=sort, start=start, limit=limit)
