"""Sections 3 and 4: pairing, and what the lesser roles may do."""

from __future__ import annotations

import re

from suite.bench import SHORT, Bench
from suite.case import NotOffered, Skip, case, check, equal
from suite.shape import matches, some_text, unix_milliseconds
from suite.wire import JSON, Wire

SECTION = "3 Pairing"
CODE = re.compile(r"[ABCDEFGHJKMNPQRSTUVWXYZ23456789]{8}")


async def request(bench: Bench) -> tuple[Wire, JSON]:
    """A pending connection and the answer it got."""
    wire = await bench.socket()
    response = await wire.call("connect", {"user_id": bench.user})
    if not response["ok"]:
        if response["error"]["code"] == "RESOURCE_EXHAUSTED":
            raise Skip("too many pairing requests are pending; they lapse after an hour")
        raise NotOffered("connect without a credential is refused; pairing is not offered")
    return wire, response["payload"]


async def paired(bench: Bench, role: str) -> tuple[Wire, JSON]:
    """A connection of the case's user with this role, and the answer of the approval."""
    pending, payload = await request(bench)
    admin = await bench.connect(bench.other_user())
    approval = await admin.ok(
        "device.pair.approve",
        {
            "code": payload["pairing_code"].lower(),
            "userId": bench.user,
            "role": role,
        },
    )
    await pending.close()
    wire = await bench.socket()
    connected = await wire.ok("connect", {"sender_id": payload["sender_id"]})
    equal([connected["role"], connected["user_id"]], [role, bench.user], "role and user_id")
    return wire, approval["paired"]


@case("P01", SECTION, "without a credential connect answers with a pairing request")
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
    await wire.ok("health")
    matches(
        await wire.ok("browser.pairing.status", {"sender_id": payload["sender_id"]}),
        {"status": "pending"},
        "the pairing's status",
    )
    await wire.refused("UNAUTHORIZED", "sessions.list")
    second = await bench.socket()
    again = await second.ok("connect", {"sender_id": payload["sender_id"]})
    equal(again["pairing_code"], payload["pairing_code"], "the code on the second connection")


@case("P02", SECTION, "device.pair.list shows device_id, never sender_id; approve pairs, revoke closes with 1008")
async def life(bench: Bench) -> None:
    wire, approved = await paired(bench, "operator")
    matches(
        approved,
        {"device_id": some_text, "channel": some_text, "user_id": bench.user, "role": "operator"},
        "the approval",
    )
    admin = await bench.connect(bench.other_user())
    listed = await admin.ok("device.pair.list")
    check(approved["device_id"] in str(listed["paired"]), "the paired device is not listed")
    check("sender_id" not in str(listed), "the list shows a sender_id")
    await wire.ok("sessions.list")
    equal(await admin.ok("device.pair.revoke", {"deviceId": approved["device_id"]}), {"revoked": True}, "the payload")
    await wire.closes(1008)


@case("P03", SECTION, "viewers change nothing: FORBIDDEN", limit=60)
async def viewer(bench: Bench) -> None:
    wire, approved = await paired(bench, "viewer")
    key = bench.session()
    for method, params in (
        ("chat.send", {"message": SHORT}),
        ("chat.abort", {"sessionKey": key}),
        ("sessions.delete", {"key": key}),
        ("sessions.label", {"key": key, "label": "x"}),
    ):
        await wire.refused("FORBIDDEN", method, params)
    for method in ("status", "agent", "sessions.list", "models.list"):
        await wire.ok(method)
    admin = await bench.connect(bench.other_user())
    await admin.ok("device.pair.revoke", {"deviceId": approved["device_id"]})


@case("P04", SECTION, "operators see and touch their own objects only; others' are NOT_FOUND or FORBIDDEN", limit=60)
async def operator(bench: Bench) -> None:
    wire, approved = await paired(bench, "operator")
    admin = await bench.connect(bench.other_user())
    key = bench.session()
    run = (await bench.chat(admin, SHORT, sessionKey=key))["runId"]
    await wire.refused("NOT_FOUND", "chat.history", {"sessionKey": key})
    await wire.refused("NOT_FOUND", "chat.abort", {"runId": run})
    own = await bench.chat(wire, SHORT, sessionKey=key)
    check(own["runId"] != run, "the run is another user's")
    for method in ("device.pair.approve", "device.pair.revoke"):
        await wire.refused("FORBIDDEN", method, {"code": "ABCDEFGH", "deviceId": approved["device_id"]})
    await admin.ok("device.pair.revoke", {"deviceId": approved["device_id"]})


@case("P05", SECTION, "another user_id than the pairing's is FORBIDDEN")
async def bound_user(bench: Bench) -> None:
    pending_wire, payload = await request(bench)
    admin = await bench.connect(bench.other_user())
    approval = await admin.ok("device.pair.approve", {"code": payload["pairing_code"], "userId": bench.user})
    await pending_wire.close()
    wire = await bench.socket()
    await wire.refused("FORBIDDEN", "connect", {"sender_id": payload["sender_id"], "user_id": bench.other_user()})
    await admin.ok("device.pair.revoke", {"deviceId": approval["paired"]["device_id"]})
