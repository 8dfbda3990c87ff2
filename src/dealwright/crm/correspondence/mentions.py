"""Mentions of users in notes and comments: a link or a span with the id of a user in ``data-mentions``."""

from __future__ import annotations

from dealwright.crm.correspondence.model import NOTE, Note
from dealwright.crm.kernel import access, notifications
from dealwright.crm.kernel.notifications import NewNotification
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values import html
from dealwright.crm.values.html import SafeHtml


def notify(crm: UnitOfWork, note: Note, before: str, after: str, *, comment: str | None = None) -> None:
    """Tells users that they are mentioned in what was written in a note, or in a comment on it, by its UUID.

    They are those who were not mentioned before and who see the note.
    """
    wanted = html.mentioned_ids(SafeHtml(after))
    new = wanted - html.mentioned_ids(SafeHtml(before)) - {crm.actor.id} if wanted else wanted
    if not new:
        return
    for user_id in sorted(new.intersection(access.viewers(crm, NOTE, note))):
        details = {} if comment is None else {"comment": comment}
        told = NewNotification(user_id, "mentioned", "note", note.id, crm.actor.id, crm.run_id, details)
        notifications.write(crm.db, told, crm.time)
