"""The asynchronous client with the surface of the other one, so that the same tests prove the same rules of both."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any, TypeVar

from dealwright.connectors import AsyncClient, Budget

T = TypeVar("T")


class ClientOfTasks:
    """Runs every call as a task of one event loop, in a thread of its own."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._client = AsyncClient(*arguments, **options)
        self._session = self._client._session
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def __enter__(self) -> ClientOfTasks:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    @property
    def connection(self) -> Any:
        return self._client.connection

    @property
    def budget(self) -> Budget:
        return self._wait(self._client.read_budget())

    def close(self) -> None:
        self._wait(self._client.close())

    def run(self, *arguments: Any, **options: Any) -> Any:
        return self._wait(self._client.run(*arguments, **options))

    def request(self, *arguments: Any, **options: Any) -> Any:
        return self._wait(self._client.request(*arguments, **options))

    def download(self, *arguments: Any, **options: Any) -> int:
        return self._wait(self._client.download(*arguments, **options))

    def iterate(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        return self._each(self._client.iterate(*arguments, **options))

    def stream(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        return self._each(self._client.stream(*arguments, **options))

    def _each(self, items: AsyncIterator[Any]) -> Iterator[Any]:
        missing = object()
        while (item := self._wait(_next_or(items, missing))) is not missing:
            yield item

    def _wait(self, running: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(running, self._loop).result()


async def _next_or(items: AsyncIterator[Any], missing: object) -> Any:
    async for item in items:
        return item
    return missing
