"""Section 3: connect."""

from __future__ import annotations

import asyncio
import time

from suite.bench import Bench
from suite.case import Failure, Skip, case, check, equal
from suite.shape import matches, positive, some_text

SECTION = "3 Connect"


@case("C01", SECTION, "the gateway token gives the role admin; the payload has the contract's form")
async def success(bench: Bench) -> None:
    wire = await bench.socket()
    payload = await wire.ok(
        "connect",
        {
            "token": bench.target.token,
            "user_id": bench.user,
            "client": {"name": "conformance", "version": "1"},
            "protocol": 3,
        },
    )
    matches(
        payload,
        {
            "protocol": 3,
            "role": "admin",
            "user_id": bench.user,
            "tenant": "default",
            "connection_id": some_text,
            "server": {"name": some_text, "version": some_text},
            "limits": {"max_frame_bytes": positive, "max_queue_bytes": positive},
        },
        "the payload",
    )
    other = await bench.socket()
    again = await other.ok("connect", {"token": bench.target.token, "user_id": bench.user})
    check(again["connection_id"] != payload["connection_id"], "two connections have one connection_id")


@case("C02", SECTION, "without user_id the gateway token acts as `owner`")
async def default_user(bench: Bench) -> None:
    wire = await bench.socket()
    payload = await wire.ok("connect", {"token": bench.target.token})
    equal(payload.get("user_id"), "owner", "user_id")


@case("C03", SECTION, "a wrong credential: UNAUTHORIZED, then close 1008")
async def wrong_token(bench: Bench) -> None:
    wire = await bench.socket()
    await wire.refused("UNAUTHORIZED", "connect", {"token": bench.target.token + "x", "user_id": bench.user})
    await wire.closes(1008)


@case("C04", SECTION, "connect must be the first request: all else is UNAUTHORIZED")
async def not_connected(bench: Bench) -> None:
    wire = await bench.socket()
    for method, params in (
        ("chat.send", {"message": "x"}),
        ("chat.history", {"sessionKey": bench.session()}),
        ("status", {}),
        ("sessions.list", {}),
        ("sessions.subscribe", {"sessionKey": bench.session()}),
        ("agent", {}),
    ):
        await wire.refused("UNAUTHORIZED", method, params)


@case("C05", SECTION, "a second connect is FAILED_PRECONDITION and changes nothing")
async def second(bench: Bench) -> None:
    wire = await bench.connect()
    other = bench.other_user()
    await wire.refused("FAILED_PRECONDITION", "connect", {"token": bench.target.token, "user_id": other})
    await wire.refused("FAILED_PRECONDITION", "connect", {"token": "wrong"})
    await wire.ok("status")


@case("C06", SECTION, "another protocol than 3 is FAILED_PRECONDITION and names the supported versions")
async def protocol(bench: Bench) -> None:
    wire = await bench.socket()
    for version in (2, 4, 99):
        error = await wire.refused("FAILED_PRECONDITION", "connect", {"token": bench.target.token, "protocol": version})
        named = f"{error['message']} {error.get('details')}"
        check("3" in named, f"the error does not name version 3: {named}")
    await wire.ok("connect", {"token": bench.target.token, "user_id": bench.user, "protocol": 3})


@case("C07", SECTION, "user_id has 1 to 255 bytes and no control characters")
async def user_id(bench: Bench) -> None:
    token = bench.target.token
    for bad in ("", "x" * 256, "é" * 128, "a\nb", "a\u0000b", "a\u007fb"):
        # A new connection for each: a server may limit the attempts per connection.
        wire = await bench.socket()
        await wire.refused("INVALID_REQUEST", "connect", {"token": token, "user_id": bad})
    payload = await wire.ok("connect", {"token": token, "user_id": "é" * 127 + "x"})
    equal(payload["user_id"], "é" * 127 + "x", "user_id")


@case("C08", SECTION, "parameters of a wrong type are INVALID_REQUEST and authenticate nobody")
async def wrong_types(bench: Bench) -> None:
    wire = await bench.socket()
    for params in (
        {"token": 1},
        {"token": bench.target.token, "user_id": 7},
        {"token": [bench.target.token]},
        {"token": bench.target.token, "protocol": "3"},
    ):
        await wire.refused("INVALID_REQUEST", "connect", params)
    await wire.refused("UNAUTHORIZED", "status")


@case("C09", SECTION, "a credential that is nearly right is wrong")
async def near_misses(bench: Bench) -> None:
    token = bench.target.token
    for near in (token[:-1], token.swapcase()):
        if near == token:
            continue
        wire = await bench.socket()
        await wire.refused("UNAUTHORIZED", "connect", {"token": near})
        await wire.closes(1008)


@case(
    "C10",
    SECTION,
    "after 10 failures in a minute further ones are answered after a growing delay with retryAfterMs; "
    "a right credential always passes",
    limit=60,
    last=True,
)
async def throttled(bench: Bench) -> None:
    delayed = 0
    for attempt in range(1, 16):
        wire = await bench.socket()
        began = time.monotonic()
        error = await wire.refused("UNAUTHORIZED", "connect", {"token": f"guess-{attempt}"}, timeout=30)
        took = time.monotonic() - began
        bench.note("--", f"attempt {attempt}: {took * 1000:.0f} ms, retryAfterMs {error.get('retryAfterMs')}")
        if error.get("retryAfterMs", 0) > 0:
            delayed += 1
        await wire.close()
        if delayed >= 2:
            break
    began = time.monotonic()
    await bench.connect()
    check(time.monotonic() - began < 2, "a right credential was held back too")
    check(delayed >= 2, "15 wrong credentials in a row, and none was answered with retryAfterMs")


@case("C11", SECTION, "without any credential: a pairing request, or UNAUTHORIZED where pairing is not offered", group="pairing")
async def without_credential(bench: Bench) -> None:
    wire, response = await bench.stranger(user_id=bench.user)
    if response["ok"]:
        equal(response["payload"].get("status"), "pending_pairing", "the status")
    else:
        check(response["error"]["code"] in ("UNAUTHORIZED", "RESOURCE_EXHAUSTED"), "the server runs open")
    await wire.refused("UNAUTHORIZED", "chat.send", {"message": "x"})


@case("C12", SECTION, "an empty token is no credential that opens anything", group="pairing")
async def empty_token(bench: Bench) -> None:
    wire, response = await bench.stranger(token="", user_id=bench.user)
    if response["ok"]:
        equal(response["payload"].get("status"), "pending_pairing", "the status")
    else:
        equal(response["error"]["code"], "UNAUTHORIZED", "the code")
    await wire.refused("UNAUTHORIZED", "sessions.list")


@case("C13", SECTION, "many connections at once are all answered")
async def many(bench: Bench) -> None:
    wires = await asyncio.gather(*(bench.connect() for _ in range(40)))
    for wire in wires:
        await wire.ok("health")
    clients = (await wires[0].ok("status"))["clients"]
    check(clients >= 40, f"status counts {clients} clients, at least 40 are connected")


@case("C14", SECTION, "a named tenant that is not there opens nothing", limit=15)
async def unknown_tenant(bench: Bench) -> None:
    wire = await bench.socket()
    response = await wire.call("connect", {"token": bench.target.token, "tenant": "no-such-tenant-conformance"})
    if response["ok"]:
        raise Skip("the contract does not say what an unknown tenant is; this server takes it")
    if response["error"]["code"] not in ("NOT_FOUND", "INVALID_REQUEST", "FORBIDDEN", "UNAUTHORIZED"):
        raise Failure(f"an unknown tenant is answered with {response['error']['code']}")
