"""Two versions of the program on one database: one writes events, options and fields unknown to the other.

One binary simulates both: a debug build with `SWIFTCLAW_WRITE_NEWER` writes the format of a later version.
"""

from __future__ import annotations

import json
import sqlite3

from suite.case import Skip, check, equal
from suite.wire import JSON, Wire

from faults.gateway import SESSION, Gateway
from faults.model import Model
from faults.postgres import Postgres
from faults.stage import ENDS, Stage, fault, judge, replay, wire_ends

NEWER = {"SWIFTCLAW_WRITE_NEWER": "1"}
# The type of events that only the newer version writes.
UNKNOWN = "future.event"


def names(events: list[JSON]) -> list[str]:
    return [event["event"] for event in events]


def needs_unknown(events: list[JSON]) -> None:
    if UNKNOWN not in names(events):
        raise Skip("this build writes nothing that it does not know; the case needs a debug build")


def rows(gateway: Gateway) -> set[tuple[object, ...]]:
    """All rows stored in a format of the program's own."""
    with sqlite3.connect(f"file:{gateway.database}?mode=ro", uri=True) as connection:
        found: set[tuple[object, ...]] = set()
        for query in (
            "SELECT 'event', session_id, seq, type, body FROM events",
            "SELECT 'message', id, seq, role, body FROM messages",
            "SELECT 'run', id, options, actor FROM runs",
            "SELECT 'job', id, schedule FROM cron_jobs",
        ):
            found |= set(connection.execute(query))
    connection.close()
    return found


async def asked(wire: Wire) -> list[str]:
    history = await wire.ok("chat.history", {"sessionKey": SESSION})
    return [message["content"].split()[0] for message in history["messages"] if message["role"] == "user"]


async def leave_behind(model: Model, wire: Wire) -> None:
    """Leaves one started run, and one queued behind it."""
    await wire.ok("chat.send", {"message": "second pieces=20 hold=3", "wait": False})
    await wire.ok("chat.send", {"message": "third", "wait": False})
    await model.call("second", pieces=3)
    await wire.event("chunk")


@fault("versions-in-turn", "an older version on a newer one's SQLite file: all is finished, shown and kept")
async def in_turn(stage: Stage) -> None:
    newer = await stage.start(environment=NEWER)
    wire = await newer.connect()
    await wire.ok("chat.send", {"message": "first"})
    needs_unknown(wire.events(SESSION))
    job = {"name": "job", "schedule": {"kind": "every", "everyMs": 3_600_000}, "message": "hourly"}
    await wire.ok("cron.create", job)
    await leave_behind(stage.model, wire)
    await newer.kill()
    seen = wire.events(SESSION)
    kept = rows(newer)
    check(sum("futureField" in str(row) for row in kept) >= 4, f"the newer version wrote nothing of its own: {kept}")

    older = await stage.start()
    wire = await older.connect()
    events = await replay(wire, runs=3)
    equal(events[: len(seen)], seen, "the events that the newer version has shown")
    await wire.ok("chat.send", {"message": "fourth"})
    equal(await asked(wire), ["first", "second", "third", "fourth"], "the messages")
    jobs = (await wire.ok("cron.list"))["jobs"]
    equal(jobs[0]["schedule"]["everyMs"], 3_600_000, "the schedule of the newer version's job")
    await wire.ok("cron.toggle", {"jobId": jobs[0]["id"], "enabled": False})
    equal(await older.terminate(), 0, "the status after SIGTERM")
    equal(len(kept - rows(older)), 0, "rows of the newer version that the older one changed")
    equal(older.lines(level="error"), [], "errors of the older version")

    wire = await (await stage.start(environment=NEWER)).connect()
    again = await replay(wire, runs=4)
    equal(again[: len(events)], events, "the events after the newer version came back")
    await wire.ok("chat.send", {"message": "fifth"})
    await replay(wire, runs=5)


