"""Access paths to records: every way to read or change one works for those who may see it, and for no other user.

admin         role 1
above         role "Management"
owner, same   role "Sales", below it; so is "gone", who was deactivated
below         role "Reps", below that
other         role "Support", beside them; so is "follower", who follows everything that can be followed

Every endpoint of the server has an access path here, or is in `READABLE_BY_EVERYBODY` or `TESTED_ELSEWHERE`.
All transactions are rolled back, so that all access paths find the same company.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dealwright.crm.team.permission_sets import REGULAR_PERMISSIONS
from dealwright.server.binding import handlers, session_routes
from dealwright.storage.tables import projects
from tests import company
from tests.api import Api, Response
from tests.call_strategies import PNG
from tests.conftest import DATABASES, empty_postgres_database
from tests.mailbox import receive, write_mail
from tests.populated_company import roll_back_writes

SEARCH_TERM = "Labyrinth"
"""The name of all records, for searches."""

VIEWERS_BY_VISIBILITY = {
    1: {"admin", "above", "owner", "follower"},
    3: {"admin", "above", "owner", "follower", "same"},
    5: {"admin", "above", "owner", "follower", "same", "below"},
    7: {"admin", "above", "owner", "follower", "same", "below", "other"},
}
"""Who sees a record, by its ``visible_to``. A follower is otherwise a user like "other"."""

DEAL_VALUES = {1: 1, 3: 10, 5: 100, 7: 1000}
"""The value of a deal, by its ``visible_to``: the digits of a sum show which deals are in it."""

FOLLOWED_NOUNS = ("deals", "persons", "organizations", "products")
PARENT_NOUNS = {
    "notes": "persons",
    "activities": "deals",
    "files": "organizations",
    "archived deals": "deals",
    "products without image": "products",
    "deal products": "deals",
    "deal installments": "deals",
    "organizationRelationships": "organizations",
    "tasks": "projects",
    "callLogs": "deals",
    "archived projects": "projects",
    "mail threads": "deals",
    "mail messages": "deals",
}
"""Nouns without a visibility of their own and what they are attached to here, and special cases of another noun."""

READABLE_BY_EVERYBODY = frozenset(
    {
        *("activityFields", "dealFields", "leadFields", "noteFields", "organizationFields", "personFields"),
        *("projectFields", "boards", "phases", "projectTemplates"),
        *("productFields", "activityTypes", "currencies", "leadLabels", "leadSources", "users"),
        *("userSettings", "userConnections", "billing"),
    }
)
"""Records that all users may read, by the first part of the path."""

TESTED_ELSEWHERE = {
    # What happens to all records, as it happens: app/test_changes.
    ("GET", "/app/api/changes"),
    # Filters are private or shared, whatever the roles: test_filters.
    *((method, "/v1/filters/{id}") for method in ("GET", "PUT", "DELETE")),
    *((method, "/v1/filters") for method in ("GET", "POST", "DELETE")),
    ("GET", "/v1/filters/helpers"),
    # Pipelines and stages are hidden as a whole: test_visibility. The conversion statistics are percentages of the
    # deals that the movements count.
    *((method, f"/v1/{noun}/{{id}}") for noun in ("pipelines", "stages") for method in ("GET", "PUT", "DELETE")),
    *((method, f"/api/v2/{noun}/{{id}}") for noun in ("pipelines", "stages") for method in ("GET", "PATCH", "DELETE")),
    *(
        (method, f"{version}/{noun}")
        for version in ("/v1", "/api/v2")
        for noun in ("pipelines", "stages")
        for method in ("GET", "POST")
    ),
    ("DELETE", "/v1/stages"),
    # All users see the boards of projects and their phases: test_project_boards.
    *(("GET", f"/v1/projects/{noun}{id}") for noun in ("boards", "phases") for id in ("", "/{id}")),
    ("GET", "/v1/pipelines/{id}/conversion_statistics"),
    # Webhooks are their owner's and the admins': test_webhooks.
    *(("GET", "/v1/webhooks"), ("POST", "/v1/webhooks"), ("DELETE", "/v1/webhooks/{id}")),
    # Roles and permission sets are the admins', teams everybody's: test_roles, test_permission_sets, test_teams.
    *((method, f"/v1/roles{part}") for part in ("", "/{id}/assignments") for method in ("GET", "POST")),
    *(
        ("POST", "/v1/roles/{id}/settings"),
        ("DELETE", "/v1/roles/{id}/assignments"),
        ("PUT", "/v1/roles/{id}/pipelines"),
    ),
    *((method, "/v1/roles/{id}") for method in ("GET", "PUT", "DELETE")),
    *(("GET", f"/v1/roles/{{id}}/{part}") for part in ("settings", "pipelines")),
    *(("GET", f"/v1/permissionSets{part}") for part in ("", "/{id}", "/{id}/assignments")),
    *((method, "/v1/legacyTeams") for method in ("GET", "POST")),
    *((method, "/v1/legacyTeams/{id}") for method in ("GET", "PUT")),
    *((method, "/v1/legacyTeams/{id}/users") for method in ("GET", "POST", "DELETE")),
    ("GET", "/v1/legacyTeams/user/{id}"),
    # Channels are the apps', and what is in them nobody reads through the API: test_channels.
    *(("POST", f"/v1/channels{part}") for part in ("", "/messages/receive")),
    *(("DELETE", f"/v1/channels/{part}") for part in ("{id}", "{channel-id}/conversations/{conversation-id}")),
    # Links of users to apps for video calls are the users' and the apps': test_user_provider_links.
    ("POST", "/v1/meetings/userProviderLinks"),
    ("DELETE", "/v1/meetings/userProviderLinks/{id}"),
    # Goals are their users', teams' and setters': test_goals, test_goal_results.
    *(("POST", "/v1/goals"), ("GET", "/v1/goals/find"), ("GET", "/v1/goals/{id}/results")),
    *((method, "/v1/goals/{id}") for method in ("PUT", "DELETE")),
    # A new product or organization is attached to nothing.
    *(("POST", f"{version}/{noun}") for version in ("/v1", "/api/v2") for noun in ("products", "organizations")),
}

THIS, OWNER, FILTER, DEALS = "<this>", "<owner>", "<filter>", "<deals>"
"""In paths, queries and bodies: the record, who owns it, a filter that all records of its kind pass, and all deals."""

SHARED_ID = 1
"""The id of the deal, the person, the organization, the pipeline and the stage that all users see."""


class AccessPath(NamedTuple):
    """A call about a record. A call without a record is a list, which has it or not.

    ``path`` is as the contract has it, ``id`` the value of its ``{id}``; ``form`` has the fields beside an uploaded
    file, and ``restricted_to`` the only users who may do it, of those who see the record.
    """

    noun: str
    method: str
    path: str
    query: Mapping[str, object] = {}
    body: Mapping[str, object] | None = None
    form: Mapping[str, object] | None = None
    id: object = THIS
    restricted_to: frozenset[str] | None = None

    def is_about_one_record(self) -> bool:
        """Whether the call is about one record."""
        return ("{id}" in self.path and self.id == THIS) or THIS in str((self.query, self.body, self.form))

    def name(self) -> str:
        """Returns a unique name of the access path."""
        details = (self.query, self.body, self.form, None if self.id == THIS else self.id)
        return f"{self.method} {self.path} {self.noun} {' '.join(str(one) for one in details if one)}"


CHANGES: Mapping[str, Mapping[str, object]] = {
    **{noun: {"title": "Changed"} for noun in ("deals", "leads", "projects", "tasks")},
    **{noun: {"name": "Changed"} for noun in ("persons", "organizations", "products", "files")},
    "activities": {"subject": "Changed"},
    "notes": {"content": "Changed"},
}
VERSIONS = ("/v1", "/api/v2")
SEARCHABLE_NOUNS = (*FOLLOWED_NOUNS, "leads")
MAIN_NOUNS = FOLLOWED_NOUNS[:3]
LINKS = {"deals": "deal_id", "persons": "person_id", "organizations": "org_id", "leads": "lead_id"}
CALL = {
    "outcome": "busy",
    "to_phone_number": "+3725550101",
    "start_time": "2026-03-02 09:00:00",
    "end_time": "2026-03-02 09:05:00",
}
GLOBAL_ADMINS = frozenset({"admin"})
AUTHORS = frozenset({"admin", "owner"})
OWNERS = frozenset({"owner"})
ARCHIVED = "archived deals"
WITHOUT_IMAGE = "products without image"


def record_access_paths(noun: str, *versions: str) -> Iterator[AccessPath]:
    """Yields lists, single reads and changes, in each version."""
    for version in versions:
        list_query = {"user_id": 0} if noun == "activities" and version == "/v1" else {}
        yield AccessPath(noun, "GET", f"{version}/{noun}", list_query)
        yield AccessPath(noun, "GET", f"{version}/{noun}/{{id}}")
        changes = ("PATCH", "PUT") if noun == "leads" else ("PATCH",) if version == "/api/v2" else ("PUT",)
        for change in changes:
            yield AccessPath(noun, change, f"{version}/{noun}/{{id}}", body=CHANGES[noun])
        yield AccessPath(noun, "DELETE", f"{version}/{noun}/{{id}}")


def all_access_paths() -> Iterator[AccessPath]:
    """Yields the access paths to records, and to what is attached to them."""
    for noun in (*FOLLOWED_NOUNS, "activities"):
        yield from record_access_paths(noun, *VERSIONS)
    for noun in ("leads", "notes", "files"):
        yield from record_access_paths(noun, "/v1")
    for noun in (*MAIN_NOUNS, "activities"):
        yield AccessPath(noun, "DELETE", f"/v1/{noun}", {"ids": THIS})
        yield AccessPath(noun, "GET", f"/v1/{noun}/collection", restricted_to=GLOBAL_ADMINS)
    for noun in SEARCHABLE_NOUNS:
        yield AccessPath(noun, "GET", f"/v1/{noun}/{{id}}/permittedUsers")
        for version in VERSIONS:
            yield AccessPath(noun, "GET", f"{version}/{noun}/search", {"term": SEARCH_TERM})
            yield AccessPath(noun, "GET", f"{version}/itemSearch", {"term": SEARCH_TERM, "item_types": noun[:-1]})
        name = "title" if noun in ("deals", "leads") else "name"
        of_v1 = {"field_type": f"{noun[:-1]}Field", "field_key": name, "return_item_ids": 1}
        yield AccessPath(noun, "GET", "/v1/itemSearch/field", {"term": SEARCH_TERM, "exact_match": 1, **of_v1})
        yield AccessPath(
            noun, "GET", "/api/v2/itemSearch/field", {"term": SEARCH_TERM, "entity_type": noun[:-1], "field": name}
        )
    for noun in FOLLOWED_NOUNS:
        yield AccessPath(noun, "GET", f"/api/v2/{noun}/{{id}}/followers/changelog")
        yield AccessPath(noun, "GET", f"/v1/{noun}/{{id}}/files")
        for version in VERSIONS:
            followers = f"{version}/{noun}/{{id}}/followers"
            yield AccessPath(noun, "GET", followers)
            yield AccessPath(noun, "POST", followers, body={"user_id": 1})
            yield AccessPath(noun, "DELETE", f"{followers}/{{follower_id}}")
    for noun in MAIN_NOUNS:
        for part in ("flow", "changelog", "activities"):
            yield AccessPath(noun, "GET", f"/v1/{noun}/{{id}}/{part}")
        yield AccessPath(noun, "PUT", f"/v1/{noun}/{{id}}/merge", body={"merge_with_id": SHARED_ID})
        yield AccessPath(noun, "PUT", f"/v1/{noun}/{{id}}/merge", body={"merge_with_id": THIS}, id=SHARED_ID)
    for noun in (*FOLLOWED_NOUNS, "activities", "notes", "files"):
        item = {"activities": "activity"}.get(noun, noun[:-1])
        yield AccessPath(
            noun, "GET", "/v1/recents", {"since_timestamp": "2000-01-01 00:00:00", "items": item, "limit": 500}
        )
    yield from deal_access_paths()
    yield from deal_product_access_paths()
    yield from contact_access_paths()
    yield from linking_access_paths()
    yield from project_access_paths()
    yield from call_access_paths()
    yield from mail_access_paths()


def mail_access_paths() -> Iterator[AccessPath]:
    """Yields the access paths to mail that is shared; private mail is its owner's: test_mail_threads."""
    for noun in MAIN_NOUNS:
        yield AccessPath(noun, "GET", f"/v1/{noun}/{{id}}/mailMessages")
    thread = "/v1/mailbox/mailThreads/{id}"
    yield AccessPath("mail threads", "GET", thread)
    yield AccessPath("mail threads", "GET", f"{thread}/mailMessages")
    yield AccessPath("mail messages", "GET", "/v1/mailbox/mailMessages/{id}")
    yield AccessPath("mail messages", "GET", "/v1/mailbox/mailMessages/{id}", {"include_body": 1})
    # A mailbox is its owner's, and nobody else lists or changes what is in it.
    yield AccessPath("mail threads", "GET", "/v1/mailbox/mailThreads", {"folder": "inbox"}, restricted_to=OWNERS)
    yield AccessPath("mail threads", "PUT", thread, body={"read_flag": 1}, restricted_to=OWNERS)
    yield AccessPath("mail threads", "DELETE", thread, restricted_to=OWNERS)


