"""Roles, the visibility groups: their tree, their users, what new records of these are like, and which pipelines they see.

`crm.kernel.access` goes by them. Admins of the account settings read and change them; a change holds from the next
request of any user on.
"""

from __future__ import annotations

from collections.abc import Sequence

from dealwright.crm.errors import Forbidden, Invalid, NotFound
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team.model import DEFAULT_ROLE_ID, ROLE, USER, Role, User
from dealwright.crm.values.formats import Values, loads

MAX_LEVELS = 50
"""How deep the tree may be. What a request costs grows with the levels above a role."""

SETTINGS = (
    "deal_default_visibility",
    "lead_default_visibility",
    "org_default_visibility",
    "person_default_visibility",
    "product_default_visibility",
)
"""The settings of a role: the ``visible_to`` of the records that its users add, by type."""

INITIAL_SETTINGS = dict.fromkeys(SETTINGS, access.DEFAULT_VISIBILITY)
"""The settings of a new role."""


def list_all(crm: UnitOfWork) -> list[Role]:
    """Returns the roles that are not deleted. Raises `Forbidden`."""
    _require_admin(crm)
    return [role for role in crm.company_data.roles.values() if role.is_active]


def get(crm: UnitOfWork, id: int) -> Role:
    """Returns a role. Raises `NotFound`, also for a deleted one, and `Forbidden`."""
    _require_admin(crm)
    role = crm.company_data.roles.get(id)
    if role is None or not role.is_active:
        raise NotFound("Role not found")
    return role


def create(crm: UnitOfWork, values: Values) -> Role:
    """Adds a role below ``parent_role_id``, or as one of the topmost. Raises `Invalid` and `Forbidden`."""
    crm.require_exclusive_lock()
    _require_admin(crm)
    parent_id = _parent_id(crm, values.get("parent_role_id"))
    _check_levels(crm, parent_id, 1)
    role = records.insert(
        crm,
        ROLE,
        {
            "parent_role_id": parent_id,
            "name": values["name"],
            "is_active": True,
            "settings": {**INITIAL_SETTINGS},
            "hidden_pipeline_ids": [],
        },
    )
    crm.invalidate_company_data()
    return role


def update(crm: UnitOfWork, id: int, values: Values) -> Role:
    """Changes the name of a role and the role above it. Raises `NotFound`, `Forbidden`, and `Invalid` for a circle."""
    crm.require_exclusive_lock()
    role = get(crm, id)
    if "parent_role_id" in values:
        parent_id = _parent_id(crm, values["parent_role_id"])
        values = {**values, "parent_role_id": parent_id}
        if role.id == DEFAULT_ROLE_ID:
            if parent_id != DEFAULT_ROLE_ID:
                raise Invalid("The default role is below no other", "parent_role_id")
            del values["parent_role_id"]
        elif parent_id in _with_descendants(crm, id):
            raise Invalid("A role is not below itself or a role that is below it", "parent_role_id")
        else:
            _check_levels(crm, parent_id, _height(crm, id))
    records.update(crm, ROLE, role, values)
    crm.invalidate_company_data()
    return get(crm, id)


def delete(crm: UnitOfWork, id: int) -> None:
    """Deletes a role: its users come into the default role, the roles below it stand below the one above it.

    Raises `NotFound`, and `Forbidden` for the default role.
    """
    crm.require_exclusive_lock()
    role = get(crm, id)
    if role.id == DEFAULT_ROLE_ID:
        raise Forbidden("The default role cannot be deleted")
    for user in crm.company_data.users.values():
        if user.role_id == id:
            records.update(crm, USER, user, {"role_id": DEFAULT_ROLE_ID}, is_bulk=True)
    for child in crm.company_data.roles.values():
        if child.parent_role_id == id and child.is_active:
            records.update(crm, ROLE, child, {"parent_role_id": parent_of(role)}, is_bulk=True)
    records.update(crm, ROLE, role, {"is_active": False}, action="delete")
    crm.invalidate_company_data()


def members(crm: UnitOfWork, role: Role) -> list[User]:
    """Returns the users in a role, deactivated ones included."""
    return [user for user in crm.company_data.users.values() if user.role_id == role.id and not user.is_deleted]


def add_member(crm: UnitOfWork, id: int, user_id: int) -> None:
    """Puts a user into a role, out of the one before. Raises `NotFound`, `Forbidden` and `Invalid`."""
    crm.require_exclusive_lock()
    role, user = get(crm, id), _user(crm, user_id)
    records.update(crm, USER, user, {"role_id": role.id})
    crm.invalidate_company_data()


def remove_member(crm: UnitOfWork, id: int, user_id: int) -> None:
    """Takes a user out of a role, into the default one. Raises `NotFound`, `Forbidden`, and `Invalid` for no such user."""
    crm.require_exclusive_lock()
    role, user = get(crm, id), _user(crm, user_id)
    if user.role_id != role.id:
        raise Invalid("The user is not in this role", "user_id")
    records.update(crm, USER, user, {"role_id": DEFAULT_ROLE_ID})
    crm.invalidate_company_data()


def of_user(crm: UnitOfWork, user: User) -> Role:
    """Returns the role of a user."""
    return crm.company_data.roles[user.role_id]


def settings(role: Role) -> dict[str, int]:
    """Returns the settings of a role; one that was never made says what `access.default_visibility` goes by."""
    stored = loads(role.settings)
    return {name: stored.get(name) or access.DEFAULT_VISIBILITY for name in SETTINGS}


