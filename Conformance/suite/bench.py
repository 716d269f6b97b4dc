"""The environment of a case: the server under test, a user of its own, and a record of all traffic."""

from __future__ import annotations

import contextlib
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from websockets.exceptions import InvalidStatus

from suite.wire import JSON, Wire

# Prompts for any model; with a real one the runs are short and cheap.
SHORT = "Say hello in one sentence."
COUNT = "count slowly to 5"
LONG = "count slowly to 100"
SUM = "what is 17 * 23?"


@dataclass(frozen=True)
class Target:
    url: str
    token: str
    # Timeout of one run; a real model is slower than a built-in one.
    run_seconds: float

    @property
    def websocket(self) -> str:
        return re.sub("^http", "ws", self.url) + "/ws"

    @property
    def port(self) -> int:
        parts = urlsplit(self.url)
        return parts.port or (443 if parts.scheme == "https" else 80)


class Bench:
    def __init__(self, target: Target, case_id: str) -> None:
        self.target = target
        self.user = f"conformance-{case_id}-{secrets.token_hex(6)}"
        self.transcript: list[str] = []
        self._began = time.monotonic()
        self._wires: list[Wire] = []
        self._users: set[str] = set()
        self._codes: set[str] = set()
        self._http: list[httpx.AsyncClient] = []

    @property
    def patience(self) -> float:
        return self.target.run_seconds

    # WebSocket

    async def socket(self, *, headers: dict[str, str] | None = None, query: str = "") -> Wire:
        """A new connection without any requests."""
        name = len(self._wires) + 1

        def log(direction: str, text: str) -> None:
            self.note(f"ws{name} {direction}", text)

        wire = await Wire.open(self.target.websocket + query, log, headers)
        self._wires.append(wire)
        return wire

    async def connect(self, user: str | None = None, **params: object) -> Wire:
        """An authenticated connection, by default of the case's own user."""
        wire = await self.socket()
        user = user or self.user
        self._users.add(user)
        await wire.ok("connect", {"token": self.target.token, "user_id": user, **params})
        return wire

    async def upgrade_status(self, *, headers: dict[str, str] | None = None, query: str = "") -> int:
        """The HTTP status of an upgrade's response."""
        try:
            await self.socket(headers=headers, query=query)
        except InvalidStatus as refusal:
            self.note("ws --", f"refused with {refusal.response.status_code}")
            return refusal.response.status_code
        return 101

    async def stranger(self, **params: object) -> tuple[Wire, JSON]:
        """Connects without a credential; returns the connection and the response. A pairing request is revoked at the
        end, since their number per network address is limited."""
        wire = await self.socket()
        response = await wire.call("connect", params)
        if response["ok"]:
            self._codes.add(response["payload"]["pairing_code"])
        return wire, response

    def acting_user(self) -> str:
        """The case's own user, whose sessions are deleted at the end."""
        self._users.add(self.user)
        return self.user

    def other_user(self) -> str:
        return f"{self.user}-{secrets.token_hex(3)}"

    def session(self, name: str = "main") -> str:
        return f"agent:default:conformance:{name}"

    async def chat(self, wire: Wire, message: str = SHORT, **params: object) -> JSON:
        """Sends a message and waits for the end of the run."""
        return await wire.ok("chat.send", {"message": message, **params}, timeout=self.patience)

    # HTTP

    def http(self, *, user: str | None = None, token: str | None = None) -> httpx.AsyncClient:
        """A client with the token; without one if it is empty."""
        user = user or self.user
        self._users.add(user)
        headers = {"X-SwiftClaw-User-Id": user}
        token = self.target.token if token is None else token
        if token:
            headers["Authorization"] = f"Bearer {token}"

        async def sent(request: httpx.Request) -> None:
            body = request.content.decode(errors="replace") if isinstance(request.stream, httpx.ByteStream) else "…"
            self.note("http ->", f"{request.method} {request.url.path} {body}")

        async def received(response: httpx.Response) -> None:
            kind = response.headers.get("content-type", "")
            body = "(stream)" if "event-stream" in kind else (await response.aread()).decode(errors="replace")
            self.note("http <-", f"{response.status_code} {kind} {body}")

        client = httpx.AsyncClient(
            base_url=self.target.url,
            headers=headers,
            timeout=self.patience,
            trust_env=False,
            event_hooks={"request": [sent], "response": [received]},
        )
        self._http.append(client)
        return client

    # Record

    def note(self, direction: str, text: str) -> None:
        text = text.replace(self.target.token, "<token>") if self.target.token else text
        if len(text) > 600:
            text = f"{text[:600]}… ({len(text)} characters)"
        self.transcript.append(f"{time.monotonic() - self._began:7.3f} {direction} {text}")

    async def finish(self) -> None:
        """Closes all connections and deletes the case's sessions."""
        for wire in self._wires:
            await wire.close()
        self._wires = []
        # Leftovers are harmless; a server that can't delete fails in other cases.
        with contextlib.suppress(Exception):
            await self._sweep()
        for wire in self._wires:
            await wire.close()
        for client in self._http:
            await client.aclose()

    async def _sweep(self) -> None:
        if self._codes:
            wire = await self.connect()
            for device in (await wire.ok("device.pair.list"))["pending"]:
                if device["code"] in self._codes:
                    await wire.call("device.pair.revoke", {"deviceId": device["device_id"]})
        for user in list(self._users):
            wire = await self.connect(user)
            listed: dict[str, Any] = await wire.ok("sessions.list", {"limit": 200})
            for session in listed["sessions"]:
                if session.get("userId", user) == user:
                    await wire.call("sessions.delete", {"key": session["key"]})
