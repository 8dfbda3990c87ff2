"""Absolute URLs in answers: with the public address of the server if it has one, else with the host of the request."""

from __future__ import annotations

import re
from contextvars import ContextVar

from dealwright.crm.contacts import pictures
from dealwright.crm.correspondence.model import File, MailMessage, PersonPicture
from dealwright.crm.integration import public_images
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.requests import Request

_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")

_DEFAULT_PORTS = {"http": ":80", "https": ":443"}

SIGN_IN_PAGE, PASSWORD_PAGE = "/sign-in", "/password"
"""The pages of the web app to which one-time links lead."""

_UNKNOWN = "http://localhost"

_base_url: ContextVar[str | None] = ContextVar("base", default=None)
_public_url: str | None = None


def set_public_url(url: str | None) -> None:
    """Sets the address at which clients reach this process's server, as ``https://crm.example.com``."""
    global _public_url  # noqa: PLW0603 - one for the process, also where there is no request
    _public_url = _without_default_port(url) if url else None


def _without_default_port(url: str) -> str:
    """Returns a URL as browsers name its origin."""
    return url.removesuffix(_DEFAULT_PORTS.get(url.partition("://")[0], ""))


def set_base_url(request: Request) -> None:
    """Sets the base URL of the current context from the request's Host header, which counts without a public URL."""
    host = request.header(b"host") or ""
    _base_url.set(f"{request.scheme}://{host if _HOST.fullmatch(host) else 'localhost'}")


def url(path: str) -> str:
    """Returns the absolute URL of a path of this server."""
    return base_url() + path


def base_url() -> str:
    """Returns scheme and host of this server, as clients know them."""
    return _public_url or _base_url.get() or _UNKNOWN


def hosts() -> set[str]:
    """Returns the hosts at which this server is called, each with its port if it has one."""
    return {base.partition("://")[2] for base in (_public_url, _base_url.get()) if base}


def public_host() -> str | None:
    """Returns the host of the public URL, if there is one."""
    return _public_url.partition("://")[2] if _public_url else None


def file_url(file: File) -> str:
    """Returns the URL of the content of a file."""
    return url(f"/api/v1/files/{file.id}/download")


def picture_urls(crm: UnitOfWork, picture: PersonPicture) -> dict[str, str]:
    """Returns the URLs of a person's picture, by the lengths of its edges."""
    return {str(size): url(public_images.picture_path(crm, picture, size)) for size in pictures.SIZES}


def mail_body_url(crm: UnitOfWork, message: MailMessage) -> str:
    """Returns the URL of the text of a message; an empty text when it has none."""
    return "" if message.content_key is None else url(public_images.mail_body_path(crm, message))