def project_access_paths() -> Iterator[AccessPath]:
    """Yields the access paths to projects and their tasks."""
    for noun in ("projects", "tasks"):
        yield from record_access_paths(noun, *VERSIONS)
    for part in ("plan", "groups", "tasks", "activities"):
        yield AccessPath("projects", "GET", f"/v1/projects/{{id}}/{part}")
    yield AccessPath("projects", "PUT", "/v1/projects/{id}/plan/tasks/{taskId}", body={"phase_id": SHARED_ID})
    yield AccessPath("projects", "PUT", "/v1/projects/{id}/plan/activities/{activityId}", body={"phase_id": SHARED_ID})
    for part in ("changelog", "permittedUsers"):
        yield AccessPath("projects", "GET", f"/api/v2/projects/{{id}}/{part}")
    yield AccessPath("projects", "GET", "/api/v2/projects/search", {"term": SEARCH_TERM})
    yield AccessPath("archived projects", "GET", "/api/v2/projects/archived")
    yield AccessPath("archived projects", "GET", "/v1/projects", {"include_archived": 1})
    of_v1 = {"field_type": "projectField", "field_key": "title", "return_item_ids": 1, "exact_match": 1}
    yield AccessPath("projects", "GET", "/v1/itemSearch/field", {"term": SEARCH_TERM, **of_v1})
    of_v2 = {"entity_type": "project", "field": "title"}
    yield AccessPath("projects", "GET", "/api/v2/itemSearch/field", {"term": SEARCH_TERM, **of_v2})
    for version in VERSIONS:
        yield AccessPath("projects", "POST", f"{version}/projects/{{id}}/archive")
        yield AccessPath("projects", "GET", f"{version}/itemSearch", {"term": SEARCH_TERM, "item_types": "project"})
        yield AccessPath("projects", "POST", f"{version}/tasks", body={"title": "New", "project_id": THIS})
        yield AccessPath("projects", "POST", f"{version}/activities", body={"subject": "New", "project_id": THIS})
        yield AccessPath("deals", "POST", f"{version}/projects", body={"title": "New", "deal_ids": [THIS]})
        for noun in ("persons", "organizations"):
            link = {LINKS[noun]: THIS} if version == "/v1" else {f"{LINKS[noun]}s": [THIS]}
            yield AccessPath(noun, "POST", f"{version}/projects", body={"title": "New", **link})
    yield AccessPath("projects", "POST", "/v1/notes", body={"content": "New", "project_id": THIS})


