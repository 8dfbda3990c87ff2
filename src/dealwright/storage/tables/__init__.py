"""All tables of a company."""

from dealwright.storage.tables.contacts.organization_relationships import organization_relationships
from dealwright.storage.tables.contacts.organizations import organizations
from dealwright.storage.tables.contacts.persons import persons
from dealwright.storage.tables.correspondence.call_logs import call_logs
from dealwright.storage.tables.correspondence.channels import channel_messages, channels, conversations
from dealwright.storage.tables.correspondence.files import files, person_pictures, product_images
from dealwright.storage.tables.correspondence.mail import (
    mail_accounts,
    mail_folders,
    mail_links,
    mail_messages,
    mail_parties,
    mail_references,
    mail_threads,
)
from dealwright.storage.tables.correspondence.notes import note_comments, notes
from dealwright.storage.tables.deals.currencies import currencies
from dealwright.storage.tables.deals.deal_products import deal_discounts, deal_installments, deal_products
from dealwright.storage.tables.deals.deal_sums import deal_sums
from dealwright.storage.tables.deals.deals import deal_participants, deal_stages, deals
from dealwright.storage.tables.deals.goals import goals
from dealwright.storage.tables.deals.pipelines import pipelines
from dealwright.storage.tables.deals.stages import stages
from dealwright.storage.tables.integration.changes import changes, undos
from dealwright.storage.tables.integration.chat import chat_conversations, chat_messages, chat_models
from dealwright.storage.tables.integration.company import company
from dealwright.storage.tables.integration.connections import connection_consents, connections
from dealwright.storage.tables.integration.fields import field_options, fields
from dealwright.storage.tables.integration.filters import filters
from dealwright.storage.tables.integration.jobs import jobs
from dealwright.storage.tables.integration.notifications import notifications
from dealwright.storage.tables.integration.proposals import proposals
from dealwright.storage.tables.integration.runs import runs
from dealwright.storage.tables.integration.scripts import (
    script_output,
    script_runs,
    script_schedules,
    script_versions,
    scripts,
)
from dealwright.storage.tables.integration.search import search_texts
from dealwright.storage.tables.integration.webhooks import webhook_deliveries, webhook_events, webhook_states, webhooks
from dealwright.storage.tables.leads.conversions import conversions
from dealwright.storage.tables.leads.leads import lead_labels, leads
from dealwright.storage.tables.metadata import metadata
from dealwright.storage.tables.products.products import (
    product_prices,
    product_variation_prices,
    product_variations,
    products,
)
from dealwright.storage.tables.team.account import addons, user_connections, user_provider_links, user_settings
from dealwright.storage.tables.team.teams import team_members, teams
from dealwright.storage.tables.team.users import followers, permission_sets, roles, users
from dealwright.storage.tables.work.activities import activities, activity_counts, activity_participants, activity_types
from dealwright.storage.tables.work.projects import (
    project_boards,
    project_groups,
    project_links,
    project_phases,
    project_templates,
    projects,
)
from dealwright.storage.tables.work.tasks import task_assignees, tasks

__all__ = [
    "activities",
    "activity_counts",
    "activity_participants",
    "activity_types",
    "addons",
    "call_logs",
    "changes",
    "channel_messages",
    "channels",
    "chat_conversations",
    "chat_messages",
    "chat_models",
    "company",
    "connection_consents",
    "connections",
    "conversations",
    "conversions",
    "currencies",
    "deal_discounts",
    "deal_installments",
    "deal_participants",
    "deal_products",
    "deal_stages",
    "deal_sums",
    "deals",
    "field_options",
    "fields",
    "files",
    "filters",
    "followers",
    "goals",
    "jobs",
    "lead_labels",
    "leads",
    "mail_accounts",
    "mail_folders",
    "mail_links",
    "mail_messages",
    "mail_parties",
    "mail_references",
    "mail_threads",
    "metadata",
    "note_comments",
    "notes",
    "notifications",
    "organization_relationships",
    "organizations",
    "permission_sets",
    "person_pictures",
    "persons",
    "pipelines",
    "product_images",
    "product_prices",
    "product_variation_prices",
    "product_variations",
    "products",
    "project_boards",
    "project_groups",
    "project_links",
    "project_phases",
    "project_templates",
    "projects",
    "proposals",
    "roles",
    "runs",
    "script_output",
    "script_runs",
    "script_schedules",
    "script_versions",
    "scripts",
    "search_texts",
    "stages",
    "task_assignees",
    "tasks",
    "team_members",
    "teams",
    "undos",
    "user_connections",
    "user_provider_links",
    "user_settings",
    "users",
    "webhook_deliveries",
    "webhook_events",
    "webhook_states",
    "webhooks",
]
