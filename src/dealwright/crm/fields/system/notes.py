"""The fields that notes have, in their order."""

from __future__ import annotations

from dealwright.crm.fields.system.system_field import FixedOption, SystemField

_YES_NO = (FixedOption(1, "Yes"), FixedOption(0, "No"))

FIELDS = (
    SystemField("id", "ID", "int"),
    SystemField("content", "Content", "text", bulk=True, form=True, mandatory=True),
    SystemField("user_id", "Author", "user"),
    SystemField("deal_id", "Deal", "deal"),
    SystemField("person_id", "Contact person", "people"),
    SystemField("org_id", "Organization", "org"),
    SystemField("lead_id", "Lead", "lead"),
    SystemField("project_id", "Project", "project"),
    SystemField("pinned_to_deal_flag", "Pinned to deal", "enum", bulk=True, fixed_options=_YES_NO),
    SystemField("pinned_to_person_flag", "Pinned to person", "enum", bulk=True, fixed_options=_YES_NO),
    SystemField("pinned_to_organization_flag", "Pinned to organization", "enum", bulk=True, fixed_options=_YES_NO),
    SystemField("pinned_to_lead_flag", "Pinned to lead", "enum", bulk=True, fixed_options=_YES_NO),
    SystemField("pinned_to_project_flag", "Pinned to project", "enum", bulk=True, fixed_options=_YES_NO),
    SystemField("add_time", "Add time", "date"),
    SystemField("update_time", "Update time", "date"),
)

ALWAYS_IN_FORM = frozenset({"content"})
"""The fields that the form for a new note always has."""
