"""Tenants and users that are suspended and erased while they have running runs."""

from __future__ import annotations

import sqlite3

from suite.case import equal
from suite.wire import Wire

from faults.gateway import Gateway
from faults.model import ENDLESS
from faults.stage import Stage, fault, replay, wire_ends, within


async def make(gateway: Gateway, tenant: str) -> None:
    async with gateway.http() as client:
        made = await client.post("/v1/tenants", json={"id": tenant, "name": tenant})
        equal(made.status_code, 201, f"POST /v1/tenants {made.text}")


async def talk(stage: Stage, wire: Wire, sessions: int) -> list[str]:
    """Starts one run in each session, and queues one behind it."""
    keys = [f"agent:default:ws:{number}" for number in range(sessions)]
    for key in keys:
        for _ in range(2):
            await wire.ok("chat.send", {"message": ENDLESS, "sessionKey": key, "wait": False})
    for number in range(sessions):
        await stage.model.call(ENDLESS, number + 1, pieces=1)
    return keys


async def left_alone(stage: Stage, sessions: int) -> None:
    """The gateway cancels all model calls, and starts none for the queued runs."""
    async with within("models are still read for somebody who was shut out"):
        for call in stage.model.asked(ENDLESS):
            await call.ended.wait()
    equal(len(stage.model.asked(ENDLESS)), sessions, "calls of the model")


def rows(gateway: Gateway, column: str, value: str) -> dict[str, int]:
    """Counts the rows of each table with this value in a column."""
    connection = sqlite3.connect(f"file:{gateway.database}?mode=ro", uri=True)
    found = {}
    tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for table in tables:
        if column in [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]:
            query = f"SELECT count(*) FROM {table} WHERE {column} = ?"
            if count := connection.execute(query, (value,)).fetchone()[0]:
                found[table] = count
    connection.close()
    return found


@fault("tenant-suspended", "a tenant suspended under load: its runs end as FORBIDDEN, others go on")
async def tenant_suspended(stage: Stage) -> None:
    gateway = await stage.start()
    await make(gateway, "acme")
    keys = await talk(stage, await gateway.connect("alice", tenant="acme"), 4)
    async with gateway.http() as client:
        changed = await client.patch("/v1/tenants/acme", json={"status": "suspended"})
        equal(changed.status_code, 200, f"PATCH /v1/tenants/acme {changed.text}")
    await left_alone(stage, 4)
    await (await gateway.connect()).ok("chat.send", {"message": "ours"})
    async with gateway.http() as client:
        changed = await client.patch("/v1/tenants/acme", json={"status": "active"})
        equal(changed.status_code, 200, f"PATCH /v1/tenants/acme {changed.text}")
    again = await gateway.connect("alice", tenant="acme")
    for key in keys:
        events = await replay(again, key, runs=2)
        codes = [event["payload"]["error"]["code"] for event in events if event["event"] == "run.failed"]
        equal(codes, ["FORBIDDEN", "FORBIDDEN"], f"the ends of the runs in {key}")


@fault("tenant-erased", "a tenant erased under load: its models are left, no row of it stays, others go on")
async def tenant_erased(stage: Stage) -> None:
    gateway = await stage.start()
    await make(gateway, "acme")
    await talk(stage, await gateway.connect("alice", tenant="acme"), 4)
    async with gateway.http() as client:
        gone = await client.delete("/v1/tenants/acme")
        equal(gone.status_code, 204, f"DELETE /v1/tenants/acme {gone.text}")
    await left_alone(stage, 4)
    await (await gateway.connect()).ok("chat.send", {"message": "ours"})
    equal(rows(gateway, "tenant_id", "acme"), {}, "rows of the erased tenant")


@fault("user-erased", "a user erased under load: an admin who watches sees the end of each run, no row stays")
async def user_erased(stage: Stage) -> None:
    gateway = await stage.start()
    keys = await talk(stage, await gateway.connect("bob"), 2)
    admin = await gateway.connect()
    for key in keys:
        await admin.ok("sessions.subscribe", {"sessionKey": key, "userId": "bob", "afterSeq": 0})
    async with gateway.http() as client:
        gone = await client.delete("/v1/users/bob")
        equal(gone.status_code, 204, f"DELETE /v1/users/bob {gone.text}")
    for key in keys:
        await wire_ends(admin, key, runs=2)
    await left_alone(stage, 2)
    await admin.ok("chat.send", {"message": "ours"})
    equal(rows(gateway, "user_id", "bob"), {}, "rows of the erased user")
