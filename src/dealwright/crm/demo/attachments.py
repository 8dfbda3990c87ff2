"""Generates files on deals, organizations and mail, and pictures of some persons."""

from __future__ import annotations

from collections.abc import Sequence

from dealwright.crm.contacts import pictures
from dealwright.crm.contacts.model import PERSON
from dealwright.crm.correspondence import files
from dealwright.crm.correspondence.model import FILE, PICTURE
from dealwright.crm.deals.model import DEAL
from dealwright.crm.demo import times, words
from dealwright.crm.demo.context import Deal, DemoContext, Organization, Person
from dealwright.crm.values import picture_process
from dealwright.crm.values.formats import Values
from dealwright.storage.files import NewFiles

_ON_ORGANIZATION_RATE = 0.2
# Only these have pictures, so that the first page of persons shows some.
_FIRST_PERSONS = 60
_EDGE_PIXELS = 1024
_BACKGROUNDS = ("#c9dbe8", "#e8d5c9", "#d3e3cd", "#ded3e8", "#e8e3c9")
_COATS = ("#2f4858", "#6b3f3f", "#3f5b45", "#4b3f6b", "#5c5236")
_FACES = ("#f1cfb5", "#e0ac87", "#b97f58", "#8a5a3c", "#5f3d2a")
_HAIRS = ("#2b1d14", "#6d4a2c", "#b98b4e", "#8b8b8b", "#1c1c1c")


class Attachments:
    """The values of files and of pictures by id. Their content is stored at once."""

    def __init__(self, context: DemoContext, store: NewFiles) -> None:
        self._context = context
        self._store = store
        self.files: dict[int, Values] = {}
        self.pictures: dict[int, Values] = {}

    def add_files(self, count: int, deals: Sequence[Deal], organizations: Sequence[Organization]) -> None:
        """Generates files in the order in which they were added."""
        context, rng = self._context, self._context.rng
        live_deals = [deal for deal in deals if not deal.values["is_deleted"]]
        live_organizations = [one for one in organizations if not one.values["is_deleted"]]
        plans: list[tuple[int, Deal | Organization]] = []
        for _ in range(count if live_deals else 0):
            if live_organizations and rng.random() < _ON_ORGANIZATION_RATE:
                organization = context.choice(live_organizations)
                plans.append((context.work_time_between(organization.added, context.now), organization))
            else:
                deal = context.choice(live_deals)
                plans.append((context.work_time_between(deal.added, deal.ended or context.now), deal))
        for added, subject in sorted(plans, key=lambda plan: plan[0]):
            self._add_file(added, subject)

    def _add_file(self, added: int, subject: Deal | Organization) -> None:
        context = self._context
        author = subject.values["owner_id"]
        assert isinstance(author, int)
        deal = subject if isinstance(subject, Deal) else None
        about: Values = {"deal_id": deal.id if deal else None, "org_id": None if deal else subject.id}
        self._add(added, author, self._make_document(subject), about)
        if deal:
            context.log.touch(DEAL, deal.id, deal.values, added, author)

    def add_to_mail(self, message_id: int, message: Values, added: int, author: int, about: Values) -> None:
        """Adds an offer to a message, and to what that is about."""
        lines = [f"- {point}" for point in self._context.rng.sample(words.NOTE_POINTS, 3)]
        document = "Offer.txt", "text/plain", "\n".join([str(message["subject"]), "", *lines, ""])
        own: Values = {"mail_message_id": message_id, "is_private": message["is_private"]}
        self._add(added, author, document, {**about, **own})

    def _add(self, added: int, author: int, document: tuple[str, str, str], links: Values) -> None:
        name, content_type, text = document
        content = text.encode()
        values: Values = {
            **files.upload_values(name, content_type, len(content), self.store(content)),
            "user_id": author,
            **dict.fromkeys(("deal_id", "lead_id", "person_id", "org_id", "mail_message_id")),
            "is_private": False,
            **links,
            "add_time": times.format_time(added),
            "update_time": times.format_time(added),
        }
        id = len(self.files) + 1
        self._context.log.create(FILE, id, values, added, author)
        self.files[id] = values

    def store(self, content: bytes) -> str:
        """Stores content; returns its key, the same again for the same seed."""
        key = f"{self._context.rng.getrandbits(160):040x}"
        self._store.put(content, key)
        return key

    def _make_document(self, subject: Deal | Organization) -> tuple[str, str, str]:
        """Returns the name, media type and text of a file."""
        rng = self._context.rng
        title = str(subject.values["title" if isinstance(subject, Deal) else "name"])
        kind = rng.random()
        if kind < 0.4 and isinstance(subject, Deal):
            lines = [f"{point};{1 + int(rng.random() * 9)}" for point in rng.sample(words.NOTE_POINTS, 3)]
            return f"Quote {subject.id}.csv", "text/csv", "\n".join(["Position;Number", *lines, ""])
        if kind < 0.7:
            lines = [f"- {point}" for point in rng.sample(words.NOTE_POINTS, 3)]
            return "Next steps.txt", "text/plain", "\n".join([title, "", *lines, ""])
        return "Meeting notes.txt", "text/plain", "\n".join([title, "", *rng.sample(words.NOTE_SENTENCES, 4), ""])

    def add_pictures(self, count: int, persons: Sequence[Person]) -> None:
        """Adds pictures to some of the first persons."""
        context, rng = self._context, self._context.rng
        live = [person for person in persons[:_FIRST_PERSONS] if not person.values["is_deleted"]]
        selected = rng.sample(live, min(count, len(live)))
        plans = sorted((context.work_time_between(person.added, context.now), person.id) for person in selected)
        for id, (added, person_id) in enumerate(plans, 1):
            person = persons[person_id - 1]
            squares = self._draw_portrait()
            key = f"{rng.getrandbits(160):040x}"
            for size, square in squares.items():
                self._store.put(square, pictures.storage_key(key, size))
            values: Values = {
                "person_id": person.id,
                "content_key": key,
                "file_size": len(squares[max(squares)]),
                "added_by_user_id": person.owner_id,
                "add_time": times.format_time(added),
            }
            # A copy, because `ChangeLog.create` adds a ``delete_time``, which pictures do not have.
            context.log.create(PICTURE, id, dict(values), added, person.owner_id)
            context.log.update(PERSON, person.id, person.values, added, person.owner_id, {"picture_id": id})
            self.pictures[id] = values

    def _draw_portrait(self) -> dict[int, bytes]:
        """Returns a drawing of a head and shoulders, in all sizes."""
        # Imported here, because only pictures need the library.
        from PIL import Image, ImageDraw  # noqa: PLC0415

        context = self._context
        image = Image.new("RGB", (_EDGE_PIXELS, _EDGE_PIXELS), context.choice(_BACKGROUNDS))
        draw = ImageDraw.Draw(image)
        draw.ellipse((152, 704, 872, 1440), context.choice(_COATS))
        draw.ellipse((296, 136, 728, 640), context.choice(_HAIRS))
        draw.rounded_rectangle((432, 560, 592, 784), 72, face := context.choice(_FACES))
        draw.ellipse((336, 240, 688, 688), face)
        # Drawn larger than it is stored: made smaller, its edges are smooth.
        return {size: picture_process.encode_jpeg(image.reduce(_EDGE_PIXELS // size)) for size in pictures.SIZES}