async def stream(gateway: Gateway, session: str) -> str:
    """The text of a streamed completion over HTTP."""
    body = {"messages": [{"role": "user", "content": "over HTTP pieces=3"}], "stream": True}
    text = ""
    async with gateway.http(**{"X-SwiftClaw-Session": session}) as client:
        answer = await client.post("/v1/chat/completions", json=body)
    equal(answer.status_code, 200, f"the answer over HTTP {answer.text}")
    check(answer.text.rstrip().endswith("data: [DONE]"), f"the stream has no end: {answer.text}")
    for line in answer.text.splitlines():
        if line.startswith("data: {"):
            for choice in json.loads(line[6:])["choices"]:
                text += choice["delta"].get("content") or ""
    return text


@fault("versions-beside", "two versions on one PostgreSQL: each shows all of the other's events and finishes its runs")
async def beside(stage: Stage) -> None:
    async with Postgres(stage.folder / "postgres") as server:
        settings = {
            "SWIFTCLAW_POSTGRES_DSN": server.dsn,
            "SWIFTCLAW_ENCRYPTION_KEY": "00112233445566778899aabbccddeeff" * 2,
            "SWIFTCLAW_RUNS_LEASE": "3s",
        }
        newer = await stage.start(home=stage.folder / "newer", environment={**settings, **NEWER})
        # One run at a time on this node: the newer one runs the others.
        older = await stage.start(home=stage.folder / "older", environment={**settings, "SWIFTCLAW_LANES_MAIN": "1"})
        there = await newer.connect()
        watching = await older.connect()
        goclaw = await older.connect(dialect="goclaw")

        # Live delivery.
        await there.ok("chat.send", {"message": "first"})
        needs_unknown(there.events(SESSION))
        await wire_ends(watching, SESSION, runs=1)
        shown = watching.events(SESSION)
        equal(shown, there.events(SESSION), "the newer version's events as the older one shows them")
        judge(shown, runs=1)
        last = shown[-1]["seq"]
        await goclaw.find(lambda frame: frame.get("seq") == last, "the last event in the goclaw dialect")
        named = [(event["seq"], event["payload"]["type"]) for event in goclaw.frames if event.get("event") == "agent"]
        equal(named, [(event["seq"], event["event"]) for event in shown], "the events in the goclaw dialect")

        # A message and a request to the older node that the newer one answers.
        held = await watching.start(
            "chat.send", {"message": "held pieces=3 hold=1", "sessionKey": "agent:default:held"}
        )
        call = await stage.model.call("held", pieces=1)
        answer = await watching.ok("chat.send", {"message": "asked here", "sessionKey": "agent:default:ws:other"})
        equal(answer["content"], "ok", "the answer of the newer version")
        equal(await stream(older, "agent:default:http"), "0 1 2 ", "the text of the newer version over HTTP")
        for session in ("agent:default:ws:other", "agent:default:http"):
            events = await replay(await older.connect(), session, runs=1)
            check(UNKNOWN in names(events), f"the older version ran what it had no room for in {session}")
        call.go.set()
        equal((await watching.answer(held))["ok"], True, "the answer of the older version")

        # The newer node dies, the older one finishes the run.
        await leave_behind(stage.model, there)
        await newer.kill()
        events = await replay(await older.connect(), runs=3)
        equal(events[: len(shown)], shown, "the events after the newer version has gone")

        # The older node stops in the middle, the newer one continues.
        again = await stage.start(home=stage.folder / "newer", environment={**settings, **NEWER})
        await watching.ok("chat.send", {"message": "fourth pieces=3 hold=1", "wait": False})
        await stage.model.call("fourth", pieces=1)
        await older.terminate()
        there = await again.connect()
        events = await replay(there, runs=4)
        equal(names(events).count(ENDS[0]), 4, "the runs that completed")
        equal(await asked(there), ["first", "second", "third", "fourth"], "the messages")
        for gateway in (newer, older, again):
            equal(gateway.lines(level="error"), [], "errors")
