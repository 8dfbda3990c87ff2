"""Whole addresses for answers, at the host that the caller asked."""

from __future__ import annotations

import re
from contextvars import ContextVar

from dealwright.crm import pictures, public_images
from dealwright.crm.model.files import PersonPicture
from dealwright.crm.unit import Crm
from dealwright.server.requests import Request

_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")

_base: ContextVar[str] = ContextVar("base", default="http://localhost")


def belong_to(request: Request) -> None:
    """Lets `url` speak of the host of this request, for as long as this thread works on it."""
    host = request.header(b"host") or ""
    _base.set(f"{request.scheme}://{host}" if _HOST.fullmatch(host) else "http://localhost")


def url(path: str) -> str:
    """The address of a path of this server."""
    return _base.get() + path


def host() -> str:
    """The host that the caller asked, with its port where there is one."""
    return _base.get().partition("://")[2]


def of_picture(crm: Crm, picture: PersonPicture) -> dict[str, str]:
    """The addresses of a person's picture, by the lengths of its edges."""
    return {str(size): url(public_images.picture_path(crm, picture, size)) for size in pictures.SIZES}
