"""``dealwright backup`` and ``dealwright restore``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from dealwright.cli import output
from dealwright.cli.locations import FilesLocation, Location, open_platform
from dealwright.crm.companies import system_clock
from dealwright.storage.backups.creation import make_backup
from dealwright.storage.backups.manifest import BackupError, Manifest
from dealwright.storage.backups.places import Backup
from dealwright.storage.backups.restoration import restore_backup
from dealwright.storage.backups.verification import verify_backup
from dealwright.storage.paths import data_folder

T = TypeVar("T")


def backup(
    directory: Annotated[
        str | None,
        typer.Argument(
            metavar="DIRECTORY|s3://BUCKET/PREFIX",
            help="Where backups are kept. Each one is a folder of its own, named by its time.",
        ),
    ] = None,
    verify: Annotated[
        str | None,
        typer.Option(
            metavar="BACKUP",
            help="Check a backup that is there instead of making one; of a folder of backups the newest.",
        ),
    ] = None,
    database: Location = None,
    files: FilesLocation = None,
) -> None:
    """Copy databases, content of files and the secret key as they are at one moment. A server may go on serving.

    Prints where the backup is. Whoever can read it has everything, secrets included.
    """
    if (directory is None) == (verify is None):
        raise typer.BadParameter("name where the backup goes, or one to check with --verify")
    if verify is not None:
        checked = _run(lambda: verify_backup(verify))
        output.say(f"{checked.location} is sound: {_summary(checked.manifest)}")
        _report_missing(checked.manifest)
        return
    assert directory is not None
    with open_platform(database, files=files) as platform:
        made = _run(lambda: make_backup(platform, directory, system_clock()))
    output.say(made.location)
    output.say(_summary(made.manifest), err=True)
    _report_missing(made.manifest)


def restore(
    backup: Annotated[
        str, typer.Argument(help="A backup: a folder, or s3://BUCKET/PREFIX/NAME. Of a folder of backups the newest.")
    ],
    database: Location = None,
    files: FilesLocation = None,
) -> None:
    """Restore a backup into an empty place, after checking it: everything of it, or nothing."""
    target = database or str(data_folder())
    restored: Backup = _run(lambda: restore_backup(backup, target, files))
    output.say(f"{restored.location} is restored: {_summary(restored.manifest)}")
    if restored.manifest.secret_key == "environment":
        output.say("Its secrets need the key that was in DEALWRIGHT_SECRET_KEY, which is in no backup", err=True)
    _report_missing(restored.manifest)


def _run(work: Callable[[], T]) -> T:
    """Runs `work`; ends the command with one line when it fails."""
    try:
        return work()
    except BackupError as error:
        output.say_error(str(error))
        raise typer.Exit(1) from None


def _summary(manifest: Manifest) -> str:
    size = sum(entry.size for entry in manifest.files)
    names = ", ".join(company.domain for company in manifest.companies)
    return f"{names or 'no company'} at {manifest.time}, {len(manifest.files)} files, {size:,} bytes"


def _report_missing(manifest: Manifest) -> None:
    """Ends the command with a failure when rows refer to content that was not there."""
    if manifest.missing:
        shown = ", ".join(manifest.missing[:3]) + (" …" if len(manifest.missing) > 3 else "")
        output.say_error(f"{len(manifest.missing)} files that records name were not in the store: {shown}")
        raise typer.Exit(1)