def call_access_paths() -> Iterator[AccessPath]:
    """Yields the access paths to calls, whose list has one's own."""
    yield AccessPath("callLogs", "GET", "/v1/callLogs", restricted_to=frozenset({"owner"}))
    yield AccessPath("callLogs", "GET", "/v1/callLogs/{id}")
    yield AccessPath("callLogs", "DELETE", "/v1/callLogs/{id}", restricted_to=AUTHORS)
    yield AccessPath("callLogs", "POST", "/v1/callLogs/{id}/recordings", form={}, restricted_to=AUTHORS)
    for noun, link in (*LINKS.items(), ("activities", "activity_id")):
        yield AccessPath(noun, "POST", "/v1/callLogs", body={**CALL, link: THIS})


def deal_access_paths() -> Iterator[AccessPath]:
    """Yields the access paths that only deals have."""
    for part in ("participants", "participantsChangelog", "persons"):
        yield AccessPath("deals", "GET", f"/v1/deals/{{id}}/{part}")
    for prefix in ("/v1", "/api/v2"):
        yield AccessPath("deals", "POST", f"{prefix}/deals/{{id}}/duplicate")
    yield AccessPath("deals", "POST", "/v1/deals/{id}/participants", body={"person_id": SHARED_ID})
    yield AccessPath("deals", "DELETE", "/v1/deals/{id}/participants/{deal_participant_id}")
    for version in VERSIONS:
        yield AccessPath(ARCHIVED, "GET", f"{version}/deals/archived")
    day = {"start_date": "2026-03-02", "interval": "day", "amount": 1, "field_key": "add_time"}
    for noun, archived in (("deals", ""), (ARCHIVED, "/archived")):
        yield AccessPath(noun, "GET", f"/v1/deals/summary{archived}")
        yield AccessPath(noun, "GET", f"/v1/deals/timeline{archived}", day)
    for parent in ("pipelines", "stages"):
        yield AccessPath("deals", "GET", f"/v1/{parent}/{{id}}/deals", {"everyone": 1}, id=SHARED_ID)
    period = {"start_date": "2026-03-01", "end_date": "2026-03-03", "user_id": OWNER}
    yield AccessPath("deals", "GET", "/v1/pipelines/{id}/movement_statistics", period, id=SHARED_ID)


