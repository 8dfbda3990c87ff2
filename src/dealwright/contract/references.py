"""What parameters are ids of, so that a form can offer the records by name.

The name of a parameter says it, together with the path of its operation where the name alone does not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

Reference = Literal[
    "activity",
    "activity_type",
    "board",
    "call_log",
    "channel",
    "comment",
    "currency",
    "deal",
    "deal_discount",
    "deal_installment",
    "deal_product",
    "field",
    "file",
    "filter",
    "follower",
    "goal",
    "label",
    "lead",
    "lead_label",
    "mail_message",
    "mail_thread",
    "note",
    "organization",
    "organization_relationship",
    "participant",
    "permission_set",
    "person",
    "phase",
    "pipeline",
    "product",
    "product_variation",
    "project",
    "project_group",
    "project_template",
    "role",
    "stage",
    "task",
    "team",
    "user",
    "webhook",
]
"""What a number or a text is the id of. A ``field`` is one of the records that `field_owner` names, a ``label`` likewise."""

_BY_SEGMENT: Mapping[str, Reference] = {
    "activities": "activity",
    "activityTypes": "activity_type",
    "boards": "board",
    "callLogs": "call_log",
    "channels": "channel",
    "comments": "comment",
    "deals": "deal",
    "discounts": "deal_discount",
    "files": "file",
    "filters": "filter",
    "followers": "follower",
    "goals": "goal",
    "installments": "deal_installment",
    "leadLabels": "lead_label",
    "leads": "lead",
    "legacyTeams": "team",
    "mailMessages": "mail_message",
    "mailThreads": "mail_thread",
    "notes": "note",
    "organizationRelationships": "organization_relationship",
    "organizations": "organization",
    "participants": "participant",
    "permissionSets": "permission_set",
    "persons": "person",
    "phases": "phase",
    "pipelines": "pipeline",
    "products": "product",
    "projectTemplates": "project_template",
    "projects": "project",
    "roles": "role",
    "stages": "stage",
    "tasks": "task",
    "user": "user",
    "users": "user",
    "variations": "product_variation",
    "webhooks": "webhook",
}
"""What the variable after a part of a path is the id of."""

_BY_NAME: Mapping[str, Reference] = {
    **dict.fromkeys(
        ("owner_id", "user_id", "assignee_id", "assignee_ids", "manager_id", "creator_user_id", "users"), "user"
    ),
    **dict.fromkeys(("person_id", "person_ids"), "person"),
    **dict.fromkeys(("org_id", "org_ids", "organization_id", "rel_owner_org_id", "rel_linked_org_id"), "organization"),
    **dict.fromkeys(("deal_id", "deal_ids"), "deal"),
    "lead_id": "lead",
    "product_id": "product",
    "product_variation_id": "product_variation",
    "product_attachment_id": "deal_product",
    **dict.fromkeys(("activity_id", "activityId"), "activity"),
    "project_id": "project",
    **dict.fromkeys(("parent_task_id", "taskId"), "task"),
    **dict.fromkeys(("stage_id", "type.params.stage_id"), "stage"),
    **dict.fromkeys(("pipeline_id", "visible_pipeline_ids", "pipeline_ids", "type.params.pipeline_id"), "pipeline"),
    "board_id": "board",
    "projects_board_id": "board",
    "phase_id": "phase",
    "group_id": "project_group",
    "template_id": "project_template",
    "filter_id": "filter",
    **dict.fromkeys(("label_ids", "label"), "label"),
    **dict.fromkeys(("currency", "default_currency"), "currency"),
    **dict.fromkeys(("role_id", "parent_role_id"), "role"),
    "type.params.activity_type_id": "activity_type",
    "permission_set_id": "permission_set",
}

_VARIABLE = re.compile(r"/([A-Za-z]+)/\{([A-Za-z_-]+)\}")
_FIELDS = re.compile(r"/(activity|deal|organization|person|product|project|lead|note)Fields(/|$)")
_OF_THE_PATH = ("id", "ids", "merge_with_id")


def find(path: str, name: str) -> Reference | None:
    """Returns what a parameter, or a property of the body, of the operation with a path is the id of; None for anything else."""
    if _FIELDS.search(path) and name in ("id", "ids", "field_code", "field_key"):
        return "field"
    for segment, variable in _VARIABLE.findall(path):
        if variable == name:
            known = _BY_NAME.get(name, _BY_SEGMENT.get(segment))
            return "deal_product" if (segment, name) == ("products", "product_attachment_id") else known
    if name in _OF_THE_PATH:
        return next((_BY_SEGMENT[part] for part in reversed(path.split("/")) if part in _BY_SEGMENT), None)
    if name == "type":
        return "activity_type" if "/activities" in path else None
    if name in ("label_ids", "label"):
        return "lead_label" if "/leads" in path else "label" if owner(path) else None
    return _BY_NAME.get(name)


def owner(path: str) -> Reference | None:
    """Returns the type of the records whose custom fields and labels an operation is about; None for none."""
    found = _FIELDS.search(path)
    name = found[1] if found else next((_BY_SEGMENT[part] for part in path.split("/") if part in _BY_SEGMENT), None)
    if name in ("deal", "person", "organization", "product", "project", "lead", "activity", "note"):
        return name  # type: ignore[return-value]
    return None
