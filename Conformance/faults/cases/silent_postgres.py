"""Connections to PostgreSQL fall silent: bytes are taken, and nothing comes back."""

from __future__ import annotations

from suite.case import check, equal

from faults.postgres import Postgres
from faults.relay import Relay
from faults.stage import Stage, fault, replay, within

SETTINGS = {
    "SWIFTCLAW_STORE_POSTGRES_STATEMENT_TIMEOUT": "3s",
    "SWIFTCLAW_STORE_POSTGRES_WAIT": "2s",
    "SWIFTCLAW_ENCRYPTION_KEY": "00112233445566778899aabbccddeeff" * 2,
}


@fault("postgres-half-dead", "open connections to PostgreSQL that fall silent are replaced, and all goes on", limit=150)
async def half_dead(stage: Stage) -> None:
    async with Postgres(stage.folder / "postgres") as server, Relay("127.0.0.1", server.port) as relay:
        gateway = await stage.start(environment={**SETTINGS, "SWIFTCLAW_POSTGRES_DSN": server.dsn(relay.port)})
        wire = await gateway.connect()
        await wire.start("chat.send", {"message": "pieces=60 pace=0.1", "sessionKey": "agent:default:ws:running"})
        await stage.model.call("pieces=60", pieces=3)
        relay.silence_open()
        accepted = 0
        async with within(60, "messages are not accepted again after connections fell silent"):
            while accepted < 2:
                answer = await wire.call("chat.send", {"message": "more", "sessionKey": "agent:default:ws:more"}, 60)
                accepted += answer["ok"] is True
        await gateway.becomes_ready(200, 30)
        await replay(wire, "agent:default:ws:running", runs=1, timeout=60)
        equal(await gateway.terminate(30), 0, "the status after SIGTERM")


@fault("postgres-silent", "PostgreSQL silent: /ready is 503, an abort stops the model, SIGTERM ends", limit=200)
async def silent(stage: Stage) -> None:
    async with Postgres(stage.folder / "postgres") as server, Relay("127.0.0.1", server.port) as relay:
        settings = {**SETTINGS, "SWIFTCLAW_POSTGRES_DSN": server.dsn(relay.port)}
        gateway = await stage.start(environment=settings)
        wire = await gateway.connect()
        running = await wire.ok("chat.send", {"message": "pieces=600 pace=0.1", "wait": False})
        call = await stage.model.call("pieces=600", pieces=3)
        relay.silence_all()
        equal((await gateway.ready(8))[0], 503, "/ready while PostgreSQL is silent")
        await wire.start("chat.abort", {"runId": running["runId"]})
        async with within(4, "the model was still read 4 s after the abort"):
            await call.ended.wait()
        check(call.left, "the model was read to its end although the run was aborted")
        relay.speak()
        await gateway.becomes_ready(200, 60)
        events = await replay(wire, runs=1, timeout=60)
        equal(events[-1]["event"], "run.failed", "the end of the aborted run")
        await wire.ok("chat.send", {"message": "after"}, timeout=60)
        relay.silence_all()
        await gateway.terminate(30)
        relay.speak()
        again = await stage.start(environment=settings)
        await replay(await again.connect(), runs=2, timeout=60)
