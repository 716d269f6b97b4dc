"""Section 3: pairing, and revocation of paired connections."""

from __future__ import annotations

import asyncio
import re
import time

from suite.bench import LONG, SHORT, Bench
from suite.case import NotOffered, Skip, case, check, equal
from suite.cases.sessions import gone
from suite.shape import matches, positive, some_text, unix_milliseconds
from suite.wire import JSON, Wire

SECTION = "3 Pairing"
CODE = re.compile(r"[ABCDEFGHJKMNPQRSTUVWXYZ23456789]{8}")
PAIRED = {
    "device_id": some_text,
    "channel": some_text,
    "chat_id": str,
    "user_id": some_text,
    "role": ("operator", "viewer"),
    "paired_at": unix_milliseconds,
    "paired_by": some_text,
}
PENDING = {
    "code": some_text,
    "device_id": some_text,
    "channel": some_text,
    "chat_id": str,
    "account_id": str,
    "remote": some_text,
    "created_at": unix_milliseconds,
    "expires_at": unix_milliseconds,
}


async def request(bench: Bench) -> tuple[Wire, JSON]:
    """A pending connection and its response."""
    wire, response = await bench.stranger(user_id=bench.user)
    if not response["ok"]:
        if response["error"]["code"] == "RESOURCE_EXHAUSTED":
            raise Skip("too many pairing requests are pending; they lapse after an hour")
        raise NotOffered("connect without a credential is refused; pairing is not offered")
    return wire, response["payload"]


async def paired(bench: Bench, role: str) -> tuple[Wire, JSON, str]:
    """A connection of the case's user with this role, the response to the approval, and the device's secret."""
    pending, payload = await request(bench)
    admin = await bench.connect(bench.other_user())
    code = payload["pairing_code"].lower()
    approval = await admin.ok("device.pair.approve", {"code": code, "userId": bench.user, "role": role})
    await pending.close()
    wire = await bench.socket()
    connected = await wire.ok("connect", {"sender_id": payload["sender_id"]})
    equal([connected["role"], connected["user_id"]], [role, bench.user], "role and user_id")
    return wire, approval["paired"], payload["sender_id"]


async def revoke(bench: Bench, device: JSON) -> None:
    admin = await bench.connect(bench.other_user())
    equal(await admin.ok("device.pair.revoke", {"deviceId": device["device_id"]}), {"revoked": True}, "the payload")


@case("P01", SECTION, "without a credential connect answers with a pairing request", group="pairing")
async def pending(bench: Bench) -> None:
    wire, payload = await request(bench)
    matches(
        payload,
        {
            "protocol": 3,
            "status": "pending_pairing",
            "pairing_code": lambda code: bool(CODE.fullmatch(str(code))),
            "sender_id": some_text,
            "expires_at": unix_milliseconds,
            "server": {"name": some_text, "version": some_text},
        },
        "the payload",
    )
    left = payload["expires_at"] / 1000 - time.time()
    check(3500 < left <= 3605, f"the code lapses in {left:.0f} s, expected 60 min")
    check(len(payload["sender_id"]) >= 22, "sender_id is too short for 128 bits of randomness")
    second = await bench.socket()
    again = await second.ok("connect", {"sender_id": payload["sender_id"]})
    equal(again["pairing_code"], payload["pairing_code"], "the code on the second connection")
    equal(again["status"], "pending_pairing", "the status on the second connection")


@case(
    "P02",
    SECTION,
    "a paired device comes in with its role and user; device.pair.list shows it, and never its sender_id",
    group="pairing",
)
async def life(bench: Bench) -> None:
    wire, approved, sender = await paired(bench, "operator")
    matches(approved, {**PAIRED, "user_id": bench.user, "role": "operator"}, "the approval")
    admin = await bench.connect(bench.other_user())
    listed = await admin.ok("device.pair.list")
    matches(listed, {"pending": [PENDING], "paired": [PAIRED]}, "the list")
    check(approved["device_id"] in [device["device_id"] for device in listed["paired"]], "the device is not listed")
    check(sender not in str(listed) and "sender_id" not in str(listed), "the list shows a sender_id")
    await wire.ok("sessions.list")
    await revoke(bench, approved)
    again = await bench.connect(bench.other_user())
    listed = await again.ok("device.pair.list")
    check(approved["device_id"] not in str(listed), "a revoked device is still listed")


