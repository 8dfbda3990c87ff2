"""Who gets through which door to a record: every way to read or change one opens for those who may see it, and for nobody else.

admin         role 1
above         role "Management"
owner, same   role "Sales", below it; so is "gone", who was deactivated
below         role "Reps", below that
other         role "Support", beside them; so is "follower", who follows everything that can be followed

Every endpoint of the server has a door here, or leads to nothing that somebody may not see (`SETTINGS`, `ELSEWHERE`).
Nothing that is done here stays written, so all doors lead to the same company.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dealwright.crm.permission_sets import REGULAR_PERMISSIONS
from dealwright.server.binding import handlers
from tests import company
from tests.api import Answer, Api
from tests.conftest import DATABASES, empty_postgres_database
from tests.furniture import undoing
from tests.generated import PNG

WORD = "Labyrinth"
"""What everything is called, for searches."""

SEEN_BY = {
    1: {"admin", "above", "owner", "follower"},
    3: {"admin", "above", "owner", "follower", "same"},
    5: {"admin", "above", "owner", "follower", "same", "below"},
    7: {"admin", "above", "owner", "follower", "same", "below", "other"},
}
"""Who sees a record, by its ``visible_to``. Without following it, a follower is like anybody else of the other group."""

VALUES = {1: 1, 3: 10, 5: 100, 7: 1000}
"""What a deal is worth, by its ``visible_to``: the digits of a sum tell which deals are in it."""

FOLLOWED = ("deals", "persons", "organizations", "products")
ON = {
    "notes": "persons",
    "activities": "deals",
    "files": "organizations",
    "archived deals": "deals",
    "products without image": "products",
    "organizationRelationships": "organizations",
}
"""What has no visibility of its own and what it lies on here, and what is a special one of another."""

SETTINGS = frozenset(
    {
        *("activityFields", "dealFields", "leadFields", "noteFields", "organizationFields", "personFields"),
        *("productFields", "activityTypes", "currencies", "leadLabels", "leadSources", "users"),
    }
)
"""What everybody may read, by the first part of the path."""

ELSEWHERE = {
    # Filters are private or shared, whatever the roles: test_filters.
    *((method, "/v1/filters/{id}") for method in ("GET", "PUT", "DELETE")),
    *((method, "/v1/filters") for method in ("GET", "POST", "DELETE")),
    ("GET", "/v1/filters/helpers"),
    # Pipelines and stages are hidden as a whole: test_visibility. The statistics of conversion are percentages of the
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
    ("GET", "/v1/pipelines/{id}/conversion_statistics"),
    # Webhooks are their owner's and the admins': test_webhooks.
    *(("GET", "/v1/webhooks"), ("POST", "/v1/webhooks"), ("DELETE", "/v1/webhooks/{id}")),
    # A new product or organization lies on nothing.
    *(("POST", f"{version}/{noun}") for version in ("/v1", "/api/v2") for noun in ("products", "organizations")),
}

THIS, OWNER, FILTER = "<this>", "<owner>", "<filter>"
"""In paths, queries and bodies: the record, who owns it, and a filter that all records of its kind pass."""

EVERYONES = 1
"""The id of the deal, the person, the organization, the pipeline and the stage that everybody sees."""


class Door(NamedTuple):
    """A call about a record. One that names no record is a list, which has it or not.

    ``path`` is as the contract has it, ``id`` what its ``{id}`` is; ``form`` has the fields beside an uploaded file, and ``by``
    says who alone may do it, of those who see the record.
    """

    noun: str
    method: str
    path: str
    query: Mapping[str, object] = {}
    body: Mapping[str, object] | None = None
    form: Mapping[str, object] | None = None
    id: object = THIS
    by: frozenset[str] | None = None

    def names_one(self) -> bool:
        """Whether the call is about one record."""
        return ("{id}" in self.path and self.id == THIS) or THIS in str((self.query, self.body, self.form))

    def name(self) -> str:
        """What tells the door from all others."""
        told = (self.query, self.body, self.form, None if self.id == THIS else self.id)
        return f"{self.method} {self.path} {self.noun} {' '.join(str(one) for one in told if one)}"


CHANGES: Mapping[str, Mapping[str, object]] = {
    **{noun: {"title": "Changed"} for noun in ("deals", "leads")},
    **{noun: {"name": "Changed"} for noun in ("persons", "organizations", "products", "files")},
    "activities": {"subject": "Changed"},
    "notes": {"content": "Changed"},
}
BOTH = ("/v1", "/api/v2")
SEARCHED = (*FOLLOWED, "leads")
MAIN = FOLLOWED[:3]
LINKS = {"deals": "deal_id", "persons": "person_id", "organizations": "org_id", "leads": "lead_id"}
GLOBAL_ADMINS = frozenset({"admin"})
AUTHORS = frozenset({"admin", "owner"})
ARCHIVED = "archived deals"
BARE = "products without image"


def record_doors(noun: str, *versions: str) -> Iterator[Door]:
    """Lists, single reads and changes, in each version."""
    for version in versions:
        list_query = {"user_id": 0} if noun == "activities" and version == "/v1" else {}
        yield Door(noun, "GET", f"{version}/{noun}", list_query)
        yield Door(noun, "GET", f"{version}/{noun}/{{id}}")
        change = "PATCH" if version == "/api/v2" or noun == "leads" else "PUT"
        yield Door(noun, change, f"{version}/{noun}/{{id}}", body=CHANGES[noun])
        yield Door(noun, "DELETE", f"{version}/{noun}/{{id}}")


def all_doors() -> Iterator[Door]:
    """The doors to records, and to what lies on them."""
    for noun in (*FOLLOWED, "activities"):
        yield from record_doors(noun, *BOTH)
    for noun in ("leads", "notes", "files"):
        yield from record_doors(noun, "/v1")
    for noun in (*MAIN, "activities"):
        yield Door(noun, "DELETE", f"/v1/{noun}", {"ids": THIS})
        yield Door(noun, "GET", f"/v1/{noun}/collection", by=GLOBAL_ADMINS)
    for noun in SEARCHED:
        yield Door(noun, "GET", f"/v1/{noun}/{{id}}/permittedUsers")
        for version in BOTH:
            yield Door(noun, "GET", f"{version}/{noun}/search", {"term": WORD})
            yield Door(noun, "GET", f"{version}/itemSearch", {"term": WORD, "item_types": noun[:-1]})
        name = "title" if noun in ("deals", "leads") else "name"
        of_v1 = {"field_type": f"{noun[:-1]}Field", "field_key": name, "return_item_ids": 1}
        yield Door(noun, "GET", "/v1/itemSearch/field", {"term": WORD, "exact_match": 1, **of_v1})
        yield Door(noun, "GET", "/api/v2/itemSearch/field", {"term": WORD, "entity_type": noun[:-1], "field": name})
    for noun in FOLLOWED:
        yield Door(noun, "GET", f"/api/v2/{noun}/{{id}}/followers/changelog")
        yield Door(noun, "GET", f"/v1/{noun}/{{id}}/files")
        for version in BOTH:
            followers = f"{version}/{noun}/{{id}}/followers"
            yield Door(noun, "GET", followers)
            yield Door(noun, "POST", followers, body={"user_id": 1})
            yield Door(noun, "DELETE", f"{followers}/{{follower_id}}")
    for noun in MAIN:
        for part in ("flow", "changelog", "activities"):
            yield Door(noun, "GET", f"/v1/{noun}/{{id}}/{part}")
        yield Door(noun, "PUT", f"/v1/{noun}/{{id}}/merge", body={"merge_with_id": EVERYONES})
        yield Door(noun, "PUT", f"/v1/{noun}/{{id}}/merge", body={"merge_with_id": THIS}, id=EVERYONES)
    for noun in (*FOLLOWED, "activities", "notes", "files"):
        item = {"activities": "activity"}.get(noun, noun[:-1])
        yield Door(noun, "GET", "/v1/recents", {"since_timestamp": "2000-01-01 00:00:00", "items": item, "limit": 500})
    yield from deal_doors()
    yield from contact_doors()
    yield from linking_doors()


def deal_doors() -> Iterator[Door]:
    """What only deals have."""
    for part in ("participants", "participantsChangelog", "persons"):
        yield Door("deals", "GET", f"/v1/deals/{{id}}/{part}")
    yield Door("deals", "POST", "/v1/deals/{id}/duplicate")
    yield Door("deals", "POST", "/v1/deals/{id}/participants", body={"person_id": EVERYONES})
    yield Door("deals", "DELETE", "/v1/deals/{id}/participants/{deal_participant_id}")
    for version in BOTH:
        yield Door(ARCHIVED, "GET", f"{version}/deals/archived")
    day = {"start_date": "2026-03-02", "interval": "day", "amount": 1, "field_key": "add_time"}
    for noun, archived in (("deals", ""), (ARCHIVED, "/archived")):
        yield Door(noun, "GET", f"/v1/deals/summary{archived}")
        yield Door(noun, "GET", f"/v1/deals/timeline{archived}", day)
    for place in ("pipelines", "stages"):
        yield Door("deals", "GET", f"/v1/{place}/{{id}}/deals", {"everyone": 1}, id=EVERYONES)
    period = {"start_date": "2026-03-01", "end_date": "2026-03-03", "user_id": OWNER}
    yield Door("deals", "GET", "/v1/pipelines/{id}/movement_statistics", period, id=EVERYONES)


def contact_doors() -> Iterator[Door]:
    """What lies on persons, organizations, products, notes and files, and what is listed with those that everybody sees."""
    for noun in ("persons", "organizations"):
        yield Door(noun, "GET", f"/v1/{noun}/{{id}}/deals")
        yield Door("deals", "GET", f"/v1/{noun}/{{id}}/deals", id=EVERYONES)
        yield Door("deals", "GET", f"/v1/{noun}/{{id}}/flow", {"items": "deal"}, id=EVERYONES)
    yield Door("organizations", "GET", "/v1/organizations/{id}/persons")
    yield Door("persons", "GET", "/v1/organizations/{id}/persons", id=EVERYONES)
    picture = "/v1/persons/{id}/picture"
    yield Door("persons", "POST", picture, form={})
    yield Door("persons", "GET", "/api/v2/persons/{id}/picture")
    yield Door("persons", "DELETE", picture)
    images = "/api/v2/products/{id}/images"
    yield Door("products", "GET", images)
    yield Door("products", "PUT", images, form={})
    yield Door("products", "DELETE", images)
    yield Door(BARE, "POST", images, form={})
    yield Door("archived leads", "GET", "/v1/leads/archived")
    relationships = "/v1/organizationRelationships"
    yield Door("organizations", "GET", relationships, {"org_id": THIS})
    yield Door("organizations", "POST", relationships, body=related(THIS))
    yield Door("organizationRelationships", "GET", f"{relationships}/{{id}}")
    yield Door("organizationRelationships", "PUT", f"{relationships}/{{id}}", body={"type": "related"})
    yield Door("organizationRelationships", "DELETE", f"{relationships}/{{id}}")
    comments = "/v1/notes/{id}/comments"
    yield Door("notes", "GET", comments)
    yield Door("notes", "POST", comments, body={"content": "Hm"})
    yield Door("notes", "GET", f"{comments}/{{commentId}}")
    yield Door("notes", "PUT", f"{comments}/{{commentId}}", body={"content": "Hm"}, by=AUTHORS)
    yield Door("notes", "DELETE", f"{comments}/{{commentId}}", by=AUTHORS)
    yield Door("files", "GET", "/v1/files/{id}/download")


def linking_doors() -> Iterator[Door]:
    """New records that are linked to one: nobody may tie anything to what they do not see."""
    for version in BOTH:
        for noun in ("persons", "organizations"):
            yield Door(noun, "POST", f"{version}/deals", body={"title": "New", LINKS[noun]: THIS})
        yield Door("organizations", "POST", f"{version}/persons", body={"name": "New", "org_id": THIS})
        for noun in ("deals", "organizations", "leads"):
            yield Door(
                noun, "POST", f"{version}/activities", body={"subject": "New", "type": "call", LINKS[noun]: THIS}
            )
        people = {"person_id": THIS} if version == "/v1" else {"participants": [{"person_id": THIS, "primary": True}]}
        yield Door("persons", "POST", f"{version}/activities", body={"subject": "New", "type": "call", **people})
    yield Door("persons", "POST", "/v1/leads", body={"title": "New", "person_id": THIS})
    yield Door("organizations", "POST", "/v1/leads", body={"title": "New", "organization_id": THIS})
    yield Door("persons", "POST", "/v1/deals/{id}/participants", body={"person_id": THIS}, id=EVERYONES)
    for noun, link in LINKS.items():
        yield Door(noun, "POST", "/v1/notes", body={"content": "New", link: THIS})
        yield Door(noun, "POST", "/v1/files", form={link: THIS})
    for noun in MAIN:
        document = {"item_type": noun[:-1], "item_id": THIS, "remote_location": "googledrive"}
        yield Door(noun, "POST", "/v1/files/remote", body={**document, "file_type": "gdoc", "title": "New"})
        yield Door(noun, "POST", "/v1/files/remoteLink", body={**document, "remote_id": "abc"})


def related(id: object) -> dict[str, object]:
    """A relationship between an organization and one that everybody sees."""
    return {"type": "related", "rel_owner_org_id": id, "rel_linked_org_id": EVERYONES}


def with_filters(doors: Iterator[Door]) -> Iterator[Door]:
    """The doors; those that take a filter also with one."""
    for door in doors:
        yield door
        endpoint, _ = handlers()[door.method, door.path]
        if any(parameter.name == "filter_id" for parameter in endpoint.parameters):
            yield door._replace(query={**door.query, "filter_id": FILTER})


DOORS = tuple(with_filters(all_doors()))


class Labyrinth(NamedTuple):
    """The users by what they are, the ids of the records by noun and ``visible_to``, and what lies on them by name of the id.

    ``filters`` are by noun.
    """

    users: dict[str, Api]
    ids: dict[tuple[str, int], Any]
    parts: dict[tuple[str, int], dict[str, Any]]
    filters: dict[str, int]


def build(api: Api) -> Labyrinth:
    """A company with one record of each noun and visibility, all of one owner, after one of each that everybody sees."""
    # What permissions refuse is another matter.
    company.permit(api, *REGULAR_PERMISSIONS, *MORE_PERMISSIONS)
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
    stage = api.get("/api/v2/stages").data[0]
    assert {org, person, deal, stage["id"], stage["pipeline_id"]} == {EVERYONES}
    built = Labyrinth(users, {}, {}, {noun: add_filter(owner, *of) for noun, of in FILTERED.items()})
    for visible_to in SEEN_BY:
        add_records(built, visible_to)
        add_what_lies_on_them(built, visible_to)
    api.put(f"/v1/users/{users['gone'].bearer.user_id}", {"active_flag": False})
    return built


MORE_PERMISSIONS = (
    *("can_merge_deals", "can_merge_people", "can_merge_organizations"),
    *("can_delete_deals", "can_see_other_users_statistics"),
)
FILTERED = {
    "deals": ("deals", "deal", "title"),
    "persons": ("people", "person", "name"),
    "organizations": ("org", "organization", "name"),
    "products": ("products", "product", "name"),
    "activities": ("activity", "activity", "subject"),
    "leads": ("leads", "lead", "title"),
}
"""The type of the filters for a noun, what their conditions call it, and the field that all of them have."""


def add_filter(owner: Api, type: str, object: str, key: str) -> int:
    """A filter for everybody that all records pass; its id."""
    fields = owner.get(f"/v1/{object}Fields", limit=500).data
    field_id = next(field["id"] for field in fields if field["key"] == key)
    condition = {"object": object, "field_id": field_id, "operator": "IS NOT NULL", "value": None}
    if key == "title":
        condition |= {"operator": "NOT LIKE '$%'", "value": "Nothing"}
    both = [{"glue": "and", "conditions": [condition]}, {"glue": "or", "conditions": []}]
    asked = {"name": type, "type": type, "visible_to": 7, "conditions": {"glue": "and", "conditions": both}}
    id: int = owner.post("/v1/filters", asked).data["id"]
    return id


def add_records(built: Labyrinth, visible_to: int) -> None:
    """What has an owner and a visibility."""
    owner, follower_id = built.users["owner"], built.users["follower"].bearer.user_id
    links: dict[str, Mapping[str, object]] = {
        "deals": {"value": VALUES[visible_to], "person_id": EVERYONES, "org_id": EVERYONES},
        "persons": {"org_id": EVERYONES},
    }
    for noun in (*FOLLOWED, ARCHIVED, BARE):
        kind = ON.get(noun, noun)
        record = {"title" if kind == "deals" else "name": WORD, "visible_to": visible_to, **links.get(kind, {})}
        id = owner.post(f"/api/v2/{kind}", record).data["id"]
        built.ids[noun, visible_to] = id
        owner.post(f"/api/v2/{kind}/{id}/followers", {"user_id": follower_id})
        if noun == ARCHIVED:
            owner.patch(f"/api/v2/deals/{id}", {"is_archived": True})
        relation = owner.get(f"/v1/{kind}/{id}/followers").data[0]["id"]
        built.parts[noun, visible_to] = {"/v1": {"follower_id": relation}, "/api/v2": {"follower_id": follower_id}}
    for noun in ("leads", "archived leads"):
        lead = {"title": WORD, "person_id": EVERYONES, "visible_to": str(visible_to)}
        id = owner.post("/v1/leads", lead).data["id"]
        built.ids[noun, visible_to] = id
        owner.patch(f"/v1/leads/{id}", {"is_archived": noun == "archived leads"})


def add_what_lies_on_them(built: Labyrinth, visible_to: int) -> None:
    """Notes, activities, files, pictures, and what is between two records."""
    owner, ids = built.users["owner"], built.ids
    deal, person, org, product = (ids[noun, visible_to] for noun in FOLLOWED)
    note = owner.post("/v1/notes", {"content": WORD, "person_id": person}).data["id"]
    comment = owner.post(f"/v1/notes/{note}/comments", {"content": "Hm"}).data["uuid"]
    activity = owner.post("/api/v2/activities", {"subject": WORD, "type": "call", "deal_id": deal}).data["id"]
    content = {"file": ("labyrinth.txt", "text/plain", b"minotaur")}
    file = owner.upload("POST", "/v1/files", content, {"org_id": org}).data["id"]
    owner.upload("POST", f"/v1/persons/{person}/picture", {"file": PICTURE})
    owner.upload("POST", f"/api/v2/products/{product}/images", {"data": PICTURE})
    secret = owner.post("/api/v2/organizations", {"name": WORD, "visible_to": visible_to}).data["id"]
    relationship = owner.post("/v1/organizationRelationships", {**related(org), "rel_linked_org_id": secret}).data["id"]
    participant = owner.get(f"/v1/deals/{deal}/participants").data[0]["id"]
    for version in BOTH:
        built.parts["deals", visible_to][version]["deal_participant_id"] = participant
    built.parts["notes", visible_to] = {"/v1": {"commentId": comment}}
    lying = {"notes": note, "activities": activity, "files": file, "organizationRelationships": relationship}
    for noun, id in lying.items():
        ids[noun, visible_to] = id


PICTURE = ("a.png", "image/png", PNG)


@pytest.fixture(scope="module", params=DATABASES)
def labyrinth(
    request: pytest.FixtureRequest, founded_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Labyrinth]:
    folder = tmp_path_factory.mktemp("labyrinth")
    if request.param == "sqlite":
        yield from opened(company.open_api(company.copy_folder(founded_folder, folder / "platform")))
        return
    template = request.getfixturevalue("founded_database")
    with empty_postgres_database(template.rpartition("/")[2]) as url:
        yield from opened(company.open_api(url, files=str(folder)))


def opened(api: Api) -> Iterator[Labyrinth]:
    built = build(api)
    database = api.bearer.company.database
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "write", undoing(database.write))
        yield built
    company.close(api)


def filled(given: Any, values: Mapping[str, object]) -> Any:
    """What is sent, with the values of what stands for something."""
    if isinstance(given, Mapping):
        return {name: filled(one, values) for name, one in given.items()}
    if isinstance(given, list):
        return [filled(one, values) for one in given]
    return values.get(given, given) if isinstance(given, str) else given


def passed(labyrinth: Labyrinth, user: Api, door: Door, visible_to: int) -> Answer:
    """The answer to who goes through a door to one of the records."""
    id = labyrinth.ids[door.noun, visible_to]
    version = "/v1" if door.path.startswith("/v1") else "/api/v2"
    parts = labyrinth.parts.get((door.noun, visible_to), {}).get(version, {})
    values = {
        THIS: id,
        OWNER: labyrinth.users["owner"].bearer.user_id,
        FILTER: labyrinth.filters.get(door.noun.split()[-1]),
    }
    path = door.path.format(**{"id": values.get(str(door.id), door.id), **parts})
    if door.form is not None:
        name = "data" if "images" in path else "file"
        return user.upload(door.method, path, {name: PICTURE}, filled(door.form, values))
    return user.call(door.method, path, filled(door.body, values), query=filled(door.query, values))


def found_ids(answer: Answer, labyrinth: Labyrinth, door: Door) -> set[Any]:
    """The ids of what a list, a search or a report has found."""
    data: Any = answer.data or []
    if "/summary" in door.path:
        total = int(data["values_total"].get("EUR", {"value": 0})["value"])
        return {labyrinth.ids[door.noun, level] for level, value in VALUES.items() if total // value % 10}
    if "/timeline" in door.path:
        data = [deal for interval in data for deal in interval["deals"]]
    elif "/movement_statistics" in door.path:
        return set(data["new_deals"]["deals_ids"])
    elif "/flow" in door.path:
        data = [moment["data"] for moment in data if moment["object"] == door.noun[:-1]]
    elif isinstance(data, dict):
        data = [one["item"] for one in data["items"]]
    return {one["id"] for one in data}


@pytest.mark.parametrize("door", DOORS, ids=Door.name)
def test_a_door_opens_for_those_who_see_the_record(labyrinth: Labyrinth, door: Door) -> None:
    let_in: dict[int, set[str]] = {visible_to: set() for visible_to in SEEN_BY}
    assert passed(labyrinth, labyrinth.users["gone"], door, 7).status == 401
    for name in sorted(labyrinth.users.keys() - {"gone"}):
        user = labyrinth.users[name]
        listed = None if door.names_one() else passed(labyrinth, user, door, 1)
        for visible_to in SEEN_BY:
            answer = listed or passed(labyrinth, user, door, visible_to)
            if listed and listed.status < 400:
                found = labyrinth.ids[door.noun, visible_to] in found_ids(listed, labyrinth, door)
                let_in[visible_to] |= {name} if found else set()
            else:
                assert answer.status in (200, 201, *refusals(door)), answer
                let_in[visible_to] |= {name} if answer.status < 400 else set()
    strangers = set() if ON.get(door.noun, door.noun) in FOLLOWED else {"follower"}
    may = set(labyrinth.users) if door.by is None else door.by
    assert let_in == {
        visible_to: (users if visible_to == 7 else users - strangers) & may for visible_to, users in SEEN_BY.items()
    }


def refusals(door: Door) -> tuple[int, ...]:
    """How a door stays closed: what is not seen is not there, and nothing can be linked to it."""
    closed = 404 if door.names_one() and THIS not in str((door.body, door.form)) else 400
    return (closed,) if door.by is None else (closed, 403)


def test_every_endpoint_has_a_door() -> None:
    doors = {(door.method, door.path) for door in DOORS}
    assert not doors & ELSEWHERE
    without = {
        (method, path)
        for method, path in handlers()
        if (method, path) not in doors | ELSEWHERE and path.removeprefix("/api").split("/")[2] not in SETTINGS
    }
    assert without == set()
    assert doors | ELSEWHERE <= set(handlers())
