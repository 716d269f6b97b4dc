"""Unauthenticated clients use up sockets and descriptors."""

from __future__ import annotations

import asyncio
import contextlib

from suite.case import check, equal

from faults.gateway import Gateway
from faults.stage import Stage, fault, replay, within


async def idle_sockets(gateway: Gateway, count: int) -> list[asyncio.StreamWriter]:
    """Connections that send nothing."""
    port = int(gateway.url.rsplit(":", 1)[1])
    opened = []
    for _ in range(count):
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(2):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            opened.append(writer)
    return opened


@fault("descriptors", "few descriptors, many idle sockets of strangers: people are served and probes answered")
async def descriptors(stage: Stage) -> None:
    gateway = await stage.start(launcher=["prlimit", "--nofile=200:200", "--"])
    wire = await gateway.connect()
    sockets = await idle_sockets(gateway, 400)
    async with within("a person's message is not answered while strangers hold sockets"):
        await wire.ok("chat.send", {"message": "one"})
    async with gateway.http() as client:
        equal((await client.get("/health")).status_code, 200, "/health while strangers hold sockets")
    again = await gateway.connect()
    await again.ok("chat.send", {"message": "two"})
    for writer in sockets:
        writer.close()
    await replay(again, runs=2)


@fault("upgrade-with-body", "an upgrade request whose body never comes does not hold its socket")
async def upgrade_body(stage: Stage) -> None:
    gateway = await stage.start(environment={"SWIFTCLAW_GATEWAY_CONNECT_TIMEOUT": "1s"})
    head = (
        b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nContent-Length: 5\r\n\r\n"
    )
    port = int(gateway.url.rsplit(":", 1)[1])
    readers = []
    for _ in range(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        readers.append(reader)
    async with within("sockets of upgrade requests without their body stay open"):
        for reader in readers:
            with contextlib.suppress(ConnectionError):
                while await reader.read(4096):
                    pass


@fault("stranger-flood", "strangers that flood connect are refused, learn of no tenant, and hold nobody up")
async def flood(stage: Stage) -> None:
    gateway = await stage.start()
    wire = await gateway.connect()
    stop = asyncio.Event()
    codes: set[str] = set()
    answers: dict[str, set[str]] = {"default": set(), "nobody": set()}

    async def stranger(tenant: str) -> None:
        while not stop.is_set():
            with contextlib.suppress(Exception):
                other = await gateway.open()
                for _ in range(5):
                    response = await other.call("connect", {"tenant": tenant})
                    if response["ok"]:
                        codes.add(response["payload"]["pairing_code"])
                        break
                    answers[tenant].add(response["error"]["code"])
                await other.close()

    strangers = [asyncio.create_task(stranger(tenant)) for tenant in ("default", "nobody") * 4]
    try:
        for number in range(20):
            async with within("a person's message waits for strangers"):
                await wire.ok("chat.send", {"message": f"message {number}"})
        async with within("no stranger was refused"):
            while not all(answers.values()):
                await asyncio.sleep(0.01)
    finally:
        stop.set()
        for task in strangers:
            task.cancel()
        await asyncio.gather(*strangers, return_exceptions=True)
    check(len(codes) <= 3, f"one address has {len(codes)} pending pairings")
    check("NOT_FOUND" not in answers["nobody"], "a stranger learns that a tenant does not exist")
    await replay(wire, runs=20)
