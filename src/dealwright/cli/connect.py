"""``dealwright connect``: authorises a connection in the browser."""

from __future__ import annotations

import os
import sys
import webbrowser
from typing import Annotated

import typer

from dealwright.cli import output
from dealwright.cli.completion import connection_names
from dealwright.connectors import authorization, loopback
from dealwright.connectors.grants import REDIRECT_URI

ID_VARIABLE = "DEALWRIGHT_CLIENT_ID"
SECRET_VARIABLE = "DEALWRIGHT_CLIENT_SECRET"


def connect(
    name: Annotated[str, typer.Argument(help="The name of the connection.", autocompletion=connection_names)],
    provider: Annotated[
        str | None, typer.Option(help="Who authorises: pipedrive, or the address of a server. pipedrive unless given.")
    ] = None,
    client_id: Annotated[
        str | None, typer.Option(help=f"The id of your app. Unless given: {ID_VARIABLE}, or it is asked for.")
    ] = None,
    secret_from_input: Annotated[
        bool,
        typer.Option(
            "--client-secret-stdin",
            help=f"Read the secret of your app from standard input. Unless given: {SECRET_VARIABLE}, or it is asked for.",
        ),
    ] = False,
    scope: Annotated[
        str | None, typer.Option(help="What to ask for, where the provider lets an app ask; Pipedrive does not.")
    ] = None,
    redirect_uri: Annotated[
        str | None,
        typer.Option(help=f"The callback that is registered with the app. {REDIRECT_URI} unless given."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Another port for that callback.", min=1, max=65535, show_default=False)
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address of the page instead of opening it.")
    ] = False,
    paste: Annotated[
        bool,
        typer.Option(
            "--paste",
            help="The browser is on another machine: ask for the address that it ends at, which leads nowhere there.",
        ),
    ] = False,
    wait: Annotated[
        float, typer.Option(help="How many seconds to wait for the browser.", min=1)
    ] = authorization.CONSENT_TIMEOUT_SECONDS,
    timeout: Annotated[
        float | None,
        typer.Option(help="How many seconds the connection waits for an answer.", min=0.1, show_default=False),
    ] = None,
    allow_plain_http: Annotated[
        bool,
        typer.Option("--allow-plain-http", help="Send secrets and tokens to another machine without encryption."),
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace another connection of this name.")] = False,
) -> None:
    """Authorise a connection in the browser, by OAuth 2.0.

    A connection that has been authorised before keeps its app: its name is all that is needed to do so anew.

    dealwright connect sales

    dealwright connect crm --provider http://localhost:8000 --client-id my-app
    """
    if port is not None and redirect_uri is not None:
        raise typer.BadParameter("--port is that of the usual callback; --redirect-uri has one of its own")
    secret = sys.stdin.readline().strip() if secret_from_input else None
    if authorization.find_app(name, provider, client_id) is None:
        client_id = client_id or os.environ.get(ID_VARIABLE) or _prompt("Client id", f"--client-id, or {ID_VARIABLE}")
        how = f"--client-secret-stdin and the client secret on standard input, or {SECRET_VARIABLE}"
        secret = secret or os.environ.get(SECRET_VARIABLE) or _prompt("Client secret", how, hidden=True)
    pending_authorization = authorization.begin(
        name,
        provider=provider,
        client_id=client_id,
        client_secret=secret,
        redirect_uri=f"http://127.0.0.1:{port}/callback" if port else redirect_uri,
        scope=scope,
        replace=replace,
        timeout=timeout,
        allow_plain_http=allow_plain_http,
    )

    def open_page(url: str) -> None:
        _print_page_url(url, opened=not no_browser and not paste and _has_browser() and webbrowser.open(url))

    if paste or not loopback.is_loopback(pending_authorization.app.redirect_uri):
        open_page(pending_authorization.url)
        final_url = _prompt("The address that the browser ended at", "it on a terminal: --paste asks for an address")
        connection = authorization.complete(pending_authorization, authorization.parse_callback_url(final_url))
    else:
        connection = authorization.complete_in_browser(pending_authorization, open_page=open_page, wait=wait)
    output.say(
        f"Connection '{name}' leads to {connection.address}; dealwright connections test {name} tries it.",
        err=True,
    )


def _print_page_url(url: str, *, opened: bool) -> None:
    if opened:
        output.say(f"Your browser asks whether Dealwright may act for you. If it shows nothing, open\n{url}", err=True)
    else:
        output.say("Open this page to say whether Dealwright may act for you:", err=True)
        output.say(url)


def _has_browser() -> bool:
    """Whether a window can be opened; a browser for terminals would take over this one."""
    return sys.platform in ("win32", "darwin") or bool({"DISPLAY", "WAYLAND_DISPLAY", "BROWSER"} & os.environ.keys())


def _prompt(what: str, instead: str, *, hidden: bool = False) -> str:
    if not sys.stdin.isatty():
        raise typer.BadParameter(f"give {instead}")
    answer: str = typer.prompt(what, hide_input=hidden, err=True)
    return answer.strip()
