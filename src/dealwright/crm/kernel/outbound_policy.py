"""The outbound policy: the networks that webhooks may be sent to.

Users must not reach networks that only the server can. An address is checked twice: when a webhook is created, and on
delivery, after its name is resolved and before anything is sent (`is_allowed`).
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import re
import socket
import threading
from collections.abc import Collection
from typing import Literal, cast, get_args
from urllib.parse import SplitResult, quote, urlsplit, urlunsplit

import idna

AllowedNetworks = Literal["public", "loopback", "any"]
"""The networks that webhooks reach: public addresses, this machine as well, or all."""

REACH_VARIABLE = "DEALWRIGHT_WEBHOOK_REACH"
"""The environment variable that sets the allowed networks of servers and workers that have no option for it."""

MAX_URL_LENGTH = 2048
RESOLVE_TIMEOUT_SECONDS = 1.0

_MAX_HOST_LENGTH = 253
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_ASCII = "".join(map(chr, range(0x21, 0x7F)))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def rejection_reason(url: str, allowed_networks: AllowedNetworks, own_hosts: Collection[str] = ()) -> str | None:
    """Returns the reason why nothing can be sent to a URL; None when it can.

    ``own_hosts`` are those at which the API is called, with their ports. A name that cannot be resolved now is no reason: it is
    resolved again on delivery.
    """
    parts = _parse_url(url)
    if parts is None or not parts.hostname:
        return "invalid or non-reachable URL"
    if any(_is_own_api(parts, own_host) for own_host in own_hosts):
        return "may not be an address of this API"
    # A name server that does not answer must not keep the caller for long.
    found = resolve(parts.hostname, get_port(parts), RESOLVE_TIMEOUT_SECONDS)
    if not all(is_allowed(address, allowed_networks) for address in found):
        return "invalid or non-reachable URL"
    return None


def allowed_networks_from_env(default: AllowedNetworks = "public") -> AllowedNetworks:
    """Returns the allowed networks that the environment sets, or else the default.

    Raises ValueError for an unknown value.
    """
    value = os.environ.get(REACH_VARIABLE) or default
    if value not in get_args(AllowedNetworks):
        raise ValueError(f"{REACH_VARIABLE} is one of {', '.join(get_args(AllowedNetworks))}, not {value}")
    return cast("AllowedNetworks", value)


def is_allowed(address: str, allowed_networks: AllowedNetworks) -> bool:
    """Whether something may be sent to an IP address."""
    if allowed_networks == "any":
        return True
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        # An IPv4 address may be embedded as such, for a translator (NAT64), or for a tunnel (6to4).
        found = found.ipv4_mapped or _from_nat64(found) or found.sixtofour or found
    if found.is_loopback:
        return allowed_networks == "loopback"
    if isinstance(found, ipaddress.IPv6Address) and found not in _GLOBAL_UNICAST:
        return False
    return found.is_global and not found.is_multicast


def resolve(host: str, port: int, timeout: float) -> list[str]:
    """Returns the IP addresses of a host; an empty list when they are not known within ``timeout`` seconds."""
    found: list[str] = []

    def ask() -> None:
        with contextlib.suppress(OSError, UnicodeError):
            answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            found.extend(str(address[0]) for *_, address in answers)

    try:
        return [str(ipaddress.ip_address(host))]
    except ValueError:
        # The system's own look-up has no timeout.
        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        thread.join(timeout)
        return list(found)


def get_port(parts: SplitResult) -> int:
    """Returns the port of a URL: the one that it names, or the default of its scheme."""
    return parts.port or (443 if parts.scheme == "https" else 80)


def sendable_url(url: str) -> str | None:
    """Returns a URL in the form in which it is sent; None for one that nothing can be sent to.

    An international host name becomes its ASCII form, and other characters than ASCII are percent-encoded. A URL that
    consists of ASCII characters and has a host in its usual form stays as it is.
    """
    parts = _parse_url(url)
    return None if parts is None else urlunsplit(parts)


def _parse_url(url: str) -> SplitResult | None:
    if len(url) > MAX_URL_LENGTH or any(character.isspace() or not character.isprintable() for character in url):
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
        host = _sendable_host(parts)
    except ValueError:
        return None
    # User names and passwords are fields of a webhook, and no part of its URL.
    if parts.scheme not in ("http", "https") or "@" in parts.netloc or not host or port == 0:
        return None
    sent = parts._replace(
        netloc=host if port is None else f"{host}:{port}",
        path=_percent_encoded(parts.path),
        query=_percent_encoded(parts.query),
        fragment=_percent_encoded(parts.fragment),
    )
    return sent if len(urlunsplit(sent)) <= MAX_URL_LENGTH else None


def _sendable_host(parts: SplitResult) -> str:
    """Returns the host as name servers know it, without a final dot. Raises ValueError for an impossible one.

    Underscores are allowed, which are no part of the standard, but of real names.
    """
    host = parts.hostname or ""
    if "[" in parts.netloc:
        address = ipaddress.IPv6Address(host)
        if address.scope_id is not None:
            raise ValueError("an address that means something on one machine only")
        return f"[{address}]"
    if not host.isascii() and len(host) <= _MAX_HOST_LENGTH:
        host = idna.encode(host, uts46=True).decode()
    host = host.removesuffix(".")
    if len(host) > _MAX_HOST_LENGTH or not all(map(_LABEL.fullmatch, host.split("."))):
        raise ValueError("not the name of a host")
    return host


def _percent_encoded(text: str) -> str:
    return quote(text, safe=_ASCII)


def _is_own_api(parts: SplitResult, own_host: str) -> bool:
    own = urlsplit(f"{parts.scheme}://{own_host}")
    same = (parts.hostname, get_port(parts)) == (own.hostname, get_port(own))
    return same and parts.path.startswith(("/v1/", "/v2/", "/api/", "/oauth/"))


# All global unicast addresses assigned so far; addresses outside are obsolete or not public.
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64_PREFIX = ipaddress.IPv6Network("64:ff9b::/96")


def _from_nat64(address: ipaddress.IPv6Address) -> Address | None:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64_PREFIX else None