def deal_product_access_paths() -> Iterator[AccessPath]:
    """Yields the access paths to what deals consist of, and to variations of products."""
    line = {"product_id": SHARED_ID, "item_price": 1, "quantity": 1}
    discount = {"description": "Spring", "amount": 1, "type": "amount"}
    installment = {"description": "First", "amount": 1, "billing_date": "2026-04-01"}
    for version, change in zip(VERSIONS, ("PUT", "PATCH"), strict=True):
        lines = f"{version}/deals/{{id}}/products"
        yield AccessPath("deals", "GET", lines)
        yield AccessPath("deals", "POST", lines, body=line)
        yield AccessPath("products", "POST", lines, body={**line, "product_id": THIS}, id=SHARED_ID)
        yield AccessPath("deals", change, f"{lines}/{{product_attachment_id}}", body={"quantity": 2})
        yield AccessPath("deals", "DELETE", f"{lines}/{{product_attachment_id}}")
    yield AccessPath("deals", "POST", "/api/v2/deals/{id}/products/bulk", body={"data": [line]})
    yield AccessPath("deals", "DELETE", "/api/v2/deals/{id}/products", {"ids": "<product_attachment_id>"})
    for part, body in (("discount", discount), ("installment", installment)):
        path = f"/api/v2/deals/{{id}}/{part}s"
        yield AccessPath("deals", "POST", path, body=body)
        yield AccessPath("deals", "PATCH", f"{path}/{{{part}_id}}", body={"amount": 2})
        yield AccessPath("deals", "DELETE", f"{path}/{{{part}_id}}")
    yield AccessPath("deals", "GET", "/api/v2/deals/{id}/discounts")
    for part in ("products", "installments"):
        yield AccessPath(f"deal {part}", "GET", f"/api/v2/deals/{part}", {"deal_ids": DEALS})
    yield AccessPath("persons", "GET", "/v1/persons/{id}/products")
    yield AccessPath("products", "GET", "/v1/products/{id}/deals")
    yield AccessPath("deals", "GET", "/v1/products/{id}/deals", id=SHARED_ID)
    yield AccessPath("products", "POST", "/api/v2/products/{id}/duplicate")
    variations = "/api/v2/products/{id}/variations"
    yield AccessPath("products", "GET", variations)
    yield AccessPath("products", "POST", variations, body={"name": "New"})
    yield AccessPath("products", "PATCH", f"{variations}/{{product_variation_id}}", body={"name": "New"})
    yield AccessPath("products", "DELETE", f"{variations}/{{product_variation_id}}")


