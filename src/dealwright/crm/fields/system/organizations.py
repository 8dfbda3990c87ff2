"""The fields that organizations have from the start, in their order."""

from __future__ import annotations

from dealwright.crm.fields.system.system_field import (
    ACTIVITY_COUNTS,
    CONTACT_LABELS,
    VISIBLE_TO,
    FixedOption,
    SystemField,
)

INDUSTRIES = tuple(
    FixedOption(id, label)
    for id, label in enumerate(
        (
            "Agriculture and forestry",
            "Mining and quarrying",
            "Manufacturing",
            "Energy and utilities",
            "Construction and real estate",
            "Wholesale and retail",
            "Transport and logistics",
            "Hotels, restaurants and travel",
            "Media and telecommunications",
            "Software and IT services",
            "Finance and insurance",
            "Consulting and legal services",
            "Marketing and advertising",
            "Education",
            "Health care",
            "Public administration",
            "Non-profit organizations",
            "Other",
        ),
        1,
    )
)
"""The industries that an organization can be of: divisions of the economy, because the documents name none."""

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
    SystemField("website", "Website", "varchar", bulk=True),
    SystemField("linkedin", "LinkedIn profile", "varchar", bulk=True),
    SystemField("industry", "Industry", "enum", bulk=True, fixed_options=INDUSTRIES),
    SystemField("annual_revenue", "Annual revenue", "double", bulk=True),
    SystemField("employee_count", "Number of employees", "int", bulk=True),
)

ALWAYS_IN_FORM = frozenset({"name"})
"""The fields that the form for a new organization always has."""