def change_setting(crm: UnitOfWork, id: int, name: str, value: int) -> None:
    """Changes a setting of a role. Raises `NotFound` and `Forbidden`."""
    crm.require_exclusive_lock()
    role = get(crm, id)
    records.update(crm, ROLE, role, {"settings": {**loads(role.settings), name: value}})
    crm.invalidate_company_data()


def pipeline_ids(crm: UnitOfWork, role: Role, *, visible: bool) -> list[int]:
    """Returns the ids of the pipelines that a role sees, or of those that are hidden from it; without deleted ones."""
    hidden = loads(role.hidden_pipeline_ids)
    live = (pipeline.id for pipeline in crm.company_data.pipelines.values() if not pipeline.is_deleted)
    return sorted(id for id in live if (id not in hidden) == visible)


def change_pipelines(crm: UnitOfWork, id: int, show: Sequence[int], hide: Sequence[int]) -> Role:
    """Shows pipelines to a role, and hides others from it. Raises `NotFound`, `Forbidden`, and `Invalid` for no pipeline."""
    crm.require_exclusive_lock()
    role = get(crm, id)
    if both := sorted({*show} & {*hide}):
        raise Invalid(f"Pipeline {both[0]} cannot be shown and hidden at once", "visible_pipeline_ids")
    for pipeline_id in (*show, *hide):
        pipeline = crm.company_data.pipelines.get(pipeline_id)
        if pipeline is None or pipeline.is_deleted:
            raise Invalid(f"Pipeline {pipeline_id} not found", "visible_pipeline_ids")
    hidden: list[int] = sorted({*loads(role.hidden_pipeline_ids)} - {*show} | {*hide})
    records.update(crm, ROLE, role, {"hidden_pipeline_ids": [*hidden]})
    crm.invalidate_company_data()
    return get(crm, id)


def parent_of(role: Role) -> int:
    """Returns the id of the role above a role. The topmost ones, and the default role itself, name the default role."""
    return role.parent_role_id or DEFAULT_ROLE_ID


def levels(crm: UnitOfWork) -> dict[int, int]:
    """Returns how deep each role stands in the tree, by its id: 1 for the topmost ones and the default role."""

    def find() -> dict[int, int]:
        found = {DEFAULT_ROLE_ID: 1}
        below = _children(crm)
        row, level = below.get(DEFAULT_ROLE_ID, []), 1
        while row:
            found |= dict.fromkeys(row, level)
            row, level = [id for parent in row for id in below.get(parent, ())], level + 1
        return found

    return crm.company_data.get_or_compute("role_levels", find)


def member_counts(crm: UnitOfWork) -> dict[int, int]:
    """Returns the number of users in each role that has any, by its id."""

    def find() -> dict[int, int]:
        found: dict[int, int] = {}
        for user in crm.company_data.users.values():
            found[user.role_id] = found.get(user.role_id, 0) + (not user.is_deleted)
        return found

    return crm.company_data.get_or_compute("role_member_counts", find)


def child_count(crm: UnitOfWork, role: Role) -> int:
    """Returns the number of roles right below a role; none for the default role, which is above nobody."""
    return 0 if role.id == DEFAULT_ROLE_ID else len(_children(crm).get(role.id, ()))


def _require_admin(crm: UnitOfWork) -> None:
    access.require_admin(crm, "account_settings")


def _user(crm: UnitOfWork, id: int) -> User:
    user = crm.company_data.users.get(id)
    if user is None or user.is_deleted:
        raise Invalid("User not found", "user_id")
    return user


def _parent_id(crm: UnitOfWork, id: object) -> int:
    """Returns the id of the role that is to be above another one: the default role for none. Raises `Invalid`."""
    if id is None:
        return DEFAULT_ROLE_ID
    parent = crm.company_data.roles.get(id) if isinstance(id, int) else None
    if parent is None or not parent.is_active:
        raise Invalid("Role not found", "parent_role_id")
    return parent.id


def _check_levels(crm: UnitOfWork, parent_id: int, height: int) -> None:
    """Raises `Invalid` when so many levels below a role were too many."""
    above = 0 if parent_id == DEFAULT_ROLE_ID else levels(crm)[parent_id]
    if above + height > MAX_LEVELS:
        raise Invalid(f"Roles may be {MAX_LEVELS} levels deep", "parent_role_id")


def _children(crm: UnitOfWork) -> dict[int, list[int]]:
    """Returns the ids of the roles right below each role that has any; those below the default role are the topmost."""

    def find() -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for role in crm.company_data.roles.values():
            if role.is_active and role.id != DEFAULT_ROLE_ID:
                found.setdefault(parent_of(role), []).append(role.id)
        return found

    return crm.company_data.get_or_compute("role_children", find)


def _with_descendants(crm: UnitOfWork, id: int) -> set[int]:
    """Returns the ids of a role and of all roles below it."""
    return {role_id for row in _rows_below(crm, id) for role_id in row}


def _height(crm: UnitOfWork, id: int) -> int:
    """Returns how many levels a role and those below it take."""
    return len(_rows_below(crm, id))


def _rows_below(crm: UnitOfWork, id: int) -> list[list[int]]:
    """Returns the ids of a role and of those below it, a list for each level."""
    below, found = _children(crm), [[id]]
    while row := [child for parent in found[-1] for child in below.get(parent, ())]:
        found.append(row)
    return found