def contact_access_paths() -> Iterator[AccessPath]:
    """Yields access paths to parts of contacts, products, notes and files, and to lists of shared records."""
    for noun in ("persons", "organizations"):
        yield AccessPath(noun, "GET", f"/v1/{noun}/{{id}}/deals")
        yield AccessPath("deals", "GET", f"/v1/{noun}/{{id}}/deals", id=SHARED_ID)
        yield AccessPath("deals", "GET", f"/v1/{noun}/{{id}}/flow", {"items": "deal"}, id=SHARED_ID)
    yield AccessPath("organizations", "GET", "/v1/organizations/{id}/persons")
    yield AccessPath("persons", "GET", "/v1/organizations/{id}/persons", id=SHARED_ID)
    picture = "/v1/persons/{id}/picture"
    yield AccessPath("persons", "POST", picture, form={})
    yield AccessPath("persons", "GET", "/api/v2/persons/{id}/picture")
    yield AccessPath("persons", "DELETE", picture)
    images = "/api/v2/products/{id}/images"
    yield AccessPath("products", "GET", images)
    yield AccessPath("products", "PUT", images, form={})
    yield AccessPath("products", "DELETE", images)
    yield AccessPath(WITHOUT_IMAGE, "POST", images, form={})
    yield AccessPath("archived leads", "GET", "/v1/leads/archived")
    for noun, target in (("deals", "lead"), ("leads", "deal")):
        yield AccessPath(noun, "POST", f"/api/v2/{noun}/{{id}}/convert/{target}")
        yield AccessPath(noun, "GET", f"/api/v2/{noun}/{{id}}/convert/status/{{conversion_id}}")
    relationships = "/v1/organizationRelationships"
    yield AccessPath("organizations", "GET", relationships, {"org_id": THIS})
    yield AccessPath("organizations", "POST", relationships, body=relationship_body(THIS))
    yield AccessPath("organizationRelationships", "GET", f"{relationships}/{{id}}")
    yield AccessPath("organizationRelationships", "PUT", f"{relationships}/{{id}}", body={"type": "related"})
    yield AccessPath("organizationRelationships", "DELETE", f"{relationships}/{{id}}")
    comments = "/v1/notes/{id}/comments"
    yield AccessPath("notes", "GET", comments)
    yield AccessPath("notes", "POST", comments, body={"content": "Hm"})
    yield AccessPath("notes", "GET", f"{comments}/{{commentId}}")
    yield AccessPath("notes", "PUT", f"{comments}/{{commentId}}", body={"content": "Hm"}, restricted_to=AUTHORS)
    yield AccessPath("notes", "DELETE", f"{comments}/{{commentId}}", restricted_to=AUTHORS)
    yield AccessPath("files", "GET", "/v1/files/{id}/download")


def linking_access_paths() -> Iterator[AccessPath]:
    """Yields the creation of records that are linked to one, which is allowed to users who see it."""
    for version in VERSIONS:
        for noun in ("persons", "organizations"):
            yield AccessPath(noun, "POST", f"{version}/deals", body={"title": "New", LINKS[noun]: THIS})
        yield AccessPath("organizations", "POST", f"{version}/persons", body={"name": "New", "org_id": THIS})
        for noun in ("deals", "organizations", "leads"):
            yield AccessPath(
                noun, "POST", f"{version}/activities", body={"subject": "New", "type": "call", LINKS[noun]: THIS}
            )
        people = {"person_id": THIS} if version == "/v1" else {"participants": [{"person_id": THIS, "primary": True}]}
        yield AccessPath("persons", "POST", f"{version}/activities", body={"subject": "New", "type": "call", **people})
    yield AccessPath("persons", "POST", "/v1/leads", body={"title": "New", "person_id": THIS})
    yield AccessPath("organizations", "POST", "/v1/leads", body={"title": "New", "organization_id": THIS})
    yield AccessPath("persons", "POST", "/v1/deals/{id}/participants", body={"person_id": THIS}, id=SHARED_ID)
    for noun, link in LINKS.items():
        yield AccessPath(noun, "POST", "/v1/notes", body={"content": "New", link: THIS})
        yield AccessPath(noun, "POST", "/v1/files", form={link: THIS})
    for noun in MAIN_NOUNS:
        document = {"item_type": noun[:-1], "item_id": THIS, "remote_location": "googledrive"}
        yield AccessPath(noun, "POST", "/v1/files/remote", body={**document, "file_type": "gdoc", "title": "New"})
        yield AccessPath(noun, "POST", "/v1/files/remoteLink", body={**document, "remote_id": "abc"})


def relationship_body(id: object) -> dict[str, object]:
    """Returns a relationship between an organization and one that all users see."""
    return {"type": "related", "rel_owner_org_id": id, "rel_linked_org_id": SHARED_ID}


def with_filters(access_paths: Iterator[AccessPath]) -> Iterator[AccessPath]:
    """Yields the access paths; those that accept a filter also with one."""
    for access_path in access_paths:
        yield access_path
        endpoint, _ = handlers()[access_path.method, access_path.path]
        if any(parameter.name == "filter_id" for parameter in endpoint.parameters):
            yield access_path._replace(query={**access_path.query, "filter_id": FILTER})


ACCESS_PATHS = tuple(with_filters(all_access_paths()))


