"""One WebSocket connection that records every frame in order of arrival."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.typing import Origin

from suite.case import Failure, NotOffered, check, short
from suite.shape import matches

JSON = dict[str, Any]

CODES = {
    "INVALID_REQUEST",
    "UNAUTHORIZED",
    "FORBIDDEN",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "AGENT_TIMEOUT",
    "UNAVAILABLE",
    "INTERNAL",
}
# Default timeout for a frame in seconds.
PATIENCE = 10.0


class RequestFailed(Failure):
    """A call returned an error where success was expected."""


class Wire:
    def __init__(self, socket: ClientConnection, log: Callable[[str, str], None], patience: float = PATIENCE) -> None:
        self.socket = socket
        self.patience = patience
        # All received frames, parsed, in order; `arrived` has their times.
        self.frames: list[JSON] = []
        self.arrived: list[float] = []
        self._log = log
        self._ids = itertools.count(1)
        self._news = asyncio.Condition()
        self._ended = False
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def open(
        cls,
        url: str,
        log: Callable[[str, str], None],
        headers: dict[str, str] | None = None,
        patience: float = PATIENCE,
    ) -> Wire:
        log("--", f"open {url.partition('?')[0]} {headers or ''}".rstrip())
        headers = dict(headers or {})
        origin = headers.pop("Origin", None)
        socket = await connect(
            url,
            additional_headers=headers,
            origin=Origin(origin) if origin is not None else None,
            max_size=None,
            max_queue=None,
            compression=None,
            ping_interval=None,
            proxy=None,
            open_timeout=patience,
            close_timeout=5,
            user_agent_header="conformance",
        )
        return cls(socket, log, patience)

    # Receiving

    async def _read(self) -> None:
        problem: dict[str, Any]
        with contextlib.suppress(ConnectionClosed):
            async for message in self.socket:
                self._log("<-", message if isinstance(message, str) else repr(message))
                try:
                    frame = json.loads(message)
                except ValueError:
                    frame = None
                problem = {"type": "not JSON or not an object", "raw": message}
                async with self._news:
                    self.frames.append(frame if isinstance(frame, dict) else problem)
                    self.arrived.append(time.monotonic())
                    self._news.notify_all()
        self._log("--", f"closed {self.socket.close_code} {self.socket.close_reason!r}")
        async with self._news:
            self._ended = True
            self._news.notify_all()

    async def find(
        self, wanted: Callable[[JSON], bool], what: str, *, start: int = 0, timeout: float | None = None
    ) -> int:
        """Waits for the first matching frame from index `start` on; returns its index."""
        timeout = self.patience if timeout is None else timeout
        position = start
        try:
            async with asyncio.timeout(timeout), self._news:
                while True:
                    while position < len(self.frames):
                        if wanted(self.frames[position]):
                            return position
                        position += 1
                    check(not self._ended, f"the connection was closed ({self.closed_with()}) before {what}")
                    await self._news.wait()
        except TimeoutError:
            raise Failure(f"no {what} within {timeout:g} s") from None

    async def silence(self, seconds: float = 0.3) -> None:
        """Waits for frames that must not arrive."""
        await asyncio.sleep(seconds)

    def closed_with(self) -> str:
        return f"{self.socket.close_code} {self.socket.close_reason or ''}".strip()

    async def closes(self, code: int, timeout: float | None = None) -> None:
        """Expects the server to close with this code."""
        timeout = self.patience if timeout is None else timeout
        try:
            async with asyncio.timeout(timeout):
                await self.socket.wait_closed()
                await self._reader
        except TimeoutError:
            raise Failure(f"the connection is still open after {timeout:g} s, expected close {code}") from None
        check(self.socket.close_code == code, f"closed with {self.closed_with()}, expected {code}")

    # Sending

    async def send_text(self, text: str) -> None:
        self._log("->", text)
        with contextlib.suppress(ConnectionClosed):
            await self.socket.send(text)

    async def send(self, frame: object) -> None:
        await self.send_text(json.dumps(frame, ensure_ascii=False))

    async def send_bytes(self, data: bytes) -> None:
        self._log("->", f"binary message of {len(data)} bytes")
        with contextlib.suppress(ConnectionClosed):
            await self.socket.send(data)

    def send_frame(self, opcode: int, data: bytes, *, fin: bool = True, rsv1: bool = False, mask: bool = True) -> None:
        """Sends a raw frame, bypassing the library's checks."""
        self._log("->", f"frame opcode={opcode} fin={fin} rsv1={rsv1} masked={mask} {short(data, 80)}")
        self.socket.transport.write(Frame(Opcode(opcode), data, fin=fin, rsv1=rsv1).serialize(mask=mask))

    def send_octets(self, octets: bytes) -> None:
        self._log("->", f"octets {octets.hex(' ')}")
        self.socket.transport.write(octets)

    # Calls

    async def start(self, method: str, params: JSON | None = None) -> int:
        """Sends a request and returns its id."""
        request_id = next(self._ids)
        frame = {"type": "req", "id": request_id, "method": method}
        await self.send(frame if params is None else {**frame, "params": params})
        return request_id

    async def answer(self, request_id: str | int | None, timeout: float | None = None, *, start: int = 0) -> JSON:
        """Waits for the response with this id and checks its shape."""

        def wanted(frame: JSON) -> bool:
            got = frame.get("id", "none")
            return frame.get("type") == "res" and type(got) is type(request_id) and got == request_id

        index = await self.find(wanted, f"response with id {request_id!r}", start=start, timeout=timeout)
        return self.judged(self.frames[index])

    @staticmethod
    def judged(response: JSON) -> JSON:
        if response.get("ok") is True:
            matches(response, {"payload": dict}, "the response")
            check("error" not in response, f"a successful response has an error: {short(response)}")
        else:
            error = {
                "code": str,
                "message": str,
                "details?": object,
                "retryable?": bool,
                "retryAfterMs?": int,
            }
            matches(response, {"ok": False, "error": error}, "the response")
            check(response["error"]["code"] in CODES, f"{response['error']['code']!r} is no code of the contract")
        return response

    async def call(self, method: str, params: JSON | None = None, timeout: float | None = None) -> JSON:
        return await self.answer(await self.start(method, params), timeout)

    async def ok(self, method: str, params: JSON | None = None, timeout: float | None = None) -> JSON:
        """The payload of a call that must succeed."""
        response = await self.call(method, params, timeout)
        if not response["ok"]:
            if is_unknown_method(response):
                raise NotOffered(f"the server does not know the method {method}")
            raise RequestFailed(f"{method} failed: {response['error']['code']}: {response['error']['message']}")
        payload: JSON = response["payload"]
        return payload

    async def refused(self, code: str, method: str, params: JSON | None = None, timeout: float | None = None) -> JSON:
        """The error of a call that must be rejected with this code."""
        response = await self.call(method, params, timeout)
        check(not response["ok"], f"{method} {short(params)} succeeded, expected {code}")
        if is_unknown_method(response):
            raise NotOffered(f"the server does not know the method {method}")
        error: JSON = response["error"]
        check(error["code"] == code, f"{method} {short(params)} answered {error['code']}, expected {code}")
        return error

    # Events

    def events(self, session: str | None = None, start: int = 0) -> list[JSON]:
        """The run events received so far, of one session or of all."""
        return [
            frame
            for frame in self.frames[start:]
            if frame.get("type") == "event"
            and "seq" in frame
            and (session is None or frame.get("payload", {}).get("sessionKey") == session)
        ]

    async def event(
        self, name: str | tuple[str, ...], *, run: str | None = None, start: int = 0, timeout: float | None = None
    ) -> int:
        """Waits for the first matching event; returns its index."""
        names = (name,) if isinstance(name, str) else name

        def wanted(frame: JSON) -> bool:
            return frame.get("event") in names and (run is None or frame.get("payload", {}).get("runId") == run)

        return await self.find(wanted, f"event {' or '.join(names)}", start=start, timeout=timeout)

    async def subscription(self) -> int:
        """The index of the subscription's response. Events before it come from automatic delivery."""
        return await self.find(lambda frame: "headSeq" in (frame.get("payload") or {}), "a subscription's response")

    async def run_end(self, run: str | None = None, *, start: int = 0, timeout: float | None = None) -> JSON:
        return self.frames[await self.event(("run.completed", "run.failed"), run=run, start=start, timeout=timeout)]

    async def close(self) -> None:
        with contextlib.suppress(Exception):
            await self.socket.close()
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader


def is_unknown_method(response: JSON) -> bool:
    error = response.get("error") or {}
    return error.get("code") == "INVALID_REQUEST" and "unknown method" in str(error.get("message"))
