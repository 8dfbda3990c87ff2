"""The platform that a command works on: where it is, and its companies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from dealwright.storage.places import data_folder
from dealwright.storage.platform import Company, Platform

Location = Annotated[
    str | None,
    typer.Option(
        "--database", help="A folder, or the URL of a PostgreSQL database. The user's data folder unless given."
    ),
]
Domain = Annotated[str | None, typer.Option("--company", help="The company's domain; the first unless given.")]


def open_platform(location: str | None) -> Platform:
    """The platform at a location, with all of its own tables. Raises `typer.BadParameter` where there is none."""
    platform = Platform(location or data_folder())
    if platform.is_new():
        platform.close()
        raise typer.BadParameter(f"there is no company at {location or data_folder()} yet; dealwright serve makes one")
    platform.set_up()
    return platform


@contextmanager
def opened(location: str | None) -> Iterator[Platform]:
    """The platform at a location, closed at the end. Raises `typer.BadParameter` where there is none."""
    platform = open_platform(location)
    try:
        yield platform
    finally:
        platform.close()


def company_of(platform: Platform, domain: str | None) -> Company:
    """The company with a domain, or the first. Raises `typer.BadParameter`."""
    found = next((one for one in platform.companies() if domain in (None, one.domain)), None)
    if found is None:
        raise typer.BadParameter(f"there is no company {domain}")
    return found