class VisibilityFixture(NamedTuple):
    """The users by name, the ids of the records by noun and ``visible_to``, and the ids of their parts by placeholder.

    ``filters`` are by noun.
    """

    users: dict[str, Api]
    ids: dict[tuple[str, int], Any]
    parts: dict[tuple[str, int], dict[str, Any]]
    filters: dict[str, int]


def build_fixture(api: Api) -> VisibilityFixture:
    """Creates records of each noun and visibility, all of one owner, after one of each that all users see."""
    # With all permissions, only the visibility is tested.
    company.set_permissions(api, *REGULAR_PERMISSIONS, *MORE_PERMISSIONS)
    management = company.add_role(api, "Management")
    sales = company.add_role(api, "Sales", parent_id=management)
    reps, support = company.add_role(api, "Reps", parent_id=sales), company.add_role(api, "Support")
    roles = {"above": management, **dict.fromkeys(("owner", "same", "gone"), sales), "below": reps}
    roles |= dict.fromkeys(("other", "follower"), support)
    users = {"admin": api} | {name: company.add_user(api, name.title(), role_id=role) for name, role in roles.items()}
    owner = users["owner"]
    org = owner.post("/api/v2/organizations", {"name": "Everyone's", "visible_to": 7}).data["id"]
    person = owner.post("/api/v2/persons", {"name": "Everyone's", "visible_to": 7}).data["id"]
    deal = owner.post("/api/v2/deals", {"title": "Everyone's", "visible_to": 7}).data["id"]
    product = owner.post("/api/v2/products", {"name": "Everyone's", "visible_to": 7}).data["id"]
    stage = api.get("/api/v2/stages").data[0]
    assert {org, person, deal, product, stage["id"], stage["pipeline_id"]} == {SHARED_ID}
    built = VisibilityFixture(users, {}, {}, {noun: add_filter(owner, *of) for noun, of in FILTER_SPECS.items()})
    for visible_to in VIEWERS_BY_VISIBILITY:
        add_records(built, visible_to)
        add_attached_records(built, visible_to)
    api.put(f"/v1/users/{users['gone'].principal.user_id}", {"active_flag": False})
    return built


MORE_PERMISSIONS = (
    *("can_merge_deals", "can_merge_people", "can_merge_organizations"),
    *("can_delete_deals", "can_see_other_users_statistics", "can_convert_deals_to_leads"),
)
FILTER_SPECS = {
    "deals": ("deals", "deal", "title"),
    "persons": ("people", "person", "name"),
    "organizations": ("org", "organization", "name"),
    "products": ("products", "product", "name"),
    "activities": ("activity", "activity", "subject"),
    "leads": ("leads", "lead", "title"),
    "projects": ("projects", "project", "title"),
}
"""The type of the filters for a noun, its name in their conditions, and a field that all of its records have."""


def add_filter(owner: Api, type: str, object: str, key: str) -> int:
    """Adds a shared filter that all records pass; returns its id."""
    condition = {"object": object, "field_id": key, "operator": "IS NOT NULL", "value": None}
    if key == "title":
        condition |= {"operator": "NOT LIKE '$%'", "value": "Nothing"}
    both = [{"glue": "and", "conditions": [condition]}, {"glue": "or", "conditions": []}]
    body = {"name": type, "type": type, "visible_to": 7, "conditions": {"glue": "and", "conditions": both}}
    id: int = owner.post("/v1/filters", body).data["id"]
    return id


def add_records(built: VisibilityFixture, visible_to: int) -> None:
    """Adds the records that have an owner and a visibility."""
    owner, follower_id = built.users["owner"], built.users["follower"].principal.user_id
    links: dict[str, Mapping[str, object]] = {
        "deals": {"value": DEAL_VALUES[visible_to], "person_id": SHARED_ID, "org_id": SHARED_ID},
        "persons": {"org_id": SHARED_ID},
    }
    for noun in (*FOLLOWED_NOUNS, ARCHIVED, WITHOUT_IMAGE):
        kind = PARENT_NOUNS.get(noun, noun)
        record = {"title" if kind == "deals" else "name": SEARCH_TERM, "visible_to": visible_to, **links.get(kind, {})}
        id = owner.post(f"/api/v2/{kind}", record).data["id"]
        built.ids[noun, visible_to] = id
        owner.post(f"/api/v2/{kind}/{id}/followers", {"user_id": follower_id})
        if noun == ARCHIVED:
            owner.patch(f"/api/v2/deals/{id}", {"is_archived": True})
        relation = owner.get(f"/v1/{kind}/{id}/followers").data[0]["id"]
        built.parts[noun, visible_to] = {"/v1": {"follower_id": relation}, "/api/v2": {"follower_id": follower_id}}
    for noun in ("leads", "archived leads"):
        lead = {"title": SEARCH_TERM, "person_id": SHARED_ID, "visible_to": str(visible_to)}
        id = owner.post("/v1/leads", lead).data["id"]
        built.ids[noun, visible_to] = id
        owner.patch(f"/v1/leads/{id}", {"is_archived": noun == "archived leads"})


