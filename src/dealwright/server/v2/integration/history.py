"""History of projects: the changelog of their fields."""

from __future__ import annotations

from collections.abc import Mapping

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.envelopes import Page
from dealwright.contract.v2.integration import history as contract
from dealwright.contract.values import Json
from dealwright.crm.history import changelog
from dealwright.crm.history.changelog import ChangedFields
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.work.model import PROJECT
from dealwright.server.binding import implements
from dealwright.server.times import iso_time
from dealwright.server.v2 import envelopes

_TIMES = frozenset({"add_time", "status_change_time", "archive_time"})


@implements(contract.get_projects_by_id_changelog)
def get_projects_by_id_changelog(crm: UnitOfWork, id: int, page: CursorPaging) -> Page[contract.ChangeEntry]:
    return envelopes.page(changelog.changed_fields(crm, PROJECT, id, page), _show)


def _show_values(values: Mapping[str, Json]) -> dict[str, Json]:
    """Returns the values of fields; those of times are written as in the record."""
    return {
        code: iso_time(value) if code in _TIMES and isinstance(value, str) else value for code, value in values.items()
    }


def _show(entry: ChangedFields) -> contract.ChangeEntry:
    return {
        "change_source": entry.source,
        "change_source_user_agent": entry.user_agent,
        "time": iso_time(entry.time),
        "new_values": _show_values(entry.new),
        "old_values": _show_values(entry.old),
        "actor_user_id": entry.actor_user_id,
    }
