"""What can be taken back and what cannot: one table, with who may take it back, and the reasons.

Whoever takes something back needs the permission to do the opposite by hand: to delete what was added, to change what was changed.
What was deleted is restored by those who may delete it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from dealwright.crm.contacts.model import ORGANIZATION, ORGANIZATION_RELATIONSHIP, PERSON
from dealwright.crm.correspondence.model import (
    CALL_LOG,
    CHANNEL,
    FILE,
    MAIL_MESSAGE,
    MAIL_THREAD,
    NOTE,
    PICTURE,
    PRODUCT_IMAGE,
)
from dealwright.crm.deals import goals
from dealwright.crm.deals.model import (
    DEAL,
    DEAL_DISCOUNT,
    DEAL_INSTALLMENT,
    DEAL_PRODUCT,
    GOAL,
    PIPELINE,
    STAGE,
)
from dealwright.crm.errors import Forbidden
from dealwright.crm.filters import saved
from dealwright.crm.integration.model import FILTER
from dealwright.crm.kernel import access
from dealwright.crm.kernel.record_types import Record, RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads.model import LEAD, LEAD_LABEL
from dealwright.crm.products.model import PRODUCT, PRODUCT_VARIATION
from dealwright.crm.team.model import ROLE, TEAM, USER
from dealwright.crm.values.formats import Values
from dealwright.crm.work.model import (
    ACTIVITY,
    ACTIVITY_TYPE,
    PROJECT,
    PROJECT_BOARD,
    PROJECT_PHASE,
    PROJECT_TEMPLATE,
    TASK,
)

Permit = Callable[[UnitOfWork, Any, Values], None]
"""Raises `Forbidden` unless the actor may give a record these values; ``is_deleted`` or ``is_active`` is among them when it goes or comes back."""

NO_REASONS: Mapping[str, str] = MappingProxyType({})


class Kind(NamedTuple):
    """How the changes of the records of a type are taken back.

    ``cannot`` has the reasons why an action cannot be, by the action. Records that are ``removed`` have no deleted state: they
    come back as new rows. Those that are ``cached`` belong to the company data.
    """

    record_type: RecordType[Any]
    permit: Permit
    cannot: Mapping[str, str] = NO_REASONS
    is_removed: bool = False
    is_cached: bool = False


def _anyone(crm: UnitOfWork, record: Record, values: Values) -> None:
    """Lets everybody who sees a record take its changes back."""


def _goes_or_comes(values: Values) -> bool:
    return "is_deleted" in values or "is_active" in values


def _with_visibility(permission_to_delete: str | None = None) -> Permit:
    def permit(crm: UnitOfWork, record: Record, values: Values) -> None:
        access.check_visibility_change(crm, record, values)
        if permission_to_delete is not None and _goes_or_comes(values):
            access.require_permission(crm, permission_to_delete)

    return permit


def _needs(permission: str) -> Permit:
    return lambda crm, _record, _values: access.require_permission(crm, permission)


def _admin(crm: UnitOfWork, _record: Record, _values: Values) -> None:
    access.require_admin(crm)


def _admin_of_account(crm: UnitOfWork, _record: Record, _values: Values) -> None:
    access.require_admin(crm, "account_settings")


def _product(crm: UnitOfWork, record: Record, values: Values) -> None:
    access.require_permission(crm, "can_edit_products")
    access.check_visibility_change(crm, record, values)


def _activity(crm: UnitOfWork, _record: Record, values: Values) -> None:
    if _goes_or_comes(values):
        access.require_permission(crm, "can_delete_activities")


def _note(crm: UnitOfWork, record: Any, values: Values) -> None:
    if values.get("user_id", record.user_id) != record.user_id and not crm.actor.is_admin():
        raise Forbidden("Only an admin can change the author of a note.")


def _call(crm: UnitOfWork, record: Any, _values: Values) -> None:
    if record.user_id != crm.actor.id and not crm.actor.is_admin("account_settings"):
        raise Forbidden()


def _own_mail(crm: UnitOfWork, record: Any, _values: Values) -> None:
    if record.user_id != crm.actor.id:
        raise Forbidden("Only the owner of a mailbox can change what is in it.")


def _user(crm: UnitOfWork, record: Any, values: Values) -> None:
    access.require_admin(crm, "account_settings")
    if record.id == crm.actor.id and ("access" in values or values.get("is_active") is False):
        raise Forbidden("You cannot take your own access away")


_IN_THE_STORE = "its content is removed from the store of files, so there is nothing to bring back"
_OF_THE_APP = "it belongs to the app of a messenger, which alone knows what is in it"
_MAIL = "mail that was sent or received cannot be called back"

KINDS: Mapping[str, Kind] = {
    one.record_type.object: one
    for one in (
        Kind(DEAL, _with_visibility("can_delete_deals")),
        Kind(DEAL_PRODUCT, _anyone, is_removed=True),
        Kind(DEAL_DISCOUNT, _anyone, is_removed=True),
        Kind(DEAL_INSTALLMENT, _anyone, is_removed=True),
        Kind(PIPELINE, _admin, is_cached=True),
        Kind(STAGE, _admin, is_cached=True),
        Kind(GOAL, goals.require_settable),
        Kind(LEAD, _with_visibility()),
        Kind(LEAD_LABEL, _needs("can_modify_labels")),
        Kind(PRODUCT, _product),
        Kind(PRODUCT_VARIATION, _needs("can_edit_products")),
        Kind(PRODUCT_IMAGE, _anyone, {"delete": _IN_THE_STORE, "restore": _IN_THE_STORE}),
        Kind(PERSON, _with_visibility()),
        Kind(ORGANIZATION, _with_visibility()),
        Kind(ORGANIZATION_RELATIONSHIP, _anyone),
        Kind(PICTURE, _anyone, {"delete": _IN_THE_STORE, "restore": _IN_THE_STORE}),
        Kind(ACTIVITY, _activity),
        Kind(ACTIVITY_TYPE, _admin, is_cached=True),
        Kind(PROJECT, _with_visibility()),
        Kind(PROJECT_BOARD, _admin, is_cached=True),
        Kind(PROJECT_PHASE, _admin, is_cached=True),
        Kind(PROJECT_TEMPLATE, _admin),
        Kind(TASK, _anyone),
        Kind(CALL_LOG, _call),
        Kind(NOTE, _note),
        Kind(FILE, _anyone),
        Kind(MAIL_THREAD, _own_mail, {"create": _MAIL}),
        Kind(MAIL_MESSAGE, _own_mail, {"create": _MAIL}),
        Kind(CHANNEL, _anyone, {"create": _OF_THE_APP, "update": _OF_THE_APP, "delete": _OF_THE_APP}),
        Kind(FILTER, saved.require_editable),
        Kind(USER, _user, {"create": "somebody has been given an account; deactivate it instead"}, is_cached=True),
        Kind(ROLE, _admin_of_account, is_cached=True),
        Kind(TEAM, _admin_of_account, is_cached=True),
    )
}
"""The types of records whose changes can be taken back, but for the actions that `Kind.cannot` names."""

COMMENT = "noteComment"
"""Comments on notes can be taken back, too; the change log has them under their note, each by its UUID."""

CANNOT: Mapping[str, str] = {
    "merge": "two records have become one, and what belonged to which of them is not known any more",
    "conversion": "everything on the record moves to the new one in the background; convert that back instead",
    "field": "the values of all records depend on the definition of a field",
    "webhook": "what was sent to a webhook cannot be called back; change the webhook itself",
    "account": "settings of one's own are not kept in the change log; change them back by hand",
    "conversation": _OF_THE_APP,
    "purge": "what was removed for good is not there any more",
}
"""What cannot be taken back: the action ``merge``, and what is no record of the types above, by the name in the change log."""