@case("P03", SECTION, "viewers change nothing: FORBIDDEN", limit=60, group="pairing")
async def viewer(bench: Bench) -> None:
    wire, approved, _ = await paired(bench, "viewer")
    key = bench.session()
    job = {"name": "x", "schedule": {"kind": "every", "everyMs": 60_000}, "message": "x"}
    for method, params in (
        ("chat.send", {"message": SHORT}),
        ("chat.abort", {"sessionKey": key}),
        ("sessions.delete", {"key": key}),
        ("sessions.label", {"key": key, "label": "x"}),
        ("cron.create", job),
        ("cron.delete", {"jobId": "x"}),
        ("cron.toggle", {"jobId": "x", "enabled": True}),
        ("device.pair.request", {"senderId": "x", "channel": "x"}),
        ("device.pair.approve", {"code": "ABCDEFGH"}),
        ("device.pair.list", {}),
        ("device.pair.revoke", {"deviceId": approved["device_id"]}),
    ):
        await wire.refused("FORBIDDEN", method, params)
    for method in ("status", "agent", "sessions.list", "models.list", "skills.list", "cron.list"):
        await wire.ok(method)
    await gone(wire, key)
    await wire.ok("sessions.subscribe", {"sessionKey": key})
    await revoke(bench, approved)


@case(
    "P04", SECTION, "operators see and touch their own objects only; others' look as if there were none", limit=60,
    group="pairing",
)  # fmt: skip
async def operator(bench: Bench) -> None:
    wire, approved, _ = await paired(bench, "operator")
    admin = await bench.connect(bench.other_user())
    key = bench.session()
    run = (await bench.chat(admin, SHORT, sessionKey=key))["runId"]
    job = {"name": "x", "schedule": {"kind": "every", "everyMs": 3_600_000}, "message": "x"}
    theirs = (await admin.ok("cron.create", job))["job"]
    await gone(wire, key)
    equal((await wire.ok("sessions.list"))["sessions"], [], "the sessions of an operator who has none")
    await wire.refused("NOT_FOUND", "chat.abort", {"runId": run})
    await wire.refused("NOT_FOUND", "sessions.delete", {"key": key})
    equal((await wire.ok("cron.list"))["jobs"], [], "the jobs of an operator who has none")
    for method, params in (
        ("cron.delete", {"jobId": theirs["id"]}),
        ("cron.toggle", {"jobId": theirs["id"], "enabled": False}),
    ):
        await wire.refused("NOT_FOUND", method, params)
    own = await bench.chat(wire, SHORT, sessionKey=key)
    check(own["runId"] != run, "the run is another user's")
    mine = (await wire.ok("cron.create", job))["job"]
    equal(mine["userId"], bench.user, "userId of the operator's job")
    await wire.ok("cron.delete", {"jobId": mine["id"]})
    await admin.ok("cron.delete", {"jobId": theirs["id"]})
    for method in ("device.pair.approve", "device.pair.revoke"):
        await wire.refused("FORBIDDEN", method, {"code": "ABCDEFGH", "deviceId": approved["device_id"]})
    await revoke(bench, approved)


@case("P05", SECTION, "another user_id than the pairing's is FORBIDDEN", group="pairing")
async def bound_user(bench: Bench) -> None:
    pending_wire, payload = await request(bench)
    admin = await bench.connect(bench.other_user())
    approval = await admin.ok("device.pair.approve", {"code": payload["pairing_code"], "userId": bench.user})
    await pending_wire.close()
    wire = await bench.socket()
    await wire.refused("FORBIDDEN", "connect", {"sender_id": payload["sender_id"], "user_id": bench.other_user()})
    await wire.refused("UNAUTHORIZED", "status")
    await revoke(bench, approval["paired"])


