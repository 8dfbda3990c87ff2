"""Invented organizations, and the persons in them."""

from __future__ import annotations

import unicodedata
from typing import Any

from dealwright._json import Json
from dealwright.crm import contacts
from dealwright.crm.demo import names, places, times
from dealwright.crm.demo.story import Follower, Organization, Person, Story
from dealwright.crm.kinds import Kind, Object
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.values import Values

_WITHOUT_ORGANIZATION = 0.05
_WITHOUT_ADDRESS = 0.1
_WITHOUT_EMAIL = 0.04
_SECOND_EMAIL = 0.12
_CHANGED = 0.15
_SIGNATORY_KNOWN = 0.2
_MARKETING_STATUSES = ("no_consent",) * 7 + ("subscribed",) * 2 + ("unsubscribed",)
_LABELS = (None,) * 8 + ("Hot lead", "Warm lead", "Warm lead", "Cold lead", "Cold lead")


def organizations(story: Story, count: int) -> list[Organization]:
    """Organizations in the order in which they were added."""
    chance = story.chance
    taken: set[str] = set()
    found = []
    story.organizations_added = times.busy_moments(chance, count, story.start, story.now)
    for id, added in enumerate(story.organizations_added, 1):
        owner = story.team.member(chance)
        city = places.city(chance)
        name = _company_name(story, taken)
        address = None if chance.random() < _WITHOUT_ADDRESS else places.address(chance, city)
        values: Values = {
            "owner_id": owner,
            "visible_to": story.visibility(),
            "label_ids": _label(story, "organization"),
            "custom_fields": story.fields.values("organization", story.occasion(added, city.country.currency)),
            "add_time": times.text(added),
            "update_time": times.text(added),
            "name": name,
            "first_char": contacts.first_char(name),
            "address": contacts.address(address),
            "followers_count": 1,
        }
        _begin(story, ORGANIZATION, id, values, added, owner)
        found.append(Organization(id, values, added, owner, name, f"{_slug(name)}.example.com", city, []))
    return found


def persons(story: Story, count: int, organizations: list[Organization]) -> list[Person]:
    """Persons in the order in which they were added: at least one in most organizations, few on their own."""
    chance = story.chance
    planned: list[tuple[int, Organization | None]] = [
        (min(one.added + int(chance.random() * times.HOUR), story.now), one) for one in organizations[:count]
    ]
    while len(planned) < count:
        if chance.random() < _WITHOUT_ORGANIZATION:
            planned.append((story.start + int(chance.random() * (story.now - story.start)), None))
        else:
            one = organizations[int(chance.random() * len(organizations))]
            planned.append((min(story.later(one.added, chance.random() ** 2 * 300, after=one.added), story.now), one))
    planned.sort(key=lambda plan: plan[0])
    story.persons_added = [added for added, _ in planned]
    found = [_person(story, id, added, one) for id, (added, one) in enumerate(planned, 1)]
    for person in found:
        if person.organization:
            person.organization.people.append(person)
    for organization in organizations:
        _name_signatory(story, organization)
    return found


def tidy_up(story: Story, organizations: list[Organization], persons: list[Person], busy: set[int]) -> None:
    """Deletes a few contacts lately: organizations without deals, that is not among the ``busy``, and persons of those."""
    chance = story.chance
    idle = [one for one in organizations if one.id not in busy]
    for one in chance.sample(idle, len(idle) // 40):
        story.forget(ORGANIZATION, one.id, one.values, story.team.admin)
    quiet = [one for one in persons if one.organization and one.organization.id not in busy]
    for person in chance.sample(quiet, len(quiet) // 25):
        story.forget(PERSON, person.id, person.values, person.owner_id)


def _person(story: Story, id: int, added: int, organization: Organization | None) -> Person:
    chance = story.chance
    owner = organization.owner_id if organization else story.team.member(chance)
    city = organization.city if organization else places.city(chance)
    first, last = story.one_of(names.FIRST_NAMES), story.one_of(names.LAST_NAMES)
    name = f"{first} {last}"
    mailbox = f"{_slug(first)}.{_slug(last)}"
    emails = [f"{mailbox}@{organization.mail_domain if organization else 'example.org'}"]
    if chance.random() < _WITHOUT_EMAIL:
        emails = []
    elif organization and chance.random() < _SECOND_EMAIL:
        emails.append(f"{mailbox}@example.org")
    work_phone = places.patterned(chance, city.phone)
    values: Values = {
        "owner_id": owner,
        "org_id": organization.id if organization else None,
        "visible_to": story.visibility(),
        "label_ids": _label(story, "person"),
        "custom_fields": story.fields.values("person", story.occasion(added, city.country.currency)),
        "emails": _values(emails, "home"),
        "phones": _values([work_phone], "work"),
        "im": [],
        "doi_status": 0,
        "add_time": times.text(added),
        "update_time": times.text(added),
        "name": name,
        "first_name": first,
        "last_name": last,
        "first_char": contacts.first_char(name),
        "picture_id": None,
        "marketing_status": story.one_of(_MARKETING_STATUSES) if emails else "no_consent",
        "job_title": story.one_of(names.JOB_TITLES) if organization else None,
        "followers_count": 1,
    }
    _begin(story, PERSON, id, values, added, owner)
    at = story.later(added, 3 + chance.random() * 90, after=added)
    if chance.random() < _CHANGED and at <= story.now:
        mobile = places.patterned(chance, names.MOBILE_PHONE)
        story.log.changed(PERSON, id, values, at, owner, {"phones": _values([work_phone, mobile], "mobile")})
    return Person(id, values, added, owner, name, emails[0] if emails else None, organization)


def _name_signatory(story: Story, organization: Organization) -> None:
    """Who signs contracts turns out later than who is there."""
    if organization.people and story.chance.random() < _SIGNATORY_KNOWN:
        person = story.one_of(organization.people)
        at = story.later(person.added, story.chance.random() * 40, after=person.added)
        if at <= story.now:
            known: Values = {"custom_fields": {story.fields.signatory: person.id}}
            story.log.changed(ORGANIZATION, organization.id, organization.values, at, organization.owner_id, known)


def _begin(story: Story, kind: Kind[Any], id: int, values: Values, added: int, owner: int) -> None:
    story.log.created(kind, id, values, added, owner)
    story.followers.append(Follower(kind.object, id, owner, added))


def _label(story: Story, object: Object) -> Json:
    wanted = story.one_of(_LABELS)
    return [story.fields.labels[object][wanted]] if wanted else []


def _values(given: list[str], second_label: str) -> Json:
    """E-mail addresses or phone numbers: the first of them from work."""
    return contacts.values(
        [{"value": value, "label": second_label if place else "work"} for place, value in enumerate(given)], "value"
    )


def _company_name(story: Story, taken: set[str]) -> str:
    while True:
        syllables = story.one_of(names.COMPANY_BEGINNINGS) + story.one_of(names.COMPANY_ENDINGS)
        name = f"{syllables} {story.one_of(names.INDUSTRIES)}"
        if name not in taken:
            taken.add(name)
            return name


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return plain.lower().replace(" ", "-")