def add_attached_records(built: VisibilityFixture, visible_to: int) -> None:
    """Adds notes, activities, files, pictures, and relations between two records."""
    owner, ids = built.users["owner"], built.ids
    deal, person, org, product = (ids[noun, visible_to] for noun in FOLLOWED_NOUNS)
    note = owner.post("/v1/notes", {"content": SEARCH_TERM, "person_id": person}).data["id"]
    comment = owner.post(f"/v1/notes/{note}/comments", {"content": "Hm"}).data["uuid"]
    activity = owner.post("/api/v2/activities", {"subject": SEARCH_TERM, "type": "call", "deal_id": deal}).data["id"]
    content = {"file": ("labyrinth.txt", "text/plain", b"minotaur")}
    file = owner.upload("POST", "/v1/files", content, {"org_id": org}).data["id"]
    owner.upload("POST", f"/v1/persons/{person}/picture", {"file": PICTURE})
    owner.upload("POST", f"/api/v2/products/{product}/images", {"data": PICTURE})
    secret = owner.post("/api/v2/organizations", {"name": SEARCH_TERM, "visible_to": visible_to}).data["id"]
    relationship = owner.post(
        "/v1/organizationRelationships", {**relationship_body(org), "rel_linked_org_id": secret}
    ).data["id"]
    participant = owner.get(f"/v1/deals/{deal}/participants").data[0]["id"]
    variation = owner.post(f"/api/v2/products/{product}/variations", {"name": "Large"}).data["id"]
    parts = add_deal_parts(owner, deal, visible_to)
    ids["deal products", visible_to] = parts["product_attachment_id"]
    ids["deal installments", visible_to] = parts["installment_id"]
    for version in VERSIONS:
        built.parts["deals", visible_to][version] |= {**parts, "deal_participant_id": participant}
        built.parts["products", visible_to][version]["product_variation_id"] = variation
    ids["callLogs", visible_to] = owner.post("/v1/callLogs", {**CALL, "deal_id": deal}).data["id"]
    # They stay begun, because no job runs here.
    of_deal = owner.post(f"/api/v2/deals/{deal}/convert/lead").data["conversion_id"]
    built.parts["deals", visible_to]["/api/v2"]["conversion_id"] = of_deal
    of_lead = owner.post(f"/api/v2/leads/{ids['leads', visible_to]}/convert/deal").data["conversion_id"]
    built.parts["leads", visible_to] = {"/api/v2": {"conversion_id": of_lead}}
    built.parts["notes", visible_to] = {"/v1": {"commentId": comment}}
    message = receive(owner, write_mail(id=f"{visible_to}@x"), deal_id=deal, is_private=False)
    ids["mail threads", visible_to], ids["mail messages", visible_to] = message.mail_thread_id, message.id
    add_projects(built, visible_to)
    attached = {"notes": note, "activities": activity, "files": file, "organizationRelationships": relationship}
    for noun, id in attached.items():
        ids[noun, visible_to] = id


def add_projects(built: VisibilityFixture, visible_to: int) -> None:
    """Adds projects, with a task and an activity."""
    owner = built.users["owner"]
    for noun in ("projects", "archived projects"):
        id = owner.post("/api/v2/projects", {"title": SEARCH_TERM}).data["id"]
        company.set_visibility(owner, projects, id, visible_to)
        built.ids[noun, visible_to] = id
        if noun == "archived projects":
            owner.post(f"/api/v2/projects/{id}/archive")
            continue
        built.ids["tasks", visible_to] = task = owner.post("/api/v2/tasks", {"title": "x", "project_id": id}).data["id"]
        activity = owner.post("/api/v2/activities", {"subject": "x", "project_id": id}).data["id"]
        built.parts[noun, visible_to] = {"/v1": {"taskId": task, "activityId": activity}}


def add_deal_parts(owner: Api, deal: int, visible_to: int) -> dict[str, Any]:
    """Adds lines that come to the value that the deal has, with a discount and an installment."""
    path = f"/api/v2/deals/{deal}"
    line = {"product_id": SHARED_ID, "item_price": DEAL_VALUES[visible_to] + 1, "quantity": 1}
    lines = [owner.post(f"{path}/products", one).data["id"] for one in (line, {**line, "item_price": 0})]
    discount = owner.post(f"{path}/discounts", {"description": "Spring", "amount": 1, "type": "amount"}).data["id"]
    installment = {"description": "First", "amount": 1, "billing_date": "2026-04-01"}
    return {
        "product_attachment_id": lines[0],
        "discount_id": discount,
        "installment_id": owner.post(f"{path}/installments", installment).data["id"],
    }


SOUND = ("a.mp3", "audio/mpeg", b"sound")
PICTURE = ("a.png", "image/png", PNG)


