"""The platform that a command works on: its location and its companies."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from dealwright._database_errors import Problem, UnusableDatabase
from dealwright.cli.passwords import take_password
from dealwright.crm.values.mail_domain import DOMAIN_VARIABLE
from dealwright.storage.encryption import UndecryptableSecret
from dealwright.storage.paths import FILES_VARIABLE, data_folder
from dealwright.storage.platform import Company, Platform


def _check_public_url(url: str | None) -> str | None:
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.path.strip("/"):
        raise typer.BadParameter("it is scheme, host and perhaps port, as https://crm.example.com")
    return f"{parts.scheme}://{parts.netloc}".lower()


DATABASE_VARIABLE = "DEALWRIGHT_DATABASE"


def _database_option(default: str) -> Any:
    return typer.Option(
        "--database",
        envvar=DATABASE_VARIABLE,
        callback=take_password,
        help=f"A folder, or the URL of a PostgreSQL database. {default}",
    )


Location = Annotated[str | None, _database_option("The user's data folder unless given.")]
DemoLocation = Annotated[str | None, _database_option("Where serve --demo looks, unless given.")]
FilesLocation = Annotated[
    str | None,
    typer.Option(
        "--files", envvar=FILES_VARIABLE, help="Where the content of files is: what dealwright serve was told."
    ),
]
Domain = Annotated[
    str | None,
    typer.Option("--company", envvar="DEALWRIGHT_COMPANY", help="The company's domain; the first unless given."),
]


PublicUrl = Annotated[
    str | None,
    typer.Option(
        envvar="DEALWRIGHT_PUBLIC_URL",
        callback=_check_public_url,
        help="The address at which clients reach the server, as https://crm.example.com; it is part of whatever leaves "
        "the server. Unless given, the address of each request.",
    ),
]


def _use_mail_domain(domain: str | None) -> str | None:
    """Sets the domain for this process and those that it starts. Raises `typer.BadParameter`."""
    if domain is not None:
        if not _MAIL_DOMAIN.fullmatch(domain):
            raise typer.BadParameter("it is a domain, as mail.example.com")
        os.environ[DOMAIN_VARIABLE] = domain.lower()
    return domain


_MAIL_DOMAIN = re.compile(
    r"(?=.{1,253}$)([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)

MailDomain = Annotated[
    str | None,
    typer.Option(
        "--mail-domain",
        envvar=DOMAIN_VARIABLE,
        callback=_use_mail_domain,
        help="The domain of the addresses for copies of mail, as mail.example.com: dealwright mail receives what is sent there.",
    ),
]


@contextmanager
def open_platform(location: str | None, *, files: str | None = None, allow_older: bool = False) -> Iterator[Platform]:
    """Opens the platform at a location, with the content of its files where ``files`` says.

    Raises `UnusableDatabase` where there is none, and where one of its databases cannot be used or, without
    ``allow_older``, has tables of an older version; raises `typer.BadParameter` when the key of its secrets is missing.
    """
    platform = Platform(location or data_folder(), files=files)
    try:
        if platform.is_new():
            advice = "Name another place with --database, or let dealwright serve make a company there"
            raise UnusableDatabase(Problem.MISSING, platform.name, "there is no company yet", advice)
        platform.check(allow_older=allow_older)
        yield platform
    except UndecryptableSecret as error:
        raise typer.BadParameter(str(error)) from None
    finally:
        platform.close()


def get_company(platform: Platform, domain: str | None) -> Company:
    """Returns the company with a domain, or the first. Raises `typer.BadParameter`."""
    found = next((one for one in platform.list_companies() if domain in (None, one.domain)), None)
    if found is None:
        raise typer.BadParameter(f"there is no company {domain}")
    return found
