"""``dealwright listen``: creates a webhook for as long as the command runs, and prints the events it receives."""

from __future__ import annotations

import queue
import secrets
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Annotated, Any
from urllib.parse import urlsplit

import httpx2
import orjson
import typer

from dealwright.cli import output
from dealwright.cli.completion import connection_option
from dealwright.cli.trigger import ACTION_ALIASES, SAMPLES
from dealwright.connectors.client import Client
from dealwright.connectors.errors import ApiError

FORWARD_TIMEOUT_SECONDS = 9.0
"""The time-out for forwarding an event: the sender of the webhook waits for 10 seconds."""

_NOT_FORWARDED = frozenset({"host", "content-length", "connection", "transfer-encoding", "accept-encoding"})


def listen(
    connection: Annotated[str, connection_option()] = "local",
    events: Annotated[
        str,
        typer.Option(
            "--events", "-e", help="ACTION.OBJECT or OBJECT.ACTION, as change.deal; * for any.", metavar="EVENTS"
        ),
    ] = "*.*",
    version: Annotated[str, typer.Option("--payload", help="The version of the payloads: 1.0 or 2.0.")] = "2.0",
    forward: Annotated[str | None, typer.Option(help="Send each event on to this address.", metavar="URL")] = None,
    url: Annotated[
        str | None,
        typer.Option(
            help="Where the service reaches this command, when it is not on this machine: the address of a tunnel."
        ),
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port to receive on; 0 for any free one.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print each event as JSON on a line of its own.")] = False,
) -> None:
    """Print the events of a connection as they happen, until interrupted.

    A webhook is made for as long as the command runs. With --forward each event is sent on, and the answer goes back, so that
    what is refused is tried again.

    dealwright listen -c crm -e change.deal --forward http://localhost:3000/hook
    """
    action, object = parse_event(events)
    for name, address in (("--forward", forward), ("--url", url)):
        parts = urlsplit(address or "http://-")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise typer.BadParameter(f"{name} {address} is no address; give one like http://localhost:3000/hook")
    with Client(connection) as client:
        if url is None and client.connection.kind == "pipedrive":
            raise typer.BadParameter("Pipedrive cannot reach this machine; give the address of a tunnel with --url")
        with _run_receiver(port, forward) as (address, inbox):
            made = client.run(
                "v1.post_webhooks",
                {
                    "data": {
                        "subscription_url": f"{(url or address).rstrip('/')}/{inbox.key}",
                        "event_action": action,
                        "event_object": object,
                        "version": version,
                        "name": "dealwright listen",
                    }
                },
            )
            try:
                output.say(f"Listening for {events} on {client.connection.name}; Ctrl-C ends", err=True)
                for one in _iter_until_interrupted(inbox):
                    output.say(orjson.dumps(one).decode() if json else _format_event(one))
            finally:
                # It may have been deleted in the meantime.
                with suppress(ApiError):
                    client.run("v1.delete_webhooks_by_id", {"id": made["data"]["id"]})


def parse_event(text: str) -> tuple[str, str]:
    """Returns action and type of record, in whichever order they are named. Raises `typer.BadParameter`."""
    first, dot, second = text.partition(".")
    if not dot or not first or not second:
        raise typer.BadParameter(f"'{text}' is not ACTION.OBJECT, as in change.deal, or *.* for everything")
    return (second, first) if first in SAMPLES or second in ACTION_ALIASES else (first, second)


class _EventInbox:
    """The received events. ``key`` is the secret path of the webhook."""

    def __init__(self, forward: str | None) -> None:
        self.key = secrets.token_urlsafe(24)
        self.events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.forward = forward
        self.client = httpx2.Client(timeout=FORWARD_TIMEOUT_SECONDS)

    def receive(self, content: bytes, headers: Mapping[str, str]) -> int:
        """Takes an event, forwards it if asked to, and returns the HTTP status to answer."""
        try:
            self.events.put(orjson.loads(content))
        except orjson.JSONDecodeError:
            return 400
        if self.forward is None:
            return 200
        forwarded_headers = {name: value for name, value in headers.items() if name.lower() not in _NOT_FORWARDED}
        try:
            status = self.client.post(self.forward, content=content, headers=forwarded_headers).status_code
        except httpx2.HTTPError as error:
            output.say(f"{self.forward}: {error}", err=True)
            return 502
        output.say(f"{self.forward}: {status}", err=True)
        return status


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    inbox: _EventInbox


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        """Takes an event."""
        content = self.rfile.read(int(self.headers.get("content-length") or 0))
        known = secrets.compare_digest(urlsplit(self.path).path.rpartition("/")[2], self.server.inbox.key)
        status = self.server.inbox.receive(content, dict(self.headers)) if known else 404
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Logs nothing: only events are printed."""


@contextmanager
def _run_receiver(port: int, forward: str | None) -> Iterator[tuple[str, _EventInbox]]:
    """Runs a receiver on this machine, and yields its address and its inbox."""
    try:
        server = _Server(("127.0.0.1", port), _Handler)
    except OSError as error:
        raise typer.BadParameter(f"cannot listen on port {port}: {error.strerror}") from None
    with server:
        server.inbox = _EventInbox(forward)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", server.inbox
        finally:
            server.shutdown()
            thread.join()
            server.inbox.client.close()


def _iter_until_interrupted(inbox: _EventInbox) -> Iterator[Any]:
    """Yields events as they come, until SIGINT or SIGTERM."""
    stop = object()
    before = {
        number: signal.signal(number, lambda *_: inbox.events.put(stop)) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        while (event := inbox.events.get()) is not stop:
            yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _format_event(event: Any) -> str:
    """Returns an event in one line: time, action, record, and the changed properties."""
    meta, previous = event["meta"], event["previous"]
    now = event["current"] if "event" in event else event["data"]
    object, id = (meta["object"], meta["id"]) if "event" in event else (meta["entity"], meta["entity_id"])
    # Version 1.0 has users in lists of one.
    now, previous = (one[0] if isinstance(one, list) else one for one in (now, previous))
    record = now or previous
    name = next((str(record[key]) for key in ("title", "name", "subject", "content") if record.get(key)), "")
    changed = ", ".join(_changed_names(now, previous)) if now and previous else ""
    attempt = meta.get("attempt", event.get("retry", 0) + 1)
    details = (f" ({changed})" if changed else "") + (f" [attempt {attempt}]" if attempt > 1 else "")
    return f"{meta['timestamp']}  {meta['action']} {object} {id}  {name}{details}"


def _changed_names(now: Mapping[str, Any], before: Mapping[str, Any]) -> list[str]:
    """Returns the names of the properties that differ; custom fields by their keys."""
    custom = before.get("custom_fields") or {}
    names = [name for name in before if name not in ("custom_fields", "update_time") and before[name] != now.get(name)]
    return [*names, *(key for key in custom if custom[key] != (now.get("custom_fields") or {}).get(key))]
