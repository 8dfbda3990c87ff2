"""A server that speaks the protocol of S3, in this process, for stores of files in buckets."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
from moto.server import ThreadedMotoServer


@contextmanager
def run_server() -> Iterator[str]:
    """Yields the address of a server without any buckets."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    moto.start()
    try:
        host, port = moto.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        moto.stop()


def create_bucket(endpoint: str, patch: pytest.MonkeyPatch) -> str:
    """Creates a bucket, and sets the environment with which it can be reached; returns its ``s3://…`` address."""
    name = f"tests-{secrets.token_hex(6)}"
    httpx2.put(f"{endpoint}/{name}").raise_for_status()
    patch.setenv("AWS_ENDPOINT_URL", endpoint)
    patch.setenv("AWS_ALLOW_HTTP", "true")
    patch.setenv("AWS_REGION", "us-east-1")
    patch.setenv("AWS_ACCESS_KEY_ID", "tests")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    return f"s3://{name}"
