"""Generates organizations, and the persons in them."""

from __future__ import annotations

import unicodedata
from typing import Any

from dealwright._json import Json
from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.demo import names, times
from dealwright.crm.demo.context import DemoContext, Follower, Organization, Person
from dealwright.crm.kernel.record_types import RecordType, RecordTypeName
from dealwright.crm.values import contact_values
from dealwright.crm.values.formats import Values

_NO_ORGANIZATION_RATE = 0.05
_NO_ADDRESS_RATE = 0.1
_NO_EMAIL_RATE = 0.04
_SECOND_EMAIL_RATE = 0.12
_CHANGED_RATE = 0.15
_SIGNATORY_RATE = 0.2
_MARKETING_STATUSES = ("no_consent",) * 7 + ("subscribed",) * 2 + ("unsubscribed",)
_LABELS = (None,) * 8 + ("Hot lead", "Warm lead", "Warm lead", "Cold lead", "Cold lead")


def generate_organizations(context: DemoContext, count: int) -> list[Organization]:
    """Generates organizations in the order in which they were added. Sets ``context.organizations_added``."""
    rng = context.rng
    taken: set[str] = set()
    found = []
    context.organizations_added = times.random_work_times(rng, count, context.start, context.now)
    for id, added in enumerate(context.organizations_added, 1):
        owner = context.team.random_member(rng)
        city = names.random_city(rng)
        name = _company_name(context, taken)
        address = None if rng.random() < _NO_ADDRESS_RATE else names.random_address(rng, city)
        values: Values = {
            "owner_id": owner,
            "visible_to": context.visibility(),
            "label_ids": _label_ids(context, "organization"),
            "custom_fields": context.fields.make_values(
                "organization", context.value_context(added, city.country.currency)
            ),
            "add_time": times.format_time(added),
            "update_time": times.format_time(added),
            "name": name,
            "first_char": contact_values.first_char(name),
            "address": contact_values.parse_address(address),
            "followers_count": 1,
        }
        _add_record(context, ORGANIZATION, id, values, added, owner)
        found.append(Organization(id, values, added, owner, name, f"{_slug(name)}.example.com", city, []))
    return found


def generate_persons(context: DemoContext, count: int, organizations: list[Organization]) -> list[Person]:
    """Generates persons in the order in which they were added. Sets ``context.persons_added``.

    Most organizations have at least one person, and few persons are without an organization.
    """
    rng = context.rng
    plans: list[tuple[int, Organization | None]] = [
        (min(one.added + int(rng.random() * times.HOUR), context.now), one) for one in organizations[:count]
    ]
    while len(plans) < count:
        if rng.random() < _NO_ORGANIZATION_RATE:
            plans.append((context.start + int(rng.random() * (context.now - context.start)), None))
        else:
            one = organizations[int(rng.random() * len(organizations))]
            plans.append(
                (min(context.later_work_time(one.added, rng.random() ** 2 * 300, after=one.added), context.now), one)
            )
    plans.sort(key=lambda plan: plan[0])
    context.persons_added = [added for added, _ in plans]
    found = [_generate_person(context, id, added, one) for id, (added, one) in enumerate(plans, 1)]
    for person in found:
        if person.organization:
            person.organization.people.append(person)
    for organization in organizations:
        _set_signatory(context, organization)
    return found


def delete_some_contacts(
    context: DemoContext, organizations: list[Organization], persons: list[Person], busy: set[int]
) -> None:
    """Deletes a few organizations that are not ``busy`` with deals, and a few persons of such, in the last weeks."""
    rng = context.rng
    idle = [one for one in organizations if one.id not in busy]
    for one in rng.sample(idle, len(idle) // 40):
        context.delete_record(ORGANIZATION, one.id, one.values, context.team.admin)
    quiet = [one for one in persons if one.organization and one.organization.id not in busy]
    for person in rng.sample(quiet, len(quiet) // 25):
        context.delete_record(PERSON, person.id, person.values, person.owner_id)


def _generate_person(context: DemoContext, id: int, added: int, organization: Organization | None) -> Person:
    rng = context.rng
    owner = organization.owner_id if organization else context.team.random_member(rng)
    city = organization.city if organization else names.random_city(rng)
    first, last = context.choice(names.FIRST_NAMES), context.choice(names.LAST_NAMES)
    name = f"{first} {last}"
    mailbox = f"{_slug(first)}.{_slug(last)}"
    emails = [f"{mailbox}@{organization.mail_domain if organization else 'example.org'}"]
    if rng.random() < _NO_EMAIL_RATE:
        emails = []
    elif organization and rng.random() < _SECOND_EMAIL_RATE:
        emails.append(f"{mailbox}@example.org")
    work_phone = names.fill_pattern(rng, city.phone)
    values: Values = {
        "owner_id": owner,
        "org_id": organization.id if organization else None,
        "visible_to": context.visibility(),
        "label_ids": _label_ids(context, "person"),
        "custom_fields": context.fields.make_values("person", context.value_context(added, city.country.currency)),
        "emails": _contact_values(emails, "home"),
        "phones": _contact_values([work_phone], "work"),
        "im": [],
        "doi_status": 0,
        "add_time": times.format_time(added),
        "update_time": times.format_time(added),
        "name": name,
        "first_name": first,
        "last_name": last,
        "first_char": contact_values.first_char(name),
        "picture_id": None,
        "marketing_status": context.choice(_MARKETING_STATUSES) if emails else "no_consent",
        "job_title": context.choice(names.JOB_TITLES) if organization else None,
        "followers_count": 1,
    }
    _add_record(context, PERSON, id, values, added, owner)
    timestamp = context.later_work_time(added, 3 + rng.random() * 90, after=added)
    if rng.random() < _CHANGED_RATE and timestamp <= context.now:
        mobile = names.fill_pattern(rng, names.MOBILE_PHONE)
        context.log.update(
            PERSON, id, values, timestamp, owner, {"phones": _contact_values([work_phone, mobile], "mobile")}
        )
    return Person(id, values, added, owner, name, emails[0] if emails else None, organization)


def _set_signatory(context: DemoContext, organization: Organization) -> None:
    """Sets the signatory of some organizations, some days after the person was added."""
    if organization.people and context.rng.random() < _SIGNATORY_RATE:
        person = context.choice(organization.people)
        timestamp = context.later_work_time(person.added, context.rng.random() * 40, after=person.added)
        if timestamp <= context.now:
            known: Values = {"custom_fields": {context.fields.signatory: person.id}}
            context.log.update(
                ORGANIZATION, organization.id, organization.values, timestamp, organization.owner_id, known
            )


def _add_record(context: DemoContext, kind: RecordType[Any], id: int, values: Values, added: int, owner: int) -> None:
    context.log.create(kind, id, values, added, owner)
    context.followers.append(Follower(kind.object, id, owner, added))


def _label_ids(context: DemoContext, object: RecordTypeName) -> Json:
    wanted = context.choice(_LABELS)
    return [context.fields.labels[object][wanted]] if wanted else []


def _contact_values(values: list[str], second_label: str) -> Json:
    """Returns e-mail addresses or phone numbers, of which the first one has the label ``work``."""
    return contact_values.parse_values(
        [{"value": value, "label": second_label if place else "work"} for place, value in enumerate(values)], "value"
    )


def _company_name(context: DemoContext, taken: set[str]) -> str:
    while True:
        syllables = context.choice(names.COMPANY_BEGINNINGS) + context.choice(names.COMPANY_ENDINGS)
        name = f"{syllables} {context.choice(names.INDUSTRIES)}"
        if name not in taken:
            taken.add(name)
            return name


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return plain.lower().replace(" ", "-")