@pytest.fixture(scope="module", params=DATABASES)
def visibility(
    request: pytest.FixtureRequest, template_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[VisibilityFixture]:
    folder = tmp_path_factory.mktemp("visibility")
    if request.param == "sqlite":
        yield from open_fixture(company.open_api(company.copy_folder(template_folder, folder / "platform")))
        return
    template = request.getfixturevalue("template_database")
    with empty_postgres_database(template.rpartition("/")[2]) as url:
        yield from open_fixture(company.open_api(url, files=str(folder)))


def open_fixture(api: Api) -> Iterator[VisibilityFixture]:
    built = build_fixture(api)
    with pytest.MonkeyPatch.context() as patch:
        roll_back_writes(api, patch)
        yield built
    company.close(api)


def fill_placeholders(template: Any, values: Mapping[str, object]) -> Any:
    """Returns what is sent, with the values of the placeholders."""
    if isinstance(template, Mapping):
        return {name: fill_placeholders(one, values) for name, one in template.items()}
    if isinstance(template, list):
        return [fill_placeholders(one, values) for one in template]
    return values.get(template, template) if isinstance(template, str) else template


def call_access_path(visibility: VisibilityFixture, user: Api, access_path: AccessPath, visible_to: int) -> Response:
    """Sends the call of an access path to one of the records as a user; returns the answer."""
    id = visibility.ids[access_path.noun, visible_to]
    version = "/v1" if access_path.path.startswith("/v1") else "/api/v2"
    parts = visibility.parts.get((access_path.noun, visible_to), {}).get(version, {})
    values = {
        THIS: id,
        OWNER: visibility.users["owner"].principal.user_id,
        FILTER: visibility.filters.get(access_path.noun.split()[-1]),
        DEALS: ",".join(str(deal) for (noun, _), deal in visibility.ids.items() if noun == "deals"),
        **{f"<{name}>": part for name, part in parts.items()},
    }
    path = access_path.path.format(**{"id": values.get(str(access_path.id), access_path.id), **parts})
    if access_path.form is not None:
        name, file = "data" if "images" in path else "file", SOUND if "recordings" in path else PICTURE
        return user.upload(access_path.method, path, {name: file}, fill_placeholders(access_path.form, values))
    return user.call(
        access_path.method,
        path,
        fill_placeholders(access_path.body, values),
        query=fill_placeholders(access_path.query, values),
    )


def found_ids(answer: Response, visibility: VisibilityFixture, access_path: AccessPath) -> set[Any]:
    """Returns the ids that a list, a search or a report has found."""
    data: Any = answer.data or []
    if "/summary" in access_path.path:
        total = int(data["values_total"].get("EUR", {"value": 0})["value"])
        return {visibility.ids[access_path.noun, level] for level, value in DEAL_VALUES.items() if total // value % 10}
    if "/timeline" in access_path.path:
        data = [deal for interval in data for deal in interval["deals"]]
    elif "/movement_statistics" in access_path.path:
        return set(data["new_deals"]["deals_ids"])
    elif "/flow" in access_path.path:
        data = [item["data"] for item in data if item["object"] == access_path.noun[:-1]]
    elif isinstance(data, dict):
        data = [one["item"] for one in data["items"]]
    return {one["id"] for one in data}


@pytest.mark.parametrize("access_path", ACCESS_PATHS, ids=AccessPath.name)
def test_an_access_path_works_for_users_who_see_the_record(
    visibility: VisibilityFixture, access_path: AccessPath
) -> None:
    viewers: dict[int, set[str]] = {visible_to: set() for visible_to in VIEWERS_BY_VISIBILITY}
    assert call_access_path(visibility, visibility.users["gone"], access_path, 7).status == 401
    for name in sorted(visibility.users.keys() - {"gone"}):
        user = visibility.users[name]
        listed = None if access_path.is_about_one_record() else call_access_path(visibility, user, access_path, 1)
        for visible_to in VIEWERS_BY_VISIBILITY:
            answer = listed or call_access_path(visibility, user, access_path, visible_to)
            if listed and listed.status < 400:
                found = visibility.ids[access_path.noun, visible_to] in found_ids(listed, visibility, access_path)
                viewers[visible_to] |= {name} if found else set()
            else:
                assert answer.status in (200, 201, *refusal_statuses(access_path)), answer
                viewers[visible_to] |= {name} if answer.status < 400 else set()
    excluded = set() if PARENT_NOUNS.get(access_path.noun, access_path.noun) in FOLLOWED_NOUNS else {"follower"}
    allowed = set(visibility.users) if access_path.restricted_to is None else access_path.restricted_to
    assert viewers == {
        visible_to: (users if visible_to == 7 else users - excluded) & allowed
        for visible_to, users in VIEWERS_BY_VISIBILITY.items()
    }


def refusal_statuses(access_path: AccessPath) -> tuple[int, ...]:
    """Returns the statuses of a refusal: an invisible record is not found, and nothing can be linked to it."""
    linked = THIS in str((access_path.body, access_path.form))
    # What a call is about is not found, either.
    found_by_path = access_path.is_about_one_record() and (not linked or access_path.path == "/v1/callLogs")
    closed = 404 if found_by_path else 400
    return (closed,) if access_path.restricted_to is None else (closed, 403)


def test_every_endpoint_has_an_access_path() -> None:
    covered = {(access_path.method, access_path.path) for access_path in ACCESS_PATHS}
    assert not covered & TESTED_ELSEWHERE
    missing = {
        (method, path)
        for method, path in handlers()
        # What gets a session instead of a unit of work is about no record.
        if (method, path) not in covered | TESTED_ELSEWHERE | session_routes().keys()
        and path.removeprefix("/api").split("/")[2] not in READABLE_BY_EVERYBODY
        # What is beyond the two versions has tests of its own, in tests/server/app and tests/server/test_abstra.py.
        and not path.startswith(("/app/", "/apps/", "/cli/"))
    }
    assert missing == set()
    assert covered | TESTED_ELSEWHERE <= set(handlers())
