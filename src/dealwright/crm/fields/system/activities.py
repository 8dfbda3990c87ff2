"""The fields that activities have, in their order."""

from __future__ import annotations

from dealwright.crm.fields.system.system_field import FixedOption, InitialOption, SystemField

_YES_NO = (FixedOption(1, "Yes"), FixedOption(0, "No"))

FIELDS = (
    SystemField("id", "ID", "int"),
    SystemField("subject", "Subject", "varchar", bulk=True, form=True, mandatory=True),
    # Its options are the activity types.
    SystemField("type", "Type", "enum", bulk=True, form=True, mandatory=True),
    SystemField("user_id", "Assigned to user", "user", code="owner_id", bulk=True, form=True, mandatory=True),
    SystemField("deal_id", "Deal", "deal", bulk=True, form=True),
    SystemField("lead_id", "Lead", "lead", bulk=True, form=True),
    SystemField("person_id", "Contact person", "people", bulk=True, form=True),
    SystemField("org_id", "Organization", "org", bulk=True, form=True),
    SystemField("project_id", "Project", "project", bulk=True, form=True),
    SystemField("due_date", "Due date", "date", bulk=True, form=True),
    SystemField("due_time", "Due time", "time", form=True),
    SystemField("duration", "Duration", "time", form=True),
    SystemField("done", "Done", "enum", bulk=True, form=True, fixed_options=_YES_NO),
    SystemField("marked_as_done_time", "Marked as done time", "date"),
    SystemField("busy_flag", "Free/busy", "enum", code="busy", form=True, fixed_options=_YES_NO),
    SystemField("location", "Location", "address", form=True),
    SystemField("note", "Note", "text", bulk=True, form=True),
    SystemField("public_description", "Public description", "text", form=True),
    SystemField("participants", "Participants", "people", form=True),
    SystemField("attendees", "Attendees", "json", form=True, on_request=True),
    SystemField(
        "priority",
        "Priority",
        "enum",
        bulk=True,
        form=True,
        initial_options=(InitialOption("High", "red"), InitialOption("Medium", "yellow"), InitialOption("Low", "gray")),
    ),
    SystemField("add_time", "Add time", "date"),
    SystemField("update_time", "Update time", "date"),
    SystemField("created_by_user_id", "Creator", "user", code="creator_user_id"),
    SystemField("update_user_id", "Last updated by", "user"),
)

ALWAYS_IN_FORM = frozenset({"subject", "type"})
"""The fields that the form for a new activity always has."""
