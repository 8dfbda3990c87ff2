"""What the changelogs of all kinds of records have in common: how v1 shows a change."""

from __future__ import annotations

from typing import Any, cast

from dealwright.contract.v1 import history as contract
from dealwright.contract.v1.envelopes import CursorPage
from dealwright.crm import history
from dealwright.crm.history import Change
from dealwright.crm.kinds import Kind
from dealwright.crm.unit import Crm
from dealwright.server.v1 import envelopes


def changelog_of(
    crm: Crm, kind: Kind[Any], id: int, cursor: str | None, limit: int | None
) -> CursorPage[contract.Change]:
    """A page of the changes of a record's fields."""
    return envelopes.cursor_page(history.changelog(crm, kind, id, limit, cursor), _show)


def _show(change: Change) -> contract.Change:
    return {
        "field_key": change.key,
        "old_value": cast("str | None", change.old),
        "new_value": cast("str | None", change.new),
        "actor_user_id": change.actor_user_id,
        "time": change.time,
        "change_source": change.source,
        "change_source_user_agent": change.user_agent,
        "is_bulk_update_flag": change.is_bulk,
    }
