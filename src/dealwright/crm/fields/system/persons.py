"""The fields that persons have from the start, in their order."""

from __future__ import annotations

from dealwright.crm.fields.system.system_field import (
    ACTIVITY_COUNTS,
    CONTACT_LABELS,
    VISIBLE_TO,
    FixedOption,
    SystemField,
)

_MARKETING = (
    FixedOption("no_consent", "No consent"),
    FixedOption("unsubscribed", "Unsubscribed"),
    FixedOption("subscribed", "Subscribed"),
    FixedOption("archived", "Archived"),
)

FIELDS = (
    SystemField("id", "ID", "int"),
    SystemField("name", "Name", "varchar", bulk=True, form=True, mandatory=True),
    SystemField("first_name", "First name", "varchar"),
    SystemField("last_name", "Last name", "varchar"),
    SystemField("label_ids", "Label", "set", bulk=True, initial_options=CONTACT_LABELS),
    SystemField("phone", "Phone", "phone", code="phones", bulk=True, form=True),
    SystemField("email", "Email", "varchar", code="emails", bulk=True, form=True),
    SystemField("owner_id", "Owner", "user", bulk=True, form=True, mandatory=True),
    SystemField("org_id", "Organization", "org", bulk=True, form=True),
    SystemField("open_deals_count", "Open deals", "int", on_request=True),
    SystemField("related_open_deals_count", "Related open deals", "int", on_request=True),
    SystemField("closed_deals_count", "Closed deals", "int", on_request=True),
    SystemField("related_closed_deals_count", "Related closed deals", "int", on_request=True),
    SystemField("participant_open_deals_count", "Open deals as participant", "int", on_request=True),
    SystemField("participant_closed_deals_count", "Closed deals as participant", "int", on_request=True),
    SystemField("won_deals_count", "Won deals", "int", on_request=True),
    SystemField("lost_deals_count", "Lost deals", "int", on_request=True),
    *ACTIVITY_COUNTS,
    SystemField("add_time", "Person created", "date"),
    SystemField("update_time", "Update time", "date"),
    SystemField("next_activity_date", "Next activity date", "date"),
    SystemField("last_activity_date", "Last activity date", "date"),
    SystemField("last_incoming_mail_time", "Last email received", "date", on_request=True),
    SystemField("last_outgoing_mail_time", "Last email sent", "date", on_request=True),
    VISIBLE_TO,
    SystemField("picture_id", "Profile picture", "picture"),
    SystemField("marketing_status", "Marketing status", "enum", bulk=True, on_request=True, fixed_options=_MARKETING),
    SystemField("doi_status", "Double opt-in", "int", on_request=True),
    SystemField("im", "Instant messenger", "varchar"),
    SystemField("postal_address", "Postal address", "address"),
    SystemField("notes", "Notes", "text"),
    SystemField("birthday", "Birthday", "date", bulk=True),
    SystemField("job_title", "Job title", "varchar", bulk=True),
)

ALWAYS_IN_FORM = frozenset({"name", "org_id"})
"""The fields that the form for a new person always has."""
