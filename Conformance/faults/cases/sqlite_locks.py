"""Another process has the SQLite file open."""

from __future__ import annotations

import signal
import sqlite3

from suite.case import check, equal

from faults.gateway import SESSION, Gateway
from faults.model import ENDLESS
from faults.stage import Stage, fault, replay


def reader(gateway: Gateway) -> sqlite3.Connection:
    """A long read transaction, as of a backup tool or an interactive shell."""
    connection = sqlite3.connect(gateway.database, isolation_level=None)
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM runs").fetchone()
    return connection


@fault("sqlite-reader", "an open reader delays neither writes, nor SIGTERM, nor a start")
async def open_reader(stage: Stage) -> None:
    first = await stage.start()
    wire = await first.connect()
    await wire.ok("chat.send", {"message": "one"})
    held = reader(first)
    await wire.ok("chat.send", {"message": "two"})
    equal((await first.ready())[0], 200, "/ready beside a reader")
    equal(await first.terminate(), 0, "the status after SIGTERM beside a reader")
    second = await stage.start()
    wire = await second.connect()
    await wire.ok("chat.send", {"message": "three"})
    held.close()
    await replay(wire, runs=3)


@fault("sqlite-write-lock", "a held write lock: /ready is 503, messages are refused in time, SIGTERM ends")
async def held_lock(stage: Stage) -> None:
    gateway = await stage.start()
    wire = await gateway.connect()
    await wire.ok("chat.send", {"message": "one"})
    holder = sqlite3.connect(gateway.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    status, _ = await gateway.ready()
    equal(status, 503, "/ready while another process holds the write lock")
    error = await wire.refused("UNAVAILABLE", "chat.send", {"message": "two"})
    check(error.get("retryable") is True, "the refusal is not retryable")
    holder.execute("ROLLBACK")
    await gateway.becomes_ready(200)
    await wire.ok("chat.send", {"message": "three"})
    history = await wire.ok("chat.history", {"sessionKey": SESSION})
    asked = [message["content"] for message in history["messages"] if message["role"] == "user"]
    equal(asked, ["one", "three"], "the messages that were accepted")
    holder.execute("BEGIN IMMEDIATE")
    equal(await gateway.terminate(), 0, "the status after SIGTERM beside a held lock")
    holder.close()
    wire = await (await stage.start()).connect()
    await replay(wire, runs=2)


@fault("second-signal", "a second SIGTERM ends a gateway that drains, at once")
async def second_signal(stage: Stage) -> None:
    gateway = await stage.start(environment={"SWIFTCLAW_GATEWAY_DRAIN_TIMEOUT": "10m"})
    wire = await gateway.connect()
    await wire.start("chat.send", {"message": ENDLESS})
    await stage.model.call(ENDLESS, pieces=2)
    gateway.signal(signal.SIGTERM)
    await wire.find(lambda frame: frame.get("event") == "shutdown", "the shutdown event")
    gateway.signal(signal.SIGTERM)
    await gateway.ends()
    wire = await (await stage.start()).connect()
    await wire.ok("chat.abort", {"sessionKey": SESSION})
    await replay(wire, runs=1)
