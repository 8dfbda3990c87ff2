"""Client ID Metadata Documents: an app whose client id is the address of a document that says what it is.

Anybody can name an address here, so that it is fetched as what a user has entered: from public addresses alone, to the very address that
was checked, without redirects and for a short while (`server.outbound_http`). What was fetched, or could not be, holds for some minutes, and
a process fetches a limited number of them.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from urllib.parse import urlsplit

import orjson

from dealwright.crm.companies import Companies
from dealwright.crm.errors import LimitReached
from dealwright.crm.integration.oauth import self_registered
from dealwright.crm.integration.oauth.apps import InvalidApp
from dealwright.server import outbound_http

log = logging.getLogger(__name__)

MAX_URL_LENGTH = 500
MAX_DOCUMENT_BYTES = 32 * 1024
FRESH_SECONDS = 600.0
MAX_FETCHES_A_MINUTE = 30
MAX_KNOWN = 1000

_URL = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?/[A-Za-z0-9._~!$&'()*+,;=:@%/-]+")

_lock = threading.Lock()
_fetched: OrderedDict[str, float] = OrderedDict()
_fetch_times: list[float] = []


def is_document_url(client_id: str) -> bool:
    """Whether a client id is the address of a document: by https, with a path, and in one way of writing it."""
    if len(client_id) > MAX_URL_LENGTH or not _URL.fullmatch(client_id):
        return False
    return not any(part in (".", "..") for part in urlsplit(client_id).path.split("/"))


def refresh(companies: Companies, client_id: str) -> None:
    """Fetches the document of an app, unless that was done of late, and stores the app. What cannot be fetched leaves it as it was."""
    if not is_document_url(client_id) or not _may_fetch(client_id):
        return
    result, content = outbound_http.get(
        client_id, {"accept": "application/json"}, companies.webhook_reach, MAX_DOCUMENT_BYTES
    )
    if result.error is not None:
        log.info("The document of the app %s cannot be fetched: %s", client_id, result.error)
        return
    try:
        document = orjson.loads(content)
        if not isinstance(document, Mapping):
            raise InvalidApp("The document is no object", "client_id")
        self_registered.store_document(companies.platform, client_id, document, companies.clock())
    except (orjson.JSONDecodeError, InvalidApp, LimitReached) as error:
        log.info("The document of the app %s is not taken: %s", client_id, error)


def forget() -> None:
    """Makes the next request fetch anew."""
    with _lock:
        _fetched.clear()
        _fetch_times.clear()


def _may_fetch(client_id: str) -> bool:
    """Whether a document is to be fetched now; counts it as fetched."""
    now = time.monotonic()
    with _lock:
        if now - _fetched.get(client_id, -FRESH_SECONDS) < FRESH_SECONDS:
            return False
        _fetch_times[:] = [one for one in _fetch_times if now - one < 60]
        if len(_fetch_times) >= MAX_FETCHES_A_MINUTE:
            return False
        _fetch_times.append(now)
        _fetched[client_id] = now
        _fetched.move_to_end(client_id)
        if len(_fetched) > MAX_KNOWN:
            _fetched.popitem(last=False)
    return True
