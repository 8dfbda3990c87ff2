"""The fields that products have from the start, in their order."""

from __future__ import annotations

from dealwright.crm.fields.system.system_field import VISIBLE_TO, FixedOption, SystemField

_FREQUENCIES = (
    FixedOption("one-time", "One-time"),
    FixedOption("annually", "Annually"),
    FixedOption("semi-annually", "Semi-annually"),
    FixedOption("quarterly", "Quarterly"),
    FixedOption("monthly", "Monthly"),
    FixedOption("weekly", "Weekly"),
)

FIELDS = (
    SystemField("id", "ID", "int"),
    SystemField("name", "Name", "varchar", bulk=True, form=True, mandatory=True),
    SystemField("code", "Product code", "varchar", bulk=True, form=True),
    SystemField("description", "Description", "text", bulk=True, form=True),
    SystemField("unit", "Unit", "varchar", bulk=True, form=True),
    SystemField("tax", "Tax", "double", bulk=True, form=True),
    SystemField("category", "Category", "enum", bulk=True, form=True),
    SystemField("owner_id", "Owner", "user", bulk=True, mandatory=True),
    VISIBLE_TO._replace(field_type="double", comparison_name="visible_to"),
    SystemField("active_flag", "Active", "boolean", code="is_deleted"),
    SystemField("selectable", "Can be added to deals", "boolean", code="is_linkable", bulk=True),
    SystemField("unit_price", "Unit prices", "price_list", code="prices", form=True),
    SystemField("cost", "Cost per unit", "price_list"),
    SystemField("overhead_cost", "Direct cost", "price_list", code="direct_cost"),
    SystemField("billing_frequency", "Billing frequency", "billing_frequency", form=True, fixed_options=_FREQUENCIES),
    SystemField("billing_frequency_cycles", "Billing cycles", "int"),
    SystemField("add_time", "Product created", "date"),
    SystemField("update_time", "Update time", "date"),
)

ALWAYS_IN_FORM = frozenset({"name"})
"""The fields that the form for a new product always has."""
