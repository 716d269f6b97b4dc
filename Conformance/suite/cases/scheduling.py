"""Section 4: cron."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from suite.bench import Bench
from suite.case import case, check, equal
from suite.runs import judge_events, judge_order
from suite.shape import matches, some_text, unix_milliseconds
from suite.wire import JSON, Wire

SECTION = "4 Scheduling"
JOB = {
    "id": some_text,
    "name": some_text,
    "agentId": some_text,
    "userId": some_text,
    "enabled": bool,
    "schedule": {"kind": ("at", "every", "cron")},
    "message": str,
    "deliver": bool,
    "misfire": ("skip", "once"),
    "state": {
        "nextRunAtMs?": (None, unix_milliseconds),
        "lastRunAtMs?": (None, unix_milliseconds),
        "lastStatus?": (None, some_text),
        "lastError?": (None, str),
    },
    "createdAtMs": unix_milliseconds,
    "updatedAtMs": unix_milliseconds,
}
DAILY = {"kind": "cron", "expr": "0 3 * * *", "tz": "Europe/Berlin"}
HOURLY = {"kind": "every", "everyMs": 3_600_000}


def job(schedule: JSON, **fields: Any) -> JSON:
    return {"name": "conformance", "schedule": schedule, "message": "Say hello.", **fields}


@contextlib.asynccontextmanager
async def created(wire: Wire, schedule: JSON, **fields: Any) -> AsyncIterator[JSON]:
    """A job that is deleted afterwards."""
    made: JSON = (await wire.ok("cron.create", job(schedule, **fields)))["job"]
    try:
        yield made
    finally:
        await wire.call("cron.delete", {"jobId": made["id"]})


async def listed(wire: Wire, job_id: str, **params: Any) -> JSON | None:
    payload = await wire.ok("cron.list", params)
    matches(payload, {"jobs": [JOB]}, "the list")
    return next((each for each in payload["jobs"] if each["id"] == job_id), None)


@case("K01", SECTION, "cron.create, list, toggle and delete")
async def life(bench: Bench) -> None:
    wire = await bench.connect()
    payload = await wire.ok("cron.create", job(DAILY))
    matches(payload, {"job": JOB}, "the payload")
    made = payload["job"]
    equal(made["schedule"], DAILY, "the schedule")
    equal(
        [made["userId"], made["agentId"], made["enabled"], made["deliver"], made["misfire"]],
        [bench.user, "default", True, False, "skip"],
        "userId, agentId, enabled, deliver and misfire",
    )
    check(made["state"]["nextRunAtMs"] > time.time() * 1000, "nextRunAtMs is in the past")
    equal(await listed(wire, made["id"]), made, "the job in the list")
    off = await wire.ok("cron.toggle", {"jobId": made["id"], "enabled": False})
    matches(off, {"jobId": made["id"], "enabled": False, "nextRunAtMs?": None}, "the payload of cron.toggle")
    equal(await listed(wire, made["id"], includeDisabled=False), None, "a disabled job among the enabled ones")
    shown = await listed(wire, made["id"])
    equal(shown["enabled"] if shown else None, False, "enabled in the list")
    on = await wire.ok("cron.toggle", {"jobId": made["id"], "enabled": True})
    matches(on, {"jobId": made["id"], "enabled": True, "nextRunAtMs": unix_milliseconds}, "the payload of cron.toggle")
    equal(on["nextRunAtMs"], made["state"]["nextRunAtMs"], "nextRunAtMs after the job was enabled again")
    equal(await wire.ok("cron.delete", {"jobId": made["id"]}), {"deleted": True}, "the payload of cron.delete")
    equal(await listed(wire, made["id"]), None, "a deleted job in the list")
    await wire.refused("NOT_FOUND", "cron.delete", {"jobId": made["id"]})


@case("K02", SECTION, "a schedule that can't be is INVALID_REQUEST, of every kind")
async def bad_schedules(bench: Bench) -> None:
    wire = await bench.connect()
    now = int(time.time() * 1000)
    kinds: list[object] = [
        {"kind": "at"},
        {"kind": "at", "atMs": "soon"},
        {"kind": "at", "atMs": now - 3_600_000},
        {"kind": "at", "atMs": -1},
        {"kind": "at", "atMs": now + 0.5},
        {"kind": "every"},
        {"kind": "every", "everyMs": 999},
        {"kind": "every", "everyMs": 0},
        {"kind": "every", "everyMs": -60_000},
        {"kind": "every", "everyMs": "60000"},
        {"kind": "cron"},
        {"kind": "cron", "expr": ""},
        {"kind": "cron", "expr": "61 * * * *"},
        {"kind": "cron", "expr": "* 24 * * *"},
        {"kind": "cron", "expr": "* * 0 * *"},
        {"kind": "cron", "expr": "* * * 13 *"},
        {"kind": "cron", "expr": "* * * * 8"},
        {"kind": "cron", "expr": "* * *"},
        {"kind": "cron", "expr": "* * * * * *"},
        {"kind": "cron", "expr": "*/0 * * * *"},
        {"kind": "cron", "expr": "5-1 * * * *"},
        {"kind": "cron", "expr": "1,, * * * *"},
        {"kind": "cron", "expr": "@sometimes"},
        {"kind": "cron", "expr": "0 0 30 feb *"},
        {"kind": "cron", "expr": "0 3 * * *", "tz": "Mars/Base"},
        {"kind": "cron", "expr": "0 3 * * *", "tz": "../../etc/passwd"},
        {"kind": "cron", "expr": "0 3 * * *", "tz": 1},
        {"kind": "sometimes"},
        {},
        "0 3 * * *",
        None,
    ]
    for schedule in kinds:
        await wire.refused("INVALID_REQUEST", "cron.create", {**job({}), "schedule": schedule})
    # An admin's list has the jobs of all users.
    jobs = [job for job in (await wire.ok("cron.list"))["jobs"] if job["userId"] == bench.user]
    equal(jobs, [], "the user's jobs after all these refusals")


@case("K03", SECTION, "an unknown job is NOT_FOUND; what is missing or of a wrong type is INVALID_REQUEST")
async def unknown(bench: Bench) -> None:
    wire = await bench.connect()
    await wire.refused("NOT_FOUND", "cron.toggle", {"jobId": "no-such-job", "enabled": True})
    await wire.refused("NOT_FOUND", "cron.delete", {"jobId": "no-such-job"})
    await wire.refused("NOT_FOUND", "cron.create", job(HOURLY, agentId="no-such-agent"))
    for method, params in (
        ("cron.create", {"schedule": HOURLY, "message": "x"}),
        ("cron.create", {"name": "x", "message": "x"}),
        ("cron.create", {"name": "x", "schedule": HOURLY}),
        ("cron.create", job(HOURLY, name="")),
        ("cron.create", job(HOURLY, name=7)),
        ("cron.create", job(HOURLY, message=" ")),
        ("cron.create", job(HOURLY, misfire="always")),
        ("cron.create", job(HOURLY, deliver="yes")),
        ("cron.toggle", {"jobId": "x"}),
        ("cron.toggle", {"enabled": True}),
        ("cron.toggle", {"jobId": "x", "enabled": "yes"}),
        ("cron.delete", {}),
        ("cron.list", {"includeDisabled": 1}),
    ):
        await wire.refused("INVALID_REQUEST", method, params)


@case("K04", SECTION, "each kind of schedule says when it comes next; cron by the clocks of its zone")
async def next_times(bench: Bench) -> None:
    wire = await bench.connect()
    now = int(time.time() * 1000)
    async with created(wire, {"kind": "at", "atMs": now + 86_400_000}) as made:
        equal(made["schedule"], {"kind": "at", "atMs": now + 86_400_000}, "the schedule")
        equal(made["state"]["nextRunAtMs"], now + 86_400_000, "nextRunAtMs of at")
    async with created(wire, HOURLY) as made:
        late = made["state"]["nextRunAtMs"] - now - 3_600_000
        check(-1000 <= late <= 10_000, f"an hourly job comes {late} ms beside an hour from now")
    for zone in ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"):
        async with created(wire, {"kind": "cron", "expr": "15 12 * * *", "tz": zone}) as made:
            local = datetime.now(ZoneInfo(zone))
            expected = local.replace(hour=12, minute=15, second=0, microsecond=0)
            if expected <= local:
                expected = (local + timedelta(days=1)).replace(hour=12, minute=15, second=0, microsecond=0)
            equal(made["state"]["nextRunAtMs"], int(expected.timestamp() * 1000), f"nextRunAtMs in {zone}")


@case("K05", SECTION, "cron expressions have names, ranges, steps, lists and words; without tz it is UTC")
async def expressions(bench: Bench) -> None:
    wire = await bench.connect()
    for expr in ("0 9 * * mon-fri", "*/15 8-18 1,15 JAN-DEC *", "@hourly", "@daily", "@weekly", "@monthly", "0 0 29 2 *"):
        async with created(wire, {"kind": "cron", "expr": expr}) as made:
            following = datetime.fromtimestamp(made["state"]["nextRunAtMs"] / 1000, tz=ZoneInfo("UTC"))
            check(following > datetime.now(ZoneInfo("UTC")), f"{expr} comes in the past: {following}")
            equal([following.second, following.microsecond], [0, 0], f"the seconds of the next time of {expr}")
            if expr.startswith("0 9"):
                equal([following.hour, following.minute], [9, 0], "hour and minute in UTC")
                check(following.weekday() < 5, f"{following} is no day of mon-fri")
            elif expr == "0 0 29 2 *":
                equal([following.month, following.day], [2, 29], "month and day")


@case("K06", SECTION, "a job runs a turn of its agent in a session of its own, with source cron", limit=60)
async def fires(bench: Bench) -> None:
    wire = await bench.connect()
    async with created(wire, {"kind": "every", "everyMs": 1000}, message="what is 17 * 23?") as made:
        index = await wire.event("run.started", timeout=10)
        started = wire.frames[index]["payload"]
        equal([started["source"], started["agentId"]], ["cron", "default"], "source and agentId")
        await wire.run_end(started["runId"], timeout=bench.patience)
        # The ledger may be updated a moment after the run's last event.
        shown = await listed(wire, made["id"])
    key = started["sessionKey"]
    check(key.startswith("agent:default:") and key != "agent:default:ws:main", f"the session is {key}")
    judge_events(wire.events(key), first=1)
    judge_order([event for event in wire.events(key) if event["payload"]["runId"] == started["runId"]])
    messages = (await wire.ok("chat.history", {"sessionKey": key}))["messages"]
    equal(messages[0]["content"], "what is 17 * 23?", "the first message of the job's session")
    check(shown is not None and shown["state"].get("lastRunAtMs"), "lastRunAtMs is not set after a run")
    check(shown is not None and shown["state"].get("lastStatus"), "lastStatus is not set after a run")


@case("K07", SECTION, "a job that is done once is not enabled any more, or gone; disabled and deleted jobs do not run", limit=60)
async def once(bench: Bench) -> None:
    wire = await bench.connect()
    async with created(wire, {"kind": "at", "atMs": int(time.time() * 1000) + 1500}) as made:
        index = await wire.event("run.started", timeout=15)
        run = wire.frames[index]["payload"]["runId"]
        await wire.run_end(run, timeout=bench.patience)
        shown = await listed(wire, made["id"])
        if shown is not None:
            check(not shown["state"].get("nextRunAtMs"), "a job for one time has a next time after it")
    start = len(wire.frames)
    async with created(wire, {"kind": "every", "everyMs": 1000}) as made:
        await wire.ok("cron.toggle", {"jobId": made["id"], "enabled": False})
        await wire.silence(0.5)
        begun = len([frame for frame in wire.frames[start:] if frame.get("event") == "run.started"])
        await wire.silence(2.5)
        after = [frame for frame in wire.frames[start:] if frame.get("event") == "run.started"]
        equal(len(after), begun, "the number of runs of a disabled job")
