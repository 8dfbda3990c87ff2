"""Where webhooks may lead: a fence around the networks that a server can reach and its users should not.

An address is judged twice: when a webhook is made, and by whoever delivers, once its name is resolved and before anything
is sent (`permitted`).
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import threading
from typing import Literal, cast, get_args
from urllib.parse import SplitResult, urlsplit

Reach = Literal["public", "loopback", "any"]
"""How far webhooks reach: to public addresses, to this machine as well, or everywhere."""

REACH_VARIABLE = "DEALWRIGHT_WEBHOOK_REACH"
"""Names the reach of servers and workers that are not told otherwise."""

LONGEST_URL = 2048
SECONDS_TO_RESOLVE = 1.0

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def refusal(url: str, reach: Reach, own_host: str | None = None) -> str | None:
    """Why nothing can be sent to a URL; None when it can. ``own_host`` is the host and port that the API is called at.

    A name that nothing is known of for now is no reason: whoever delivers will ask again.
    """
    parts = _split(url)
    if parts is None or not parts.hostname:
        return "invalid or non-reachable URL"
    if own_host is not None and _is_api(parts, own_host):
        return "may not be an address of this API"
    # A name server that does not answer must not hold up the company's writers for long.
    found = resolve(parts.hostname, port_of(parts), SECONDS_TO_RESOLVE)
    if not all(permitted(address, reach) for address in found):
        return "invalid or non-reachable URL"
    return None


def configured(default: Reach = "public") -> Reach:
    """How far webhooks reach in this process: what the environment says, or else the default. Raises ValueError."""
    said = os.environ.get(REACH_VARIABLE) or default
    if said not in get_args(Reach):
        raise ValueError(f"{REACH_VARIABLE} is one of {', '.join(get_args(Reach))}, not {said}")
    return cast("Reach", said)


def permitted(address: str, reach: Reach) -> bool:
    """Whether something may be sent to an IP address."""
    if reach == "any":
        return True
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        # Whatever way an IPv4 address is wrapped up: as such, through a translator, or in a tunnel.
        found = found.ipv4_mapped or _translated(found) or found.sixtofour or found
    if found.is_loopback:
        return reach == "loopback"
    return found.is_global and not found.is_multicast


def resolve(host: str, port: int, seconds: float) -> list[str]:
    """The IP addresses of a host; none when they are not known in time."""
    found: list[str] = []

    def ask() -> None:
        with contextlib.suppress(OSError, UnicodeError):
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(str(address[0]) for *_, address in answers)

    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        # The system's own look-up cannot be told to hurry.
        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(seconds)
        return list(found)


def port_of(parts: SplitResult) -> int:
    """The port of a URL, by its scheme unless it names one."""
    return parts.port or (443 if parts.scheme == "https" else 80)


def _split(url: str) -> SplitResult | None:
    if len(url) > LONGEST_URL or any(character.isspace() or not character.isprintable() for character in url):
        return None
    try:
        parts = urlsplit(url)
        port_of(parts)
        (parts.hostname or "").encode("idna")
    except ValueError:
        return None
    # Names and passwords have members of their own.
    return parts if parts.scheme in ("http", "https") and "@" not in parts.netloc else None


def _is_api(parts: SplitResult, own_host: str) -> bool:
    own = urlsplit(f"{parts.scheme}://{own_host}")
    same = (parts.hostname, port_of(parts)) == (own.hostname, port_of(own))
    return same and parts.path.startswith(("/v1/", "/v2/", "/api/", "/oauth/"))


_TRANSLATORS = ipaddress.IPv6Network("64:ff9b::/96")


def _translated(address: ipaddress.IPv6Address) -> Address | None:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _TRANSLATORS else None
