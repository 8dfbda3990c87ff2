"""Absolute URLs in answers, with the host of the request."""

from __future__ import annotations

import re
from contextvars import ContextVar

from dealwright.crm.contacts import pictures
from dealwright.crm.correspondence.model import PersonPicture
from dealwright.crm.integration import public_images
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.requests import Request

_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")

_base_url: ContextVar[str] = ContextVar("base", default="http://localhost")


def set_base_url(request: Request) -> None:
    """Sets the base URL of the current context from the request's Host header; `url` uses it."""
    host = request.header(b"host") or ""
    _base_url.set(f"{request.scheme}://{host}" if _HOST.fullmatch(host) else "http://localhost")


def url(path: str) -> str:
    """Returns the absolute URL of a path of this server."""
    return _base_url.get() + path


def host() -> str:
    """Returns the host of the request, with its port if it has one."""
    return _base_url.get().partition("://")[2]


def picture_urls(crm: UnitOfWork, picture: PersonPicture) -> dict[str, str]:
    """Returns the URLs of a person's picture, by the lengths of its edges."""
    return {str(size): url(public_images.picture_path(crm, picture, size)) for size in pictures.SIZES}
