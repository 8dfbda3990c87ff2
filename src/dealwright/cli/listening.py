"""Where a server listens: who reaches it there, and whose word counts for where a request comes from."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import typer

DEFAULT_TRUSTED_PROXIES = "127.0.0.1,::1"


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address to listen on."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def leads_to_this_machine(url: str) -> bool:
    """Whether an address at which clients reach a server is one of this machine."""
    return is_loopback(urlsplit(url).hostname or "")


def warning(host: str, *, auto_login: bool) -> str:
    """Returns what to say when a server that is meant for this machine listens beyond it."""
    risk = (
        "everybody who reaches it becomes the company's admin"
        if auto_login
        else "everybody who gets a token can have webhooks sent to this machine"
    )
    return f"Warning: other machines reach {host}, and {risk}. Listen on 127.0.0.1, or serve without --demo and --throwaway."


def check_trusted_proxies(value: str) -> str:
    """Returns a list of addresses and networks without blanks. Raises `typer.BadParameter`."""
    entries = [entry.strip() for entry in value.split(",") if entry.strip()]
    for entry in entries:
        try:
            if entry != "*":
                ipaddress.ip_network(entry)
        except ValueError:
            raise typer.BadParameter(f"{entry} is no address and no network, as 10.0.0.7 or 10.0.0.0/8") from None
    return "*" if "*" in entries else ",".join(entries)
