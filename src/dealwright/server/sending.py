"""Sends answers to the ASGI server: small ones at once, large ones piece by piece, files as they are read."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial

from dealwright.server import responses
from dealwright.server.errors import HttpError
from dealwright.server.requests import Request, Send
from dealwright.server.responses import Response
from dealwright.server.waiting_answers import PIECE_BYTES, WaitingAnswers


class AnswerSender:
    """Sends the answers of one process. Files are read in ``threads``."""

    def __init__(self, threads: ThreadPoolExecutor, max_waiting_bytes: int) -> None:
        self._threads = threads
        self._waiting_answers = WaitingAnswers(max_waiting_bytes)

    async def send(self, request: Request, response: Response, send: Send) -> int:
        """Sends the answer to a request, or a refusal instead of it; returns the status of what was sent."""
        if len(response.body) > PIECE_BYTES and response.rest is None and request.method != "HEAD":
            return await self._send_large(request, response, send)
        await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
        body = b"" if request.method == "HEAD" else response.body
        await send({"type": "http.response.body", "body": body, "more_body": response.rest is not None})
        if response.rest is not None:
            await self._send_rest(response.rest, send)
        return response.status

    async def _send_large(self, request: Request, response: Response, send: Send) -> int:
        """Sends an answer piece by piece; instead of one to a GET a refusal when its client does not take those before."""
        size = 0 if response.is_shared else len(response.body)
        if request.method == "GET":
            try:
                self._waiting_answers.check(request.client, size)
            except HttpError as error:
                response = responses.refusal(error, request.path, request.correlation_id)
        with self._waiting_answers.waiting(request.client, size):
            await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
            body = memoryview(response.body)
            for start in range(0, len(body), PIECE_BYTES):
                piece = body[start : start + PIECE_BYTES]
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        return response.status

    async def _send_rest(self, rest: Iterator[bytes], send: Send) -> None:
        """Sends a file chunk by chunk; each is read in a thread when the one before has been sent."""
        loop, context = asyncio.get_running_loop(), copy_context()
        while chunk := await loop.run_in_executor(self._threads, context.run, partial(next, rest, b"")):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
