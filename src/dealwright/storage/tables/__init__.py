"""Every table of a company, and of the platform."""

from dealwright.storage.tables.activities import activities, activity_participants, activity_types
from dealwright.storage.tables.changes import changes
from dealwright.storage.tables.company import company
from dealwright.storage.tables.currencies import currencies
from dealwright.storage.tables.deal_sums import deal_sums
from dealwright.storage.tables.deals import deal_participants, deal_stages, deals
from dealwright.storage.tables.fields import field_options, fields
from dealwright.storage.tables.files import files, person_pictures, product_images
from dealwright.storage.tables.filters import filters
from dealwright.storage.tables.jobs import jobs
from dealwright.storage.tables.leads import lead_labels, leads
from dealwright.storage.tables.metadata import metadata
from dealwright.storage.tables.notes import note_comments, notes
from dealwright.storage.tables.organization_relationships import organization_relationships
from dealwright.storage.tables.organizations import organizations
from dealwright.storage.tables.persons import persons
from dealwright.storage.tables.pipelines import pipelines
from dealwright.storage.tables.products import product_prices, products
from dealwright.storage.tables.search import search_texts
from dealwright.storage.tables.stages import stages
from dealwright.storage.tables.users import followers, permission_sets, roles, users
from dealwright.storage.tables.webhooks import webhook_deliveries, webhook_events, webhook_states, webhooks

__all__ = [
    "activities",
    "activity_participants",
    "activity_types",
    "changes",
    "company",
    "currencies",
    "deal_participants",
    "deal_stages",
    "deal_sums",
    "deals",
    "field_options",
    "fields",
    "files",
    "filters",
    "followers",
    "jobs",
    "lead_labels",
    "leads",
    "metadata",
    "note_comments",
    "notes",
    "organization_relationships",
    "organizations",
    "permission_sets",
    "person_pictures",
    "persons",
    "pipelines",
    "product_images",
    "product_prices",
    "products",
    "roles",
    "search_texts",
    "stages",
    "users",
    "webhook_deliveries",
    "webhook_events",
    "webhook_states",
    "webhooks",
]
