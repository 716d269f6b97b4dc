"""A TCP relay that can stop forwarding: it keeps reading, like a load balancer that lost its server."""

from __future__ import annotations

import asyncio
import contextlib


class Relay:
    def __init__(self, target: str) -> None:
        # The socket file of the server.
        self._target = target
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        # All connections so far, and those among them that are silenced.
        self._count = 0
        self._silent: set[int] = set()
        self._is_all_silent = False

    @property
    def dsn(self) -> str:
        """The DSN for reaching PostgreSQL through this relay."""
        assert self._server is not None
        return f"postgresql://postgres@127.0.0.1:{self._server.sockets[0].getsockname()[1]}/postgres"

    async def __aenter__(self) -> Relay:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for writer in self._writers:
            writer.close()

    def silence_open(self) -> None:
        """Silences all open connections; new ones work."""
        self._silent = set(range(1, self._count + 1))

    def silence_all(self) -> None:
        """Silences all connections, including new ones."""
        self._is_all_silent = True

    def speak(self) -> None:
        """Forwards buffered data and resumes all connections."""
        self._silent = set()
        self._is_all_silent = False

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._count += 1
        number = self._count
        self._writers.add(writer)
        try:
            other_reader, other_writer = await asyncio.open_unix_connection(self._target)
        except OSError:
            writer.close()
            return
        self._writers.add(other_writer)
        for source, target in ((reader, other_writer), (other_reader, writer)):
            task = asyncio.create_task(self._pass(number, source, target))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(self, number: int, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await source.read(65_536):
                while self._is_all_silent or number in self._silent:
                    await asyncio.sleep(0.02)
                target.write(data)
                await target.drain()
        target.close()
