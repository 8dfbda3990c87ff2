"""A proxy that answers for the hosts of the vendor: for clients in which these are fixed.

A client is told by the environment of its process to go through the proxy and to trust its certificate; both is what
its own HTTP library offers everybody, and nothing of the client is changed.
"""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from tests.mail.certificates import make_certificate

DOMAIN = "pipedrive.com"
TIMEOUT_SECONDS = 60
CHUNK = 65536


@contextmanager
def intercept(server: str, folder: Path) -> Iterator[dict[str, str]]:
    """Runs the proxy before a server; yields the variables that send a client through it."""
    pem = folder / "vendor.pem"
    pem.write_bytes(make_certificate(f"api.{DOMAIN}", f"*.{DOMAIN}"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = urlsplit(server)
        arguments = (listener, context, (address.hostname or "", address.port or 80))
        accepting = threading.Thread(target=_accept, args=arguments, daemon=True)
        accepting.start()
        proxy = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield {
            **dict.fromkeys(("HTTPS_PROXY", "https_proxy"), proxy),
            **dict.fromkeys(("NO_PROXY", "no_proxy"), "127.0.0.1,localhost"),
            **dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"), str(pem)),
        }
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()


def _accept(listener: socket.socket, context: ssl.SSLContext, server: tuple[str, int]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(connection, context, server), daemon=True).start()


def _serve(connection: socket.socket, context: ssl.SSLContext, server: tuple[str, int]) -> None:
    """Serves one connection of a client: only the vendor's hosts are here, whatever else is asked for."""
    with suppress(OSError), connection:
        connection.settimeout(TIMEOUT_SECONDS)
        head = b""
        while b"\r\n\r\n" not in head:
            if not (part := connection.recv(CHUNK)):
                return
            head += part
        method, target, _ = head.split(b" ", 2)
        if method != b"CONNECT" or not target.endswith(f".{DOMAIN}:443".encode()):
            connection.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            return
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with (
            context.wrap_socket(connection, server_side=True) as client,
            socket.create_connection(server, TIMEOUT_SECONDS) as upstream,
        ):
            _copy_both_ways(client, upstream)


def _copy_both_ways(client: ssl.SSLSocket, upstream: socket.socket) -> None:
    """Passes on what either side sends, until one has nothing more to say."""
    # In one thread: a TLS connection cannot be read and written at the same time.
    other: dict[socket.socket, socket.socket] = {client: upstream, upstream: client}
    while True:
        ready = [client] if client.pending() else select.select(list(other), [], [], TIMEOUT_SECONDS)[0]
        for source in ready:
            part = source.recv(CHUNK)
            if not part:
                return
            other[source].sendall(part)