@case("P06", SECTION, "a pending connection may only call browser.pairing.status, health and connect", group="pairing")
async def pending_calls(bench: Bench) -> None:
    wire, payload = await request(bench)
    await wire.ok("health")
    status = await wire.ok("browser.pairing.status", {"sender_id": payload["sender_id"]})
    equal(status, {"status": "pending"}, "the pairing's status")
    for method, params in (
        ("status", {}),
        ("sessions.list", {}),
        ("chat.send", {"message": "x"}),
        ("device.pair.list", {}),
        ("device.pair.approve", {"code": payload["pairing_code"]}),
        ("cron.list", {}),
        ("no.such.method", {}),
    ):
        await wire.refused("UNAUTHORIZED", method, params)
    again = await wire.ok("connect", {"sender_id": payload["sender_id"]})
    equal(again["pairing_code"], payload["pairing_code"], "the code of a second connect")


@case(
    "P07",
    SECTION,
    "on approval a pending connection gets device.pair.resolved, and a connect on it comes in",
    group="pairing",
)
async def resolved(bench: Bench) -> None:
    admin = await bench.connect(bench.other_user())
    wire, payload = await request(bench)

    def requested(frame: JSON) -> bool:
        return frame.get("event") == "device.pair.requested" and payload["pairing_code"] in str(frame)

    await admin.find(requested, "event device.pair.requested for an admin")
    approval = await admin.ok("device.pair.approve", {"code": payload["pairing_code"], "userId": bench.user})
    index = await wire.event("device.pair.resolved")
    check("seq" not in wire.frames[index], "device.pair.resolved has a seq")
    status = await wire.ok("browser.pairing.status", {"sender_id": payload["sender_id"]})
    equal(status, {"status": "approved"}, "the pairing's status")
    connected = await wire.ok("connect", {"sender_id": payload["sender_id"]})
    equal([connected["role"], connected["user_id"]], ["operator", bench.user], "role and user_id")
    matches(connected, {"connection_id": some_text, "limits": {"max_frame_bytes": positive}}, "the payload")
    await wire.ok("status")
    await wire.refused("FAILED_PRECONDITION", "connect", {"sender_id": payload["sender_id"]})
    await revoke(bench, approval["paired"])


@case(
    "P08",
    SECTION,
    "revoking a device closes its connections within a second (1008); its run ends, with FORBIDDEN if it had steps to go",
    group="pairing",
)
async def revocation(bench: Bench) -> None:
    wire, approved, sender = await paired(bench, "operator")
    second = await bench.socket()
    await second.ok("connect", {"sender_id": sender})
    admin = await bench.connect(bench.other_user())
    key = bench.session()
    await admin.ok("sessions.subscribe", {"sessionKey": key, "afterSeq": 0, "userId": bench.user})
    run = (await wire.ok("chat.send", {"message": "count slowly to 8", "sessionKey": key, "wait": False}))["runId"]
    await wire.event(("chunk", "run.completed"), run=run, timeout=bench.patience)
    began = time.monotonic()
    await admin.ok("device.pair.revoke", {"deviceId": approved["device_id"]})
    await asyncio.gather(wire.closes(1008), second.closes(1008))
    took = time.monotonic() - began
    check(took < 1, f"the connections were closed after {took:.2f} s, expected less than 1 s")
    end = await admin.run_end(run, timeout=bench.patience)
    if end["event"] != "run.completed":
        equal(
            [end["event"], end["payload"]["error"]["code"]], ["run.failed", "FORBIDDEN"], "the end of the device's run"
        )
    again = await bench.socket()
    await again.refused("UNAUTHORIZED", "connect", {"sender_id": sender})
    await again.closes(1008)
    status = await admin.ok("browser.pairing.status", {"sender_id": sender})
    equal(status, {"status": "expired"}, "the pairing's status")
    await admin.refused("NOT_FOUND", "device.pair.revoke", {"deviceId": approved["device_id"]})


@case("P09", SECTION, "a code is good once, in any case of letters; wrong codes and roles are refused", group="pairing")
async def codes(bench: Bench) -> None:
    wire, payload = await request(bench)
    admin = await bench.connect(bench.other_user())
    code = payload["pairing_code"]
    for wrong in ("", code[:-1], code + "2", "IIIIIIII"):
        await admin.refused("NOT_FOUND", "device.pair.approve", {"code": wrong})
    for role in ("admin", "root"):
        await admin.refused("INVALID_REQUEST", "device.pair.approve", {"code": code, "role": role})
    await admin.refused("INVALID_REQUEST", "device.pair.approve", {})
    approval = await admin.ok("device.pair.approve", {"code": code.lower(), "userId": bench.user})
    equal(approval["paired"]["role"], "operator", "the role if none is named")
    await admin.refused("NOT_FOUND", "device.pair.approve", {"code": code})
    await wire.close()
    await revoke(bench, approval["paired"])


