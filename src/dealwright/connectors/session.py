"""What `Client` and `AsyncClient` have in common: one connection, and the rules by which actions are run on it, as coroutines.

A `Driver` says how they wait, so that both clients have the same rules.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from dealwright.connectors import calls, connections, downloads, pages, retry
from dealwright.connectors.answers import Answer
from dealwright.connectors.budget import Account, Budget, CostLimit, Ledger
from dealwright.connectors.calls import Params, PreparedRequest
from dealwright.connectors.channel import DEFAULT_TIMEOUT_SECONDS, Channel
from dealwright.connectors.connection_store import FILE_STORE, ConnectionStore
from dealwright.connectors.connections import LOCAL, Connection
from dealwright.connectors.driver import Driver
from dealwright.connectors.embedded import LocalCrm
from dealwright.connectors.errors import InvalidParams, NotPermitted
from dealwright.connectors.idempotency import IdempotencyStore
from dealwright.connectors.names.answered import to_names
from dealwright.connectors.names.definitions import Definitions, Read
from dealwright.connectors.names.given import to_ids, to_key
from dealwright.connectors.retry import DEFAULT_MAX_WAIT_SECONDS, DEFAULT_RETRIES, Clock, RetryPolicy
from dealwright.contract.catalogue import Entry
from dealwright.contract.errors import Problem


class Session:
    """The rules of one client; its options are those of `Client`."""

    def __init__(
        self,
        driver: Driver,
        connection_name: str | Connection | None,
        *,
        url: str | None,
        token: str | None,
        timeout: float | None = None,
        retries: int = DEFAULT_RETRIES,
        max_wait: float = DEFAULT_MAX_WAIT_SECONDS,
        max_cost: int | None = None,
        time_zone: tzinfo = UTC,
        clock: Clock | None = None,
        store: ConnectionStore = FILE_STORE,
        account: Account | None = None,
        application: LocalCrm | None = None,
        names: bool = False,
    ) -> None:
        self.driver = driver
        self.connection = _connection(connection_name, url, token)
        self._timeout = timeout
        self._retry_policy = RetryPolicy(retries=retries, max_wait=max_wait)
        self._clock = clock or retry.CLOCK
        self._store = store
        self._application = application
        self.account = account or Ledger(self.connection, max_cost=max_cost, time_zone=time_zone, clock=self._clock)
        # The last attempt may renew its token before and after it is refused, and is then made again.
        last_attempt_seconds = (timeout or self.connection.timeout or DEFAULT_TIMEOUT_SECONDS) * (
            4 if self.connection.grant else 1
        )
        self._idempotency_store = IdempotencyStore(
            self.connection, max_seconds=max_wait + last_attempt_seconds, clock=self._clock, driver=driver
        )
        self._names = names
        self._definitions = Definitions(_without_keeping(self._look_up))
        self._lock = threading.Lock()
        self._channel: Channel | None = None

    def describe(self, kind: str) -> str:
        """Returns what a client is, for people who look at it: without its token."""
        one = self.connection
        return f"<{kind} of connection '{one.name}': {one.kind}, {one.address}>"

    async def close(self) -> None:
        """Closes the open connection and files."""
        with self._lock:
            closing, self._channel = self._channel, None
        if closing is not None:
            await closing.close()
        await self.driver.call(self.account.close)
        await self.driver.call(self._idempotency_store.close)

    async def read_budget(self) -> Budget:
        """Returns the budget of the connection. Raises `UnusableConnection`."""
        return await self.driver.call(self.account.read)

    async def request(
        self,
        action: str,
        params: Params | None,
        *,
        max_cost: int | None = None,
        idempotency_key: str | None = None,
        found_by: str | None = None,
        headers: Mapping[str, str] | None = None,
        names: bool | None = None,
    ) -> Answer:
        """Runs an action and returns the whole answer."""
        if self._names if names is None else names:
            if found_by is not None:
                found_by = await to_key(self._definitions, action, params, found_by)
            with_ids = await to_ids(self._definitions, action, params)
            answer = await self.request(
                action,
                with_ids,
                max_cost=max_cost,
                idempotency_key=idempotency_key,
                found_by=found_by,
                headers=headers,
                names=False,
            )
            entry = calls.resolve(action, with_ids)
            return msgspec.structs.replace(answer, body=await to_names(self._definitions, entry, answer.body))
        with calls.prepare(action, params) as prepared:
            self._check_permitted(prepared.entry)
            call = msgspec.structs.replace(prepared, headers={**prepared.headers, **(headers or {})})
            cost_limit = CostLimit(max_cost)
            if idempotency_key is None:
                if found_by is not None:
                    raise InvalidParams(call.action, (Problem("found_by", "goes with an idempotency_key"),))
                return await (await self._open()).send(call, cost_limit)

            async def send(one: PreparedRequest) -> Answer:
                return await (await self._open()).send(one, cost_limit)

            return await self._idempotency_store.send(call, idempotency_key, found_by, send)

    async def prepare(self, action: str, params: Params | None) -> PreparedRequest:
        """Returns the request that would be sent."""
        if self._names:
            params = await to_ids(self._definitions, action, params)
        prepared = calls.prepare(action, params)
        try:
            self._check_permitted(prepared.entry)
        except NotPermitted:
            prepared.__exit__()
            raise
        return msgspec.structs.replace(prepared, params=params or {})

    def walk(
        self, action: str, params: Params | None, *, max_cost: int | None = None, names: bool | None = None
    ) -> AsyncIterator[Any]:
        """Returns the items of all pages; the parameters are checked at once, unless names are looked up first."""
        if self._names if names is None else names:
            return self._walk_with_names(action, params, max_cost)
        return self._walk(action, params, max_cost)

    async def _walk_with_names(self, action: str, params: Params | None, max_cost: int | None) -> AsyncIterator[Any]:
        with_ids = await to_ids(self._definitions, action, params)
        entry = calls.resolve(action, with_ids)
        async for item in self._walk(action, with_ids, max_cost, lambda body: to_names(self._definitions, entry, body)):
            yield item

    def _walk(
        self,
        action: str,
        params: Params | None,
        max_cost: int | None,
        show: Callable[[Any], Awaitable[Any]] | None = None,
    ) -> AsyncIterator[Any]:
        first = calls.prepare_walk(action, params)
        self._check_permitted(first.entry)
        exact = first.action
        cost_limit = CostLimit(max_cost)
        cost_limit.check(exact, self.connection.name, first.entry.cost)

        async def fetch(following: Params) -> Any:
            call = first if following is first_params else calls.prepare_walk(exact, following)
            body = (await (await self._open()).send(call, cost_limit)).body
            return body if show is None else await show(body)

        first_params = params or {}
        return pages.walk(fetch, first_params, first.entry.paging)

    async def _look_up(self, action: str, params: Params) -> Any:
        return (await self.request(action, params, names=False)).body

    async def stream(self, action: str, params: Params | None, *, max_cost: int | None = None) -> AsyncIterator[bytes]:
        """Yields the bytes of a download as they come."""
        call = self._prepare_download(action, params)
        answer = await (await self._open()).send(call, CostLimit(max_cost), streams=True)
        async for piece in answer.body:
            yield piece

    async def download(
        self, action: str, params: Params | None, to: str | Path | BinaryIO, *, max_cost: int | None = None
    ) -> int:
        """Writes a download to a path or an open file and returns its size in bytes."""
        self._prepare_download(action, params)
        return await downloads.save(self.stream(action, params, max_cost=max_cost), to, self.driver)

    def _prepare_download(self, action: str, params: Params | None) -> PreparedRequest:
        call = calls.prepare(action, params)
        self._check_permitted(call.entry)
        if call.endpoint.media_type in ("application/json", "text/html"):
            raise InvalidParams(call.action, (Problem("", "Its answer is no file: call run"),))
        return call

    def _check_permitted(self, entry: Entry) -> None:
        """Raises `NotPermitted` unless the connection may run an action. Every way to run one comes through here."""
        permits = self.connection.permits
        if not permits.allows(entry):
            raise NotPermitted(permits.reason(entry), action=entry.qualified_name, connection=self.connection.name)

    async def _open(self) -> Channel:
        opened = self._channel
        return await self.driver.call(self._open_now) if opened is None else opened

    def _open_now(self) -> Channel:
        with self._lock:
            if self._channel is None:
                self._channel = Channel(
                    self.connection,
                    self.account,
                    timeout=self._timeout,
                    retry_policy=self._retry_policy,
                    clock=self._clock,
                    store=self._store,
                    driver=self.driver,
                    application=self._application,
                )
            return self._channel


def _connection(named: str | Connection | None, url: str | None, token: str | None) -> Connection:
    """Returns the connection that a client is for. Raises `UnknownConnection`, `UnusableConnection`, and `TypeError` for two at once."""
    if url is not None or token is not None:
        if named is not None or token is None:
            raise TypeError("A client takes the name of a connection, or a url with a token, or a token of Pipedrive")
        return connections.from_token(token, url)
    if named is None:
        named = LOCAL
    return connections.get_connection(named) if isinstance(named, str) else named


def _without_keeping(read: Read) -> Read:
    """Returns a method that does not keep what it is of: a client that nobody holds any more closes at once."""
    method = weakref.WeakMethod(read)

    def call(action: str, params: Params) -> Awaitable[Any]:
        found = method()
        assert found is not None
        return found(action, params)

    return call
