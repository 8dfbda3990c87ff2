"""The table of all commands. A command's module is imported only when the command is used."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Annotated, Any, Literal, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup

from dealwright._extras import install_command
from dealwright._gc import gc_disabled
from dealwright._version import __version__
from dealwright.connectors.errors import UnusableConnection


class Command(NamedTuple):
    """The place of a command (``module:attribute``, a function or a `typer.Typer` of several) and its help.

    ``extra`` is what it needs beside the server.
    """

    target: str
    help: str
    needs_server: bool = False
    extra: str | None = None


COMMANDS = {
    "run": Command("dealwright.cli.run:run", "Run an action on a connection."),
    "chat": Command("dealwright.cli.chat:chat", "Run actions by sentences, and by plain words."),
    "actions": Command("dealwright.cli.actions:actions", "List the actions, or find them by words."),
    "action": Command("dealwright.cli.actions:action", "Explain one action: parameters, body, scopes, examples."),
    "stubs": Command("dealwright.cli.stubs:stubs", "Print types for the records of a connection."),
    "export": Command("dealwright.cli.export:export", "Write the records of a connection into a file."),
    "connect": Command("dealwright.cli.connect:connect", "Authorise a connection in the browser, by OAuth 2.0."),
    "connections": Command(
        "dealwright.cli.connections:commands", "List, add, remove, show, test and move connections."
    ),
    "use": Command("dealwright.cli.use:use", "Choose the connection of commands that are given none."),
    "serve": Command("dealwright.cli.serve:serve", "Serve the CRM over HTTP.", needs_server=True),
    "listen": Command("dealwright.cli.listen:listen", "Print the events of a connection, and forward them."),
    "trigger": Command("dealwright.cli.trigger:trigger", "Have an event happen on a connection."),
    "webhooks": Command("dealwright.cli.webhooks:commands", "Look into deliveries to webhooks.", needs_server=True),
    "sign-in": Command("dealwright.cli.sign_in:sign_in", "Print a link that signs a user in, once.", needs_server=True),
    "worker": Command("dealwright.cli.worker:worker", "Run background jobs.", needs_server=True),
    "mail": Command(
        "dealwright.cli.mail:mail", "Receive mail, and fetch the mail of users.", needs_server=True, extra="mail"
    ),
    "mailboxes": Command(
        "dealwright.cli.mailboxes:commands", "Look after the mail accounts of users.", needs_server=True
    ),
    "mcp": Command(
        "dealwright.cli.mcp:mcp", "Serve agents by the Model Context Protocol.", needs_server=True, extra="mcp"
    ),
    "doctor": Command("dealwright.cli.doctor:doctor", "Say what this machine can do."),
    "db": Command("dealwright.cli.db:commands", "Look after the databases of the CRM.", needs_server=True),
    "backup": Command("dealwright.cli.backup:backup", "Back up a running CRM, or check a backup.", needs_server=True),
    "restore": Command("dealwright.cli.backup:restore", "Restore a backup into an empty place.", needs_server=True),
    "apps": Command("dealwright.cli.apps:commands", "Look after the OAuth apps of the CRM.", needs_server=True),
    "account": Command(
        "dealwright.cli.account:commands",
        "Look after settings of users, permission sets, and add-ons.",
        needs_server=True,
    ),
    "channels": Command("dealwright.cli.channels:commands", "Look into channels of messengers.", needs_server=True),
    "demo": Command("dealwright.cli.demo:commands", "Make a company to try things on.", needs_server=True),
}

EPILOG = (
    "Exit codes: 0 done; 1 the service refused the action; 2 the call is wrong; 3 the connection is wrong; "
    "4 try later; 10 to 20 a database cannot be used (docs/upgrades.md); 130 interrupted."
)


class _LazyCommandGroup(TyperGroup):
    """Knows all commands by name and help, and imports the one that is called."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            # The reader has gone away (`| head`), which is no failure.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, listed, rest = super().resolve_command(ctx, args)
        return name, None if listed is None or name is None else _load_command(name), rest


def build_program() -> Any:
    """Returns the whole command line."""
    mode = _rich_markup_mode()
    app = typer.Typer(
        cls=_LazyCommandGroup,
        rich_markup_mode=mode,
        no_args_is_help=True,
        epilog=EPILOG,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_about)
    group: Any = typer.main.get_command(app)
    for name, command in COMMANDS.items():
        group.add_command(TyperCommand(name, help=command.help, rich_markup_mode=mode))
    return group


def _rich_markup_mode() -> Literal["rich"] | None:
    """Returns the style of help: boxes and colours on a terminal only, because drawing them takes half of the start."""
    return "rich" if sys.stdout.isatty() else None


def _show_version(asked_for: bool) -> None:
    if asked_for:
        from dealwright.cli import output  # noqa: PLC0415 - only where something is written

        output.say(__version__)
        raise typer.Exit


def _about(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Run actions on Pipedrive or on the built-in CRM, and serve that CRM."""


def _load_command(name: str) -> Any:
    """Returns a command, made from its module.

    Raises `UnusableConnection` when a part of Dealwright is not installed.
    """
    command = COMMANDS[name]
    module, _, attribute = command.target.partition(":")
    try:
        with gc_disabled():
            target = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        if not command.needs_server or (error.name or "").startswith("dealwright"):
            raise
        extras = f"server,{command.extra}" if command.extra else "server"
        raise UnusableConnection(
            f"dealwright {name} needs the server ({error.name} is missing): {install_command(extras)}"
        ) from error
    holder = typer.Typer(
        rich_markup_mode=_rich_markup_mode(),
        add_completion=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    holder.callback()(_about)
    if isinstance(target, typer.Typer):
        holder.add_typer(target, name=name)
    else:
        holder.command(name)(target)
    group: Any = typer.main.get_command(holder)
    return group.commands[name]