@case("P10", SECTION, "3 pending requests a network address; a fourth is RESOURCE_EXHAUSTED", group="pairing")
async def cap(bench: Bench) -> None:
    strangers = [await request(bench) for _ in range(3)]
    codes = {payload["pairing_code"] for _, payload in strangers}
    equal(len(codes), 3, "the number of different codes")
    equal(len({payload["sender_id"] for _, payload in strangers}), 3, "the number of different sender_ids")
    fourth, response = await bench.stranger(user_id=bench.user)
    equal(response["ok"], False, "ok of the fourth")
    equal(response["error"]["code"], "RESOURCE_EXHAUSTED", "the code of the fourth")
    check(response["error"].get("retryAfterMs", 0) > 0, "retryAfterMs is not set")
    # A pending device is not counted twice; a rejection frees its slot and closes its connection.
    again = await fourth.ok("connect", {"sender_id": strangers[0][1]["sender_id"]})
    equal(again["status"], "pending_pairing", "the status")
    admin = await bench.connect(bench.other_user())
    for device in (await admin.ok("device.pair.list"))["pending"]:
        if device["code"] == strangers[1][1]["pairing_code"]:
            await admin.ok("device.pair.revoke", {"deviceId": device["device_id"]})
    await strangers[1][0].closes(1008)
    await request(bench)


@case("P11", SECTION, "device.pair.request gives a code for a channel's sender, which is hidden and opens no socket",
      group="pairing")  # fmt: skip
async def channel_sender(bench: Bench) -> None:
    wire, approved, _ = await paired(bench, "operator")
    admin = await bench.connect(bench.other_user())
    name = f"sender-{bench.user}"
    asked = await wire.ok("device.pair.request", {"senderId": name, "channel": "conformance", "chatId": "c1"})
    matches(
        asked,
        {"code": lambda code: bool(CODE.fullmatch(str(code))), "expiresAtMs": unix_milliseconds},
        "the payload",
    )
    mine, all_of_them = await wire.ok("device.pair.list"), await admin.ok("device.pair.list")
    check(asked["code"] not in str(mine), "a code is shown to an operator")
    found = [device for device in all_of_them["pending"] if device["code"] == asked["code"]]
    equal([[device["channel"], device["chat_id"]] for device in found], [["conformance", "c1"]], "the listed request")
    check(name not in str(all_of_them), "the list shows a senderId")
    done = await admin.ok("device.pair.approve", {"code": asked["code"], "userId": bench.user, "role": "viewer"})
    matches(done["paired"], {**PAIRED, "channel": "conformance", "role": "viewer"}, "the approval")
    socket = await bench.socket()
    await socket.refused("UNAUTHORIZED", "connect", {"sender_id": name})
    by_name = {"senderId": name, "channel": "conformance"}
    equal(await admin.ok("device.pair.revoke", by_name), {"revoked": True}, "the payload")
    await revoke(bench, approved)


@case("P12", SECTION, "a device's run is watched by its user's connections alone; a viewer hears it too", limit=60,
      group="pairing")  # fmt: skip
async def viewer_watches(bench: Bench) -> None:
    wire, approved, _ = await paired(bench, "viewer")
    own, stranger = await bench.connect(), await bench.connect(bench.other_user())
    key = bench.session()
    run = (await own.ok("chat.send", {"message": LONG, "sessionKey": key, "wait": False}))["runId"]
    await wire.event(("chunk", "run.completed"), run=run, timeout=bench.patience)
    await wire.refused("FORBIDDEN", "chat.abort", {"runId": run})
    await own.ok("chat.abort", {"runId": run})
    for each in (wire, own):
        await each.run_end(run)
    equal(wire.events(key), own.events(key), "the events that the viewer got")
    equal(stranger.events(), [], "the events that another admin got unasked")
    history = await wire.ok("chat.history", {"sessionKey": key})
    equal(history["messages"][0]["content"], LONG, "the history that the viewer reads")
    await revoke(bench, approved)
