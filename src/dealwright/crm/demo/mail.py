"""Generates the mail of the team with contacts: about deals and leads, private and shared, with drafts and an archive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from dealwright.crm.correspondence import mail_summary
from dealwright.crm.correspondence.mail_storage import SMART_BCC_ACCOUNT
from dealwright.crm.correspondence.model import MAIL_LINK_COPIES, MAIL_MESSAGE, MAIL_THREAD
from dealwright.crm.deals.model import DEAL
from dealwright.crm.demo import times, words
from dealwright.crm.demo.attachments import Attachments
from dealwright.crm.demo.context import Deal, DemoContext, Lead, Organization, Person
from dealwright.crm.values import html
from dealwright.crm.values.formats import Values
from dealwright.crm.values.mail import Address

_LEAD_RATE, _PERSON_RATE, _STRANGER_RATE = 0.12, 0.1, 0.08
_SMART_BCC_RATE = 0.15
_SHARED_RATE = 0.7
_BY_CONTACT_RATE = 0.6
_MORE_RATE = 0.65
_MAX_MESSAGES = 6
_OFFER_RATE = 0.25
_DRAFT_RATE = 0.15
_UNREAD_DAYS = 4
_ARCHIVED_RATE, _DAYS_UNTIL_ARCHIVED = 0.5, 30
_STRANGER = Address("news@tradefair.example.org", "Trade fair news")


class _Plan(NamedTuple):
    """A thread of a user with a person or a stranger, from a time to another one, and what it is about."""

    begin: int
    end: int
    owner_id: int
    person: Person | None
    deal: Deal | None = None
    lead: Lead | None = None

    def links(self) -> Values:
        """Returns what the thread is about."""
        return {
            "deal_id": self.deal.id if self.deal else None,
            "lead_id": str(self.lead.values["uuid"]) if self.lead else None,
        }


class Mail:
    """The values of threads and messages by id, and the rows that belong to them."""

    def __init__(self, context: DemoContext, attachments: Attachments, users: Mapping[int, Address]) -> None:
        """Takes whom the users write as, by their ids."""
        self._context = context
        self._attachments = attachments
        self._users = users
        self._accounts = {id: f"{context.rng.getrandbits(128):032x}" for id in users}
        self.threads: dict[int, Values] = {}
        self.messages: dict[int, Values] = {}
        self.parties: list[Values] = []
        self.links: list[Values] = []
        self.references: list[Values] = []

    def add(self, count: int, deals: Sequence[Deal], leads: Sequence[Lead], persons: Sequence[Person]) -> None:
        """Generates threads in the order in which they began."""
        for plan in sorted(self._plan(count, deals, leads, persons), key=lambda plan: plan.begin):
            self._add_thread(plan)
        for values in (*self.threads.values(), *self.messages.values()):
            values["update_time"] = times.with_milliseconds(str(values["update_time"]))

    def _plan(
        self, count: int, deals: Sequence[Deal], leads: Sequence[Lead], persons: Sequence[Person]
    ) -> Iterable[_Plan]:
        context, rng = self._context, self._context.rng
        now = context.now
        able = [deal for deal in deals if not deal.values["is_deleted"] and deal.person and _has_mail(deal.person)]
        # As many of those that are under way as of all others.
        running = [deal for deal in able if deal.ended is None]
        chosen = rng.sample(running, min(len(running), count // 2))
        others = [deal for deal in able if deal.ended is not None]
        chosen += rng.sample(others, min(len(others), count - len(chosen)))
        for deal in chosen:
            end = deal.ended or now
            yield _Plan(context.work_time_between(deal.added, end), end, _owner(deal), deal.person, deal=deal)
        for lead in rng.sample(leads, min(len(leads), _share(count, _LEAD_RATE))):
            yield _Plan(context.work_time_between(lead.added, now), now, _owner(lead), lead.person, lead=lead)
        known = [person for person in persons if _has_mail(person)]
        for person in rng.sample(known, min(len(known), _share(count, _PERSON_RATE))):
            yield _Plan(context.work_time_between(person.added, now), now, person.owner_id, person)
        for _ in range(_share(count, _STRANGER_RATE)):
            begin = context.work_time_between(context.start, now)
            yield _Plan(begin, begin, context.team.random_member(rng), None)

    def _add_thread(self, plan: _Plan) -> None:
        context, rng = self._context, self._context.rng
        is_smart_bcc = plan.deal is not None and rng.random() < _SMART_BCC_RATE
        subject = context.choice(words.MAIL_PROMOTIONS if plan.person is None else words.MAIL_SUBJECTS)
        is_shared = is_smart_bcc or (plan.person is not None and rng.random() < _SHARED_RATE)
        thread: Values = {
            "user_id": plan.owner_id,
            "account_id": SMART_BCC_ACCOUNT if is_smart_bcc else self._accounts[plan.owner_id],
            "subject": subject,
            **plan.links(),
            "is_private": not is_shared,
            "is_archived": False,
            "version": 1,
            "add_time": times.format_time_ms(plan.begin),
            "update_time": times.format_time_ms(plan.begin),
        }
        moments = [plan.begin]
        while plan.person is not None and len(moments) < _MAX_MESSAGES and rng.random() < _MORE_RATE:
            moment = context.later_work_time(moments[-1], rng.random() * 3, after=moments[-1])
            if moment > plan.end:
                break
            moments.append(moment)
        is_by_contact = plan.person is None or (not is_smart_bcc and rng.random() < _BY_CONTACT_RATE)
        id, first_party = len(self.threads) + 1, len(self.parties)
        self.threads[id] = thread
        for number, moment in enumerate(moments):
            # Of what was sent as a copy there is no answer.
            is_sent = is_smart_bcc or (number % 2 == 0) != is_by_contact
            is_last = number == len(moments) - 1
            is_draft = is_sent and is_last and not is_smart_bcc and rng.random() < _DRAFT_RATE
            is_read = is_sent or not is_last or moment < context.now - _UNREAD_DAYS * times.DAY
            self._add_message(id, plan, moment, is_sent=is_sent and not is_draft, is_draft=is_draft, is_read=is_read)
        archived = context.later_work_time(moments[-1], _DAYS_UNTIL_ARCHIVED, after=moments[-1])
        if thread["has_received"] and archived < context.now and rng.random() < _ARCHIVED_RATE:
            self._change(id, archived, plan.owner_id, {"is_archived": True})
        # The last of a thread that have an address.
        for party in {one["email_address"]: one for one in self.parties[first_party:]}.values():
            party["is_latest"] = True

    def _add_message(
        self, thread_id: int, plan: _Plan, moment: int, *, is_sent: bool, is_draft: bool, is_read: bool
    ) -> None:
        context, rng = self._context, self._context.rng
        thread = self.threads[thread_id]
        id = len(self.messages) + 1
        user = self._users[plan.owner_id]
        other = Address(plan.person.email or "", plan.person.name) if plan.person else _STRANGER
        sender, recipient = (user, other) if is_sent or is_draft else (other, user)
        name = f"{rng.getrandbits(96):024x}@{sender.email_address.partition('@')[2]}"
        has_offer = is_sent and plan.person is not None and rng.random() < _OFFER_RATE
        body = self._write(sender, recipient, is_promotion=plan.person is None)
        text = html.to_text(body)
        message: Values = {
            "mail_thread_id": thread_id,
            **{column: thread[column] for column in ("user_id", "account_id", "deal_id", "lead_id", "is_private")},
            "mua_message_id": name,
            "subject": f"Re: {thread['subject']}" if "message_count" in thread else thread["subject"],
            "snippet": text[:225],
            "message_time": times.format_time(moment),
            "is_read": is_read,
            "is_draft": is_draft,
            "is_sent": is_sent,
            "is_synced": thread["account_id"] != SMART_BCC_ACCOUNT,
            "is_smart_bcc": thread["account_id"] == SMART_BCC_ACCOUNT,
            "has_inline_attachments": False,
            "has_real_attachments": has_offer,
            "content_key": self._attachments.store(body.encode()),
            "body_size": len(body.encode()),
            "add_time": times.format_time_ms(moment),
            "update_time": times.format_time_ms(moment),
        }
        self._summarize(thread_id, plan, moment, message)
        # A copy, because the log adds when a record was deleted, which messages do not say.
        context.log.create(MAIL_MESSAGE, id, dict(message), moment, plan.owner_id)
        message["is_deleted"] = False
        self.messages[id] = message
        self.references.append(
            {"user_id": plan.owner_id, "mua_message_id": name, "mail_thread_id": thread_id},
        )
        self._add_parties(id, message, sender, recipient, plan.person)
        links = self._add_links(id, message, plan.person)
        if has_offer:
            about: Values = {**plan.links(), **links}
            self._attachments.add_to_mail(id, message, moment, plan.owner_id, about)
        if plan.deal:
            context.log.touch(DEAL, plan.deal.id, plan.deal.values, moment, plan.owner_id)

    def _write(self, sender: Address, recipient: Address, *, is_promotion: bool) -> str:
        """Returns the text of a message as HTML."""
        own = sender in self._users.values()
        sentences = words.MAIL_FROM_US if own else words.MAIL_FROM_CONTACTS
        text = "All news at a glance." if is_promotion else " ".join(self._context.rng.sample(sentences, 2))
        first, signature = recipient.name.partition(" ")[0], sender.name
        return f"<p>Hello {first},</p><p>{text}</p><p>{signature}</p>"

    def _summarize(self, thread_id: int, plan: _Plan, moment: int, message: Values) -> None:
        """Has a thread know a message, its first one or one more."""
        thread, log = self.threads[thread_id], self._context.log
        if "message_count" not in thread:
            thread |= mail_summary.with_message(None, message)
            log.create(MAIL_THREAD, thread_id, thread, moment, plan.owner_id)
        else:
            self._change(thread_id, moment, plan.owner_id, mail_summary.with_message(thread, message))

    def _change(self, thread_id: int, moment: int, user_id: int, new: Values) -> None:
        thread = self.threads[thread_id]
        changed: Values = {name: value for name, value in new.items() if thread[name] != value}
        version = thread["version"]
        assert isinstance(version, int)
        self._context.log.update(MAIL_THREAD, thread_id, thread, moment, user_id, {**changed, "version": version + 1})

    def _add_parties(
        self, message_id: int, message: Values, sender: Address, recipient: Address, person: Person | None
    ) -> None:
        for position, (role, one) in enumerate((("from", sender), ("to", recipient))):
            self.parties.append(
                {
                    "mail_message_id": message_id,
                    "mail_thread_id": message["mail_thread_id"],
                    "role": role,
                    "position": position,
                    "email_address": one.email_address,
                    "name": one.name,
                    "person_id": person.id if person and one.email_address == person.email else None,
                    "is_latest": False,
                }
            )

    def _add_links(self, message_id: int, message: Values, person: Person | None) -> Values:
        """Links a message to a person and the organization of that; returns what it is linked to."""
        found: Values = {}
        if person is not None:
            found = {"person_id": person.id, "org_id": person.organization.id if person.organization else None}
        for name, linked in found.items():
            if linked is not None:
                self.links.append(
                    {
                        "mail_message_id": message_id,
                        "mail_thread_id": message["mail_thread_id"],
                        "user_id": message["user_id"],
                        **dict.fromkeys(found),
                        name: linked,
                        **{column: message[column] for column in MAIL_LINK_COPIES.columns},
                    }
                )
        return found

    def count(self, deals: Sequence[Deal], persons: Sequence[Person], organizations: Sequence[Organization]) -> None:
        """Sets what deals, persons and organizations keep about mail."""
        for records, column, rows in (
            (deals, "deal_id", list(self.messages.values())),
            (persons, "person_id", self.links),
            (organizations, "org_id", self.links),
        ):
            by_record: dict[object, list[Values]] = {}
            for row in rows:
                if row[column] is not None and not row["is_draft"]:
                    by_record.setdefault(row[column], []).append(row)
            for record in records:
                own = by_record.get(record.id, [])
                record.values["email_messages_count"] = len(own)
                if column != "org_id":
                    for name, is_sent in (("incoming", False), ("outgoing", True)):
                        moments = [str(row["message_time"]) for row in own if row["is_sent"] == is_sent]
                        record.values[f"last_{name}_mail_time"] = max(moments, default=None)


def _has_mail(person: Person) -> bool:
    return person.email is not None and not person.values["is_deleted"]


def _owner(record: Deal | Lead) -> int:
    owner = record.values["owner_id"]
    assert isinstance(owner, int)
    return owner


def _share(count: int, rate: float) -> int:
    return max(round(count * rate), 1)
