"""What happened to a person: its changelog and its flow."""

from __future__ import annotations

from dealwright.contract.v1 import person_history as contract
from dealwright.contract.v1.envelopes import CursorPage, Page
from dealwright.contract.v1.history import Change, FlowItem, FlowKind
from dealwright.contract.values import Flag
from dealwright.crm.model.persons import PERSON
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import flow, history


@implements(contract.get_persons_by_id_changelog)
def get_persons_by_id_changelog(
    crm: Crm, id: int, cursor: str | None = None, limit: int | None = None
) -> CursorPage[Change]:
    return history.changelog_of(crm, PERSON, id, cursor, limit)


@implements(contract.get_persons_by_id_flow)
def get_persons_by_id_flow(
    crm: Crm,
    id: int,
    start: int = 0,
    limit: int | None = None,
    all_changes: Flag | None = None,
    items: list[FlowKind] | None = None,
) -> Page[FlowItem]:
    return flow.page_of(crm, PERSON, id, start=start, limit=limit, all_changes=all_changes == 1, items=items)
