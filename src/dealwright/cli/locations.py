"""The platform that a command works on: its location and its companies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from dealwright.storage.paths import data_folder
from dealwright.storage.platform import Company, Platform

Location = Annotated[
    str | None,
    typer.Option(
        "--database", help="A folder, or the URL of a PostgreSQL database. The user's data folder unless given."
    ),
]
Domain = Annotated[str | None, typer.Option("--company", help="The company's domain; the first unless given.")]


@contextmanager
def open_platform(location: str | None) -> Iterator[Platform]:
    """Opens the platform at a location, with all of its own tables. Raises `typer.BadParameter` where there is none."""
    platform = Platform(location or data_folder())
    try:
        if platform.is_new():
            raise typer.BadParameter(
                f"there is no company at {location or data_folder()} yet; dealwright serve makes one"
            )
        platform.create_platform_tables()
        yield platform
    finally:
        platform.close()


def get_company(platform: Platform, domain: str | None) -> Company:
    """Returns the company with a domain, or the first. Raises `typer.BadParameter`."""
    found = next((one for one in platform.list_companies() if domain in (None, one.domain)), None)
    if found is None:
        raise typer.BadParameter(f"there is no company {domain}")
    return found
