"""The fields that projects have from the start, in their order."""

from __future__ import annotations

from dealwright.crm.fields.system.system_field import VISIBLE_TO, FixedOption, InitialOption, SystemField

_STATUSES = (
    FixedOption("open", "Open"),
    FixedOption("completed", "Completed"),
    FixedOption("canceled", "Canceled"),
    FixedOption("deleted", "Deleted"),
)
HEALTH_STATUSES = (FixedOption(10, "On track"), FixedOption(20, "At risk"), FixedOption(30, "Off track"))
_LABELS = (InitialOption("High priority", "red"), InitialOption("Internal", "blue"), InitialOption("On hold", "yellow"))

FIELDS = (
    SystemField("id", "ID", "int"),
    SystemField("title", "Title", "varchar", bulk=True, form=True, mandatory=True, comparison_name="title"),
    SystemField("description", "Description", "text", bulk=True, form=True),
    SystemField("status", "Status", "status", bulk=True, mandatory=True, fixed_options=_STATUSES),
    SystemField("board_id", "Board", "projects_board", bulk=True, form=True, mandatory=True),
    SystemField("phase_id", "Phase", "projects_phase", bulk=True, form=True, mandatory=True),
    SystemField("owner_id", "Owner", "user", bulk=True, form=True, mandatory=True),
    SystemField("start_date", "Start date", "date", bulk=True, form=True),
    SystemField("end_date", "End date", "date", bulk=True, form=True),
    SystemField("deal_ids", "Deals", "deals", form=True),
    SystemField("person_ids", "Contact persons", "people", form=True),
    SystemField("org_ids", "Organizations", "org", form=True),
    SystemField("labels", "Label", "set", code="label_ids", bulk=True, form=True, initial_options=_LABELS),
    SystemField("health_status", "Health status", "enum", bulk=True, form=True, fixed_options=HEALTH_STATUSES),
    SystemField("add_time", "Project created", "date"),
    SystemField("update_time", "Update time", "date"),
    SystemField("status_change_time", "Last status change", "date"),
    SystemField("archive_time", "Archive time", "date"),
    VISIBLE_TO,
)

ALWAYS_IN_FORM = frozenset({"title", "board_id", "phase_id"})
"""The fields that the form for a new project always has."""
