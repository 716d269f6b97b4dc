"""Connections to PostgreSQL hang: bytes are accepted, but nothing is returned."""

from __future__ import annotations

from suite.case import equal

from faults.model import ENDLESS
from faults.postgres import Postgres
from faults.relay import Relay
from faults.stage import Stage, fault, replay, within

SETTINGS = {
    "SWIFTCLAW_STORE_POSTGRES_STATEMENT_TIMEOUT": "3s",
    "SWIFTCLAW_STORE_POSTGRES_WAIT": "2s",
    "SWIFTCLAW_ENCRYPTION_KEY": "00112233445566778899aabbccddeeff" * 2,
}


@fault("postgres-half-dead", "open connections to PostgreSQL that fall silent are replaced, and all goes on")
async def half_dead(stage: Stage) -> None:
    async with Postgres(stage.folder / "postgres") as server, Relay(server.socket) as relay:
        gateway = await stage.start(environment={**SETTINGS, "SWIFTCLAW_POSTGRES_DSN": relay.dsn})
        wire = await gateway.connect()
        await wire.start("chat.send", {"message": "pieces=20 hold=3", "sessionKey": "agent:default:ws:running"})
        call = await stage.model.call("pieces=20", pieces=3)
        relay.silence_open()
        call.go.set()
        accepted = 0
        async with within("messages are not accepted again after connections fell silent"):
            while accepted < 2:
                answer = await wire.call("chat.send", {"message": "more", "sessionKey": "agent:default:ws:more"})
                accepted += answer["ok"] is True
        await gateway.becomes_ready(200)
        await replay(wire, "agent:default:ws:running", runs=1)
        equal(await gateway.terminate(), 0, "the status after SIGTERM")


@fault("postgres-silent", "PostgreSQL silent: /ready is 503, an abort stops the model, SIGTERM ends")
async def silent(stage: Stage) -> None:
    async with Postgres(stage.folder / "postgres") as server, Relay(server.socket) as relay:
        settings = {**SETTINGS, "SWIFTCLAW_POSTGRES_DSN": relay.dsn}
        gateway = await stage.start(environment=settings)
        wire = await gateway.connect()
        running = await wire.ok("chat.send", {"message": ENDLESS, "wait": False})
        call = await stage.model.call(ENDLESS, pieces=3)
        relay.silence_all()
        equal((await gateway.ready())[0], 503, "/ready while PostgreSQL is silent")
        await wire.start("chat.abort", {"runId": running["runId"]})
        async with within("the model is still read after the abort"):
            await call.ended.wait()
        relay.speak()
        await gateway.becomes_ready(200)
        events = await replay(wire, runs=1)
        equal(events[-1]["event"], "run.failed", "the end of the aborted run")
        await wire.ok("chat.send", {"message": "after"})
        relay.silence_all()
        await gateway.terminate()
        relay.speak()
        again = await stage.start(environment=settings)
        await replay(await again.connect(), runs=2)
