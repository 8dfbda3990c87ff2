"""The fields that deals have from the start, in their order."""

from __future__ import annotations

from dealwright.crm.fields.system.system_field import (
    ACTIVITY_COUNTS,
    VISIBLE_TO,
    FixedOption,
    InitialOption,
    SystemField,
)

_ORIGINS = (
    "ManuallyCreated",
    "Import",
    "API",
    "Automation",
    "Marketplace",
    "Prospector",
    "LeadSuggestion",
    "WebForms",
    "Chatbot",
    "LiveChat",
    "WebVisitors",
    "Campaigns",
    "MessagingInbox",
)
_STATUSES = (
    FixedOption("open", "Open"),
    FixedOption("lost", "Lost"),
    FixedOption("won", "Won"),
    FixedOption("deleted", "Deleted"),
)
_CHANNELS = (
    InitialOption("Prospector", alt_id="prospector"),
    InitialOption("Lead suggestions", alt_id="lead_suggestions"),
    InitialOption("Web forms", alt_id="web_forms"),
    InitialOption("Chatbot", alt_id="chatbot"),
    InitialOption("Live chat", alt_id="live_chat"),
    InitialOption("Web visitors", alt_id="web_visitors"),
    InitialOption("Campaigns", alt_id="campaigns"),
    InitialOption("Marketplace", alt_id="marketplace"),
    InitialOption("Messaging inbox", alt_id="messaging_inbox"),
)

FIELDS = (
    SystemField("id", "ID", "int"),
    SystemField("title", "Title", "varchar", bulk=True, form=True, mandatory=True, comparison_name="title"),
    SystemField("creator_user_id", "Creator", "user"),
    SystemField("user_id", "Owner", "user", code="owner_id", bulk=True, form=True, mandatory=True),
    SystemField("weighted_value", "Weighted value", "monetary"),
    SystemField(
        "pipeline", "Pipeline", "double", code="pipeline_id", form=True, mandatory=True, comparison_name="pipeline"
    ),
    SystemField("stage_id", "Stage", "stage", bulk=True, form=True, mandatory=True),
    SystemField("status", "Status", "status", bulk=True, mandatory=True, fixed_options=_STATUSES),
    SystemField("add_time", "Deal created", "date", bulk=True),
    SystemField("update_time", "Update time", "date"),
    SystemField("stage_change_time", "Last stage change", "date"),
    SystemField("next_activity_date", "Next activity date", "date"),
    SystemField("last_activity_date", "Last activity date", "date"),
    SystemField("won_time", "Won time", "date", bulk=True, mandatory={"status": "=won"}),
    SystemField("last_incoming_mail_time", "Last email received", "date", on_request=True),
    SystemField("last_outgoing_mail_time", "Last email sent", "date", on_request=True),
    SystemField("lost_time", "Lost time", "date", bulk=True, mandatory={"status": "=lost"}),
    SystemField("close_time", "Deal closed on", "date"),
    VISIBLE_TO,
    SystemField("lost_reason", "Lost reason", "varchar_options", bulk=True, mandatory={"status": "=lost"}),
    *ACTIVITY_COUNTS,
    SystemField("product_quantity", "Product quantity", "double"),
    SystemField("product_amount", "Product amount", "double"),
    SystemField("product_name", "Product name", "varchar"),
    SystemField("mrr", "MRR", "monetary"),
    SystemField("arr", "ARR", "monetary"),
    SystemField("acv", "ACV", "monetary"),
    SystemField("origin", "Source origin", "enum", fixed_options=tuple(FixedOption(name, name) for name in _ORIGINS)),
    SystemField("origin_id", "Source origin ID", "varchar"),
    SystemField("channel", "Source channel", "enum", bulk=True, initial_options=_CHANNELS),
    SystemField("channel_id", "Source channel ID", "varchar", bulk=True),
    SystemField(
        "is_archived",
        "Archive status",
        "enum",
        bulk=True,
        fixed_options=(FixedOption(False, "Not archived"), FixedOption(True, "Archived")),
    ),
    SystemField("archive_time", "Archive time", "date"),
    SystemField("score", "Score", "double"),
    SystemField("sequence_enrollment", "Sequence enrollment", "boolean"),
    SystemField("value", "Value", "monetary", bulk=True, form=True),
    SystemField("probability", "Probability", "int", form=True),
    SystemField("org_id", "Organization", "org", bulk=True, form=True, mandatory={"person_id": "<=0"}),
    SystemField("person_id", "Contact person", "people", bulk=True, form=True, mandatory={"org_id": "<=0"}),
    SystemField("expected_close_date", "Expected close date", "date", bulk=True, form=True),
    SystemField("label", "Label", "set", code="label_ids", bulk=True),
)

ALWAYS_IN_FORM = frozenset({"title", "pipeline", "stage_id", "probability"})
"""The fields that the form for a new deal always has."""
