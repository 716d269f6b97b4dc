"""A real gateway process: starting, querying, stopping and killing it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import httpx
from suite.case import Failure, check
from suite.wire import JSON, Wire

TOKEN = "token-of-the-fault-run-0123456789"
SESSION = "agent:default:ws:main"
# Timeout of every wait, in seconds. Generous, since no case measures time: it has to pass on a slow machine.
PATIENCE = 60.0


class Gateway:
    """One process. `home` outlives it, so that another process can continue with its data."""

    def __init__(self, process: asyncio.subprocess.Process, home: Path, url: str, log: Path) -> None:
        self.process = process
        self.home = home
        self.url = url
        self._log = log
        self._wires: list[Wire] = []

    @property
    def database(self) -> Path:
        return self.home / "swiftclaw.db"

    @classmethod
    async def start(
        cls,
        binary: Path,
        home: Path,
        model_url: str,
        *,
        environment: dict[str, str] | None = None,
        launcher: list[str] | None = None,
        timeout: float = PATIENCE,
    ) -> Gateway:
        """Starts the binary and waits until it listens.

        `launcher` is a prefix of the command, such as `prlimit --nofile=200`.
        """
        home.mkdir(parents=True, exist_ok=True)
        log = home.parent / f"{home.name}.{time.monotonic_ns()}.log"
        settings = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "SWIFTCLAW_HOME": str(home),
            "SWIFTCLAW_PORT": "0",
            "SWIFTCLAW_LOG_FORMAT": "json",
            "SWIFTCLAW_GATEWAY_TOKEN": TOKEN,
            "SWIFTCLAW_OPENAI_BASE_URL": model_url,
            "SWIFTCLAW_OPENAI_API_KEY": "key",
            "SWIFTCLAW_MODEL": "m",
            "SWIFTCLAW_GATEWAY_DRAIN_TIMEOUT": "3s",
            **(environment or {}),
        }
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *(launcher or []), str(binary), "serve", env=settings, stdout=output, stderr=output, cwd=home
            )
        deadline = time.monotonic() + timeout
        while True:
            text = log.read_text(errors="replace")
            listening = next((line for line in text.splitlines() if '"message":"listening"' in line), "")
            if found := re.search(r"http://127\.0\.0\.1:\d+", listening):
                return cls(process, home, found[0], log)
            if process.returncode is not None or time.monotonic() > deadline:
                state = f"ended with {process.returncode}"
                if process.returncode is None:
                    state = f"does not listen within {timeout:g} s"
                    process.kill()
                    await process.wait()
                raise Failure(f"the gateway {state}:\n{text[-2000:]}")
            await asyncio.sleep(0.02)

    # Queries

    async def open(self) -> Wire:
        """An unauthenticated connection."""
        return await Wire.open(self.url.replace("http", "ws", 1) + "/ws", lambda _way, _text: None, patience=PATIENCE)

    async def connect(self, user: str = "owner", **params: object) -> Wire:
        wire = await self.open()
        self._wires.append(wire)
        await wire.ok("connect", {"token": TOKEN, "user_id": user, **params})
        return wire

    def http(self, **headers: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self.url,
            trust_env=False,
            timeout=PATIENCE,
            headers={"Authorization": f"Bearer {TOKEN}", **headers},
        )

    async def ready(self, timeout: float = 20) -> tuple[int, JSON]:
        """The response of `/ready`, with a timeout like a probe's."""
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=timeout) as client:
            try:
                response = await client.get("/ready")
            except httpx.TimeoutException:
                raise Failure(f"/ready is not answered within {timeout:g} s") from None
            return response.status_code, response.json()

    async def becomes_ready(self, status: int, timeout: float = PATIENCE) -> JSON:
        deadline = time.monotonic() + timeout
        while True:
            with contextlib.suppress(httpx.TransportError, Failure):
                answered, body = await self.ready()
                if answered == status:
                    return body
            check(time.monotonic() < deadline, f"/ready does not answer {status} within {timeout:g} s")
            await asyncio.sleep(0.05)

    def lines(self, message: str = "", level: str = "") -> list[dict[str, Any]]:
        """The log lines with this message and level."""
        found = []
        for line in self._log.read_text(errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                entry = json.loads(line)
                if message in entry.get("message", "") and level in entry.get("level", ""):
                    found.append(entry)
        return found

    # Ending

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    async def ends(self, timeout: float = PATIENCE) -> int:
        """The exit status; fails at the timeout."""
        try:
            async with asyncio.timeout(timeout):
                return await self.process.wait()
        except TimeoutError:
            raise Failure(f"the gateway still runs {timeout:g} s after it was to end") from None

    async def terminate(self, timeout: float = PATIENCE) -> int:
        self.signal(signal.SIGTERM)
        return await self.ends(timeout)

    async def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        for wire in self._wires:
            await wire.close()
