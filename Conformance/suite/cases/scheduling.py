"""Section 4: cron."""

from __future__ import annotations

import time

from suite.bench import Bench
from suite.case import case, check, equal
from suite.shape import matches, some_text, unix_milliseconds
from suite.wire import JSON

SECTION = "4 Scheduling"
JOB = {
    "id": some_text,
    "name": some_text,
    "agentId": some_text,
    "userId": some_text,
    "enabled": bool,
    "schedule": {"kind": ("at", "every", "cron")},
    "message": str,
    "state": dict,
    "createdAtMs": unix_milliseconds,
    "updatedAtMs": unix_milliseconds,
}
DAILY = {"kind": "cron", "expr": "0 3 * * *", "tz": "Europe/Berlin"}


def job(schedule: JSON) -> JSON:
    return {"name": "conformance", "schedule": schedule, "message": "Say hello."}


@case("K01", SECTION, "cron.create, list, toggle and delete")
async def life(bench: Bench) -> None:
    wire = await bench.connect()
    payload = await wire.ok("cron.create", job(DAILY))
    matches(payload, {"job": JOB}, "the payload")
    created = payload["job"]
    equal(created["schedule"], DAILY, "the schedule")
    check(created["state"]["nextRunAtMs"] > time.time() * 1000, "nextRunAtMs is in the past")
    listed = await wire.ok("cron.list")
    matches(listed, {"jobs": [JOB]}, "the list")
    check(any(each["id"] == created["id"] for each in listed["jobs"]), "the job is not listed")
    off = await wire.ok("cron.toggle", {"jobId": created["id"], "enabled": False})
    matches(off, {"jobId": created["id"], "enabled": False}, "the payload of cron.toggle")
    active = await wire.ok("cron.list", {"includeDisabled": False})
    check(all(each["id"] != created["id"] for each in active["jobs"]), "a disabled job is listed")
    equal(await wire.ok("cron.delete", {"jobId": created["id"]}), {"deleted": True}, "the payload of cron.delete")
    await wire.refused("NOT_FOUND", "cron.delete", {"jobId": created["id"]})


@case("K02", SECTION, "a schedule that can't be is INVALID_REQUEST")
async def bad_schedules(bench: Bench) -> None:
    wire = await bench.connect()
    await wire.ok("cron.list")
    for schedule in (
        {"kind": "every", "everyMs": 999},
        {"kind": "cron", "expr": "61 * * * *"},
        {"kind": "cron", "expr": "* * *"},
        {"kind": "cron", "expr": "0 3 * * *", "tz": "Mars/Base"},
        {"kind": "sometimes"},
        {},
    ):
        await wire.refused("INVALID_REQUEST", "cron.create", job(schedule))


@case("K03", SECTION, "an unknown job is NOT_FOUND")
async def unknown(bench: Bench) -> None:
    wire = await bench.connect()
    await wire.refused("NOT_FOUND", "cron.toggle", {"jobId": "no-such-job", "enabled": True})
    await wire.refused("NOT_FOUND", "cron.delete", {"jobId": "no-such-job"})
