"""An OpenAI-compatible model server on loopback that is controlled by the message.

The last user message consists of options: `pieces=20 pace=0.05` streams 20 pieces, one every 50 ms; ENDLESS never ends.
With `hold=3` the first answer to that message stops after its third piece until the case calls `go`. Without options
the answer is `ok` in one piece.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from dataclasses import dataclass, field

ENDLESS = "pieces=1000000 pace=0.05"


@dataclass
class Call:
    """One request to the model."""

    text: str
    # Progress: pieces sent, whether the answer is complete, whether the gateway disconnected before that.
    sent: int = 0
    done: bool = False
    left: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    # Set by the case to continue a held answer.
    go: asyncio.Event = field(default_factory=asyncio.Event)


class Model:
    def __init__(self) -> None:
        self.calls: list[Call] = []
        self._news = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def base_url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/v1"

    async def __aenter__(self) -> Model:
        self._server = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def asked(self, text: str) -> list[Call]:
        """The calls whose message contains this text."""
        return [call for call in self.calls if text in call.text]

    async def call(self, text: str, number: int = 1, *, pieces: int = 0, timeout: float = 60) -> Call:
        """Waits for the nth call with this text, and until it has sent this many pieces."""
        async with asyncio.timeout(timeout), self._news:
            while True:
                found = self.asked(text)
                if len(found) >= number and found[number - 1].sent >= pieces:
                    return found[number - 1]
                await self._news.wait()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = re.search(r"(?im)^content-length: *(\d+)", head)
                body = await reader.readexactly(int(length[1])) if length else b""
                if head.startswith("GET"):
                    listed = json.dumps({"object": "list", "data": [{"id": "m", "object": "model"}]}).encode()
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
                    writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(listed), listed))
                    await writer.drain()
                    continue
                await self._answer(json.loads(body), reader, writer)
                return
        writer.close()

    async def _answer(self, request: dict, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        users = [message for message in request["messages"] if message["role"] == "user"]
        content = users[-1]["content"]
        call = Call(content if isinstance(content, str) else "".join(part.get("text", "") for part in content))
        self.calls.append(call)
        await self._tell()
        words = dict(word.split("=", 1) for word in call.text.split() if "=" in word)
        pieces, pace = int(words.get("pieces", 1)), float(words.get("pace", 0))
        hold = int(words.get("hold", 0)) if len(self.asked(call.text)) == 1 else 0

        # The gateway sends nothing more: the end of its stream means that it has disconnected.
        async def watch() -> None:
            with contextlib.suppress(ConnectionError):
                while await reader.read(1024):
                    pass
            if not call.done:
                call.left = True
                call.ended.set()
                call.go.set()
                await self._tell()

        watching = asyncio.create_task(watch())
        try:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            for number in range(pieces):
                if call.left:
                    return
                text = f"{number} " if "pieces" in words else "ok"
                delta = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
                writer.write(f"data: {json.dumps(delta)}\n\n".encode())
                await writer.drain()
                call.sent += 1
                await self._tell()
                if call.sent == hold:
                    await call.go.wait()
                await asyncio.sleep(pace)
            end = {
                "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 1, "completion_tokens": pieces, "total_tokens": pieces + 1},
            }
            call.done = True
            writer.write(f"data: {json.dumps(end)}\n\ndata: [DONE]\n\n".encode())
            await writer.drain()
        except ConnectionError:
            call.done = False
            call.left = True
        finally:
            call.ended.set()
            await self._tell()
            watching.cancel()
            writer.close()
