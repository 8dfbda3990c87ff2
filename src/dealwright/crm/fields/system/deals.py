"""The fields that deals have from the start, in their order."""

from __future__ import annotations

from dealwright.crm.fields.system.kind import VISIBLE_TO, FirstOption, FixedOption, SystemField

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
    FirstOption("Prospector", alt_id="prospector"),
    FirstOption("Lead suggestions", alt_id="lead_suggestions"),
    FirstOption("Web forms", alt_id="web_forms"),
    FirstOption("Chatbot", alt_id="chatbot"),
    FirstOption("Live chat", alt_id="live_chat"),
    FirstOption("Web visitors", alt_id="web_visitors"),
    FirstOption("Campaigns", alt_id="campaigns"),
    FirstOption("Marketplace", alt_id="marketplace"),
    FirstOption("Messaging inbox", alt_id="messaging_inbox"),
)

FIELDS = (
    SystemField("id", "ID", "int"),
    SystemField("title", "Title", "varchar", bulk=True, form=True, mandatory=True, compared_as="title"),
    SystemField("creator_user_id", "Creator", "user"),
    SystemField("user_id", "Owner", "user", code="owner_id", bulk=True, form=True, mandatory=True),
    SystemField("weighted_value", "Weighted value", "monetary"),
    SystemField(
        "pipeline", "Pipeline", "double", code="pipeline_id", form=True, mandatory=True, compared_as="pipeline"
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
    SystemField("activities_count", "Total activities", "int", on_request=True),
    SystemField("done_activities_count", "Done activities", "int", on_request=True),
    SystemField("undone_activities_count", "Activities to do", "int", on_request=True),
    SystemField("email_messages_count", "Email messages count", "int", on_request=True),
    SystemField("product_quantity", "Product quantity", "double"),
    SystemField("product_amount", "Product amount", "double"),
    SystemField("product_name", "Product name", "varchar"),
    SystemField("mrr", "MRR", "monetary"),
    SystemField("arr", "ARR", "monetary"),
    SystemField("acv", "ACV", "monetary"),
    SystemField("origin", "Source origin", "enum", fixed_options=tuple(FixedOption(name, name) for name in _ORIGINS)),
    SystemField("origin_id", "Source origin ID", "varchar"),
    SystemField("channel", "Source channel", "enum", bulk=True, first_options=_CHANNELS),
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
"""What the form for a new deal cannot do without."""
