"""Runs actions by name on a named connection, on an event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Unpack, cast

from dealwright.connectors.answers import Answer
from dealwright.connectors.budget import Account, Budget
from dealwright.connectors.calls import Params, PreparedRequest
from dealwright.connectors.connections import Connection
from dealwright.connectors.driver import Asynchronous
from dealwright.connectors.session import Session
from dealwright.connectors.typed.methods import Methods

if TYPE_CHECKING:
    from dealwright.connectors.typed.action_names import Action
    from dealwright.connectors.typed.options import ClientOptions
    from dealwright.connectors.typed.v1 import AsyncV1
    from dealwright.connectors.typed.v2 import AsyncV2


class AsyncClient:
    """Runs actions on one connection from the tasks of one event loop: what `Client` is for threads, by the same rules and options.

    async with AsyncClient("sales") as sales:
        deal = (await sales.v2.deals.get(7))["data"]
        async for person in sales.v2.persons.iterate(owner_id=3):
            ...
    """

    def __init__(
        self,
        connection_name: str | Connection | None = None,
        *,
        url: str | None = None,
        token: str | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        """Looks the connection up. Raises `UnknownConnection` and `UnusableConnection`."""
        self._session = Session(Asynchronous(), connection_name, url=url, token=token, **options)

    def __repr__(self) -> str:
        return self._session.describe(type(self).__name__)

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the open connection and files. A later call opens them anew."""
        await self._session.close()

    @property
    def connection(self) -> Connection:
        """The connection that actions are run on."""
        return self._session.connection

    @property
    def account(self) -> Account:
        """What books the requests."""
        return self._session.account

    async def read_budget(self) -> Budget:
        """Returns the tokens spent today, and those that are left according to the service. Raises `UnusableConnection`."""
        return await self._session.read_budget()

    @property
    def v1(self) -> AsyncV1:
        """The actions of v1 as methods."""
        return cast("AsyncV1", Methods(self, "v1"))

    @property
    def v2(self) -> AsyncV2:
        """The actions of v2 as methods."""
        return cast("AsyncV2", Methods(self, "v2"))

    async def run(
        self,
        action: Action,
        params: Params | None = None,
        *,
        max_cost: int | None = None,
        idempotency_key: str | None = None,
        found_by: str | None = None,
        names: bool | None = None,
    ) -> Any:
        """Runs an action and returns the body of the answer, as `Client.run` does."""
        answer = await self.request(
            action, params, max_cost=max_cost, idempotency_key=idempotency_key, found_by=found_by, names=names
        )
        return answer.body

    def iterate(
        self, action: Action, params: Params | None = None, *, max_cost: int | None = None, names: bool | None = None
    ) -> AsyncIterator[Any]:
        """Yields every item of a list, as `Client.iterate` does."""
        return self._session.walk(action, params, max_cost=max_cost, names=names)

    def stream(
        self, action: Action, params: Params | None = None, *, max_cost: int | None = None
    ) -> AsyncIterator[bytes]:
        """Yields the bytes of a download as they come, as `Client.stream` does."""
        return self._session.stream(action, params, max_cost=max_cost)

    async def download(
        self,
        action: Action,
        params: Params | None,
        to: str | Path | BinaryIO,
        *,
        max_cost: int | None = None,
    ) -> int:
        """Writes a download to a path or an open file and returns its size in bytes, as `Client.download` does."""
        return await self._session.download(action, params, to, max_cost=max_cost)

    async def prepare(self, action: str, params: Params | None = None) -> PreparedRequest:
        """Returns the request that `request` would send, as `Client.prepare` does."""
        return await self._session.prepare(action, params)

    async def request(
        self,
        action: str,
        params: Params | None = None,
        *,
        max_cost: int | None = None,
        idempotency_key: str | None = None,
        found_by: str | None = None,
        headers: Mapping[str, str] | None = None,
        names: bool | None = None,
    ) -> Answer:
        """Runs an action and returns the whole answer: status, headers and body, as `Client.request` does."""
        return await self._session.request(
            action,
            params,
            max_cost=max_cost,
            idempotency_key=idempotency_key,
            found_by=found_by,
            headers=headers,
            names=names,
        )
