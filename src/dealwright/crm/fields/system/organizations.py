"""The fields that organizations have from the start, in their order."""

from __future__ import annotations

from dealwright.crm.fields.system.system_field import ACTIVITY_COUNTS, CONTACT_LABELS, VISIBLE_TO, SystemField

FIELDS = (
    SystemField("id", "ID", "int"),
    SystemField("name", "Name", "varchar", bulk=True, form=True, mandatory=True),
    SystemField("label_ids", "Label", "set", bulk=True, initial_options=CONTACT_LABELS),
    SystemField("owner_id", "Owner", "user", bulk=True, form=True, mandatory=True),
    SystemField("people_count", "People", "int", on_request=True),
    SystemField("address", "Address", "address", bulk=True, form=True),
    VISIBLE_TO,
    SystemField("open_deals_count", "Open deals", "int", on_request=True),
    SystemField("related_open_deals_count", "Related open deals", "int", on_request=True),
    SystemField("closed_deals_count", "Closed deals", "int", on_request=True),
    SystemField("related_closed_deals_count", "Related closed deals", "int", on_request=True),
    SystemField("won_deals_count", "Won deals", "int", on_request=True),
    SystemField("lost_deals_count", "Lost deals", "int", on_request=True),
    *ACTIVITY_COUNTS,
    SystemField("next_activity_date", "Next activity date", "date"),
    SystemField("last_activity_date", "Last activity date", "date"),
    SystemField("add_time", "Organization created", "date"),
    SystemField("update_time", "Update time", "date"),
    SystemField("picture_id", "Logo", "picture"),
)

ALWAYS_IN_FORM = frozenset({"name"})
"""The fields that the form for a new organization always has."""
