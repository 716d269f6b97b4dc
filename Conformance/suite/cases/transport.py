"""Section 1: the transport."""

from __future__ import annotations

import asyncio
import json
import time

from websockets.exceptions import InvalidHandshake

from suite.bench import Bench
from suite.case import Failure, case, check, equal

SECTION = "1 Transport"
TEXT, BINARY, CLOSE, PING, CONTINUATION = 1, 2, 8, 9, 0


def padded(size: int) -> str:
    """A health request of exactly `size` bytes, padded with an unknown key."""
    frame = {"type": "req", "id": "big", "method": "health", "padding": ""}
    empty = len(json.dumps(frame))
    return json.dumps({**frame, "padding": "x" * (size - empty)})


@case("T01", SECTION, "GET /ws upgrades; no subprotocol and no extension is chosen that was not offered")
async def upgrades(bench: Bench) -> None:
    wire = await bench.socket()
    response = wire.socket.response
    assert response is not None
    equal(response.status_code, 101, "the status")
    for name in ("Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"):
        check(name not in response.headers, f"the answer has {name}")


@case("T02", SECTION, "an HTTP request to /ws that is no proper upgrade is answered with a 4xx status")
async def plain_http(bench: Bench) -> None:
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    client = bench.http()
    for what, headers in {
        "no upgrade": {},
        "version 12": {**upgrade, "Sec-WebSocket-Version": "12"},
        "no key": {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"},
    }.items():
        response = await client.get("/ws", headers=headers)
        check(400 <= response.status_code < 500, f"{what}: {response.status_code}, expected 4xx")
        if what == "version 12":
            equal(response.status_code, 426, "the status for a wrong version")
            equal(response.headers.get("Sec-WebSocket-Version"), "13", "Sec-WebSocket-Version")


@case("T03", SECTION, "a binary message is answered by close 1003")
async def binary(bench: Bench) -> None:
    fresh = await bench.socket()
    await fresh.send_bytes(b'{"type":"req","id":1,"method":"health"}')
    await fresh.closes(1003)
    wire = await bench.connect()
    await wire.send_bytes(b"\x00\x01")
    await wire.closes(1003)


@case("T04", SECTION, "before authentication a message may have 64 KiB; a larger one is answered by close 1009")
async def oversize_before(bench: Bench) -> None:
    wire = await bench.socket()
    await wire.send_text(padded(64 * 1024))
    await wire.answer("big")
    await wire.send_text(padded(64 * 1024 + 1))
    await wire.closes(1009)


@case("T05", SECTION, "a message may have 512 KiB; a larger one is answered by close 1009")
async def oversize_after(bench: Bench) -> None:
    wire = await bench.connect()
    await wire.send_text(padded(512 * 1024))
    response = await wire.answer("big")
    equal(response["ok"], True, "ok of a request of 512 KiB")
    await wire.send_text(padded(512 * 1024 + 1))
    await wire.closes(1009)


@case("T06", SECTION, "the limit holds for a whole message, however many frames it comes in")
async def oversize_fragments(bench: Bench) -> None:
    wire = await bench.connect()
    part = b" " * (128 * 1024)
    wire.send_frame(TEXT, part, fin=False)
    for _ in range(4):
        wire.send_frame(CONTINUATION, part, fin=False)
    await wire.closes(1009)


@case("T07", SECTION, "no successful connect within 10 s: close 1008")
async def connect_timeout(bench: Bench) -> None:
    wire = await bench.socket()
    began = time.monotonic()
    # Sending requests does not extend the timeout.
    await wire.call("health")
    await wire.closes(1008, timeout=13)
    check(time.monotonic() - began > 8, f"closed after {time.monotonic() - began:.1f} s, expected 10 s")


@case("T08", SECTION, "a fragmented message is put together, also with a ping between its fragments")
async def fragments(bench: Bench) -> None:
    wire = await bench.connect()
    text = '{"type":"req","id":"ä","method":"health"}'.encode()
    # Split inside a character.
    cut = text.index("ä".encode()) + 1
    wire.send_frame(TEXT, text[:cut], fin=False)
    pong = await wire.socket.ping(b"between")
    wire.send_frame(CONTINUATION, b"", fin=False)
    wire.send_frame(CONTINUATION, text[cut:])
    await asyncio.wait_for(pong, 5)
    response = await wire.answer("ä")
    equal(response["ok"], True, "ok")


async def _closes(bench: Bench, code: int, octets: bytes) -> None:
    wire = await bench.connect()
    wire.send_octets(octets)
    await wire.closes(code)


@case("T09", SECTION, "frames that break RFC 6455 are answered by close 1002")
async def violations(bench: Bench) -> None:
    mask = b"\x00\x00\x00\x00"
    broken = {
        "not masked": b"\x81\x02{}",
        "reserved bit": b"\xc1\x82" + mask + b"{}",
        "reserved opcode": b"\x83\x82" + mask + b"{}",
        "fragmented ping": b"\x09\x80" + mask,
        "long ping": b"\x89\xfe\x00\x7e" + mask,
        "continuation of nothing": b"\x80\x82" + mask + b"{}",
        "close of one byte": b"\x88\x81" + mask + b"\x03",
        "close code 1005": b"\x88\x82" + mask + b"\x03\xed",
    }
    for what, octets in broken.items():
        try:
            await _closes(bench, 1002, octets)
        except Failure as failure:
            raise Failure(f"{what}: {failure}") from None


@case("T10", SECTION, "text that is not UTF-8 is answered by close 1007")
async def not_utf8(bench: Bench) -> None:
    for octets in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82"):
        wire = await bench.connect()
        wire.send_frame(TEXT, b'{"a":"' + octets + b'"}')
        await wire.closes(1007)


@case("T11", SECTION, "a close frame is answered with its code, and the server ends the connection")
async def close_handshake(bench: Bench) -> None:
    for code in (1000, 1001, 4000):
        wire = await bench.connect()
        await wire.socket.close(code=code, reason="bye")
        received = wire.socket.protocol.close_rcvd
        check(received is not None, "the server ended the connection without a close frame")
        equal(received.code if received else None, code, "the code of the answer")


@case("T12", SECTION, "a foreign Origin is refused with 403; the gateway's own and none pass")
async def origin(bench: Bench) -> None:
    port = bench.target.port
    for foreign in (
        "http://evil.example",
        f"http://127.0.0.1:{port + 1}",
        f"http://127.0.0.1.evil.example:{port}",
        "null",
        f"http://127.0.0.1:{port}@evil.example",
    ):
        equal(await bench.upgrade_status(headers={"Origin": foreign}), 403, f"the status for Origin {foreign}")
    equal(await bench.upgrade_status(), 101, "the status without Origin")
    equal(await bench.upgrade_status(headers={"Origin": bench.target.url}), 101, "the status for the own Origin")


@case("T13", SECTION, "the Host header alone proves nothing: an Origin that equals it is still foreign (DNS rebinding)")
async def rebinding(bench: Bench) -> None:
    host = f"evil.example:{bench.target.port}"
    client = bench.http()
    response = await client.get(
        "/ws",
        headers={
            "Host": host,
            "Origin": f"http://{host}",
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        },
    )
    equal(response.status_code, 403, "the status")


@case("T14", SECTION, "a credential in the query string is refused, a right one too")
async def query_credential(bench: Bench) -> None:
    for query in (
        f"?token={bench.target.token}",
        "?token=wrong",
        f"?api_key={bench.target.token}",
        f"?access_token={bench.target.token}",
    ):
        status = await bench.upgrade_status(query=query)
        check(400 <= status < 500, f"{query.partition('=')[0]}=…: status {status}, expected 4xx")


@case("T15", SECTION, "the server pings every 30 s", slow=True, limit=40)
async def server_ping(bench: Bench) -> None:
    reader, writer = await _raw_connection(bench)
    await asyncio.wait_for(_until_opcode(reader, PING), 33)
    writer.close()


@case("T16", SECTION, "no data and no pong for 60 s: the server closes", slow=True, limit=80)
async def idle(bench: Bench) -> None:
    reader, writer = await _raw_connection(bench)
    began = time.monotonic()
    await asyncio.wait_for(_until_opcode(reader, CLOSE), 75)
    check(time.monotonic() - began > 55, f"closed after {time.monotonic() - began:.0f} s, expected 60 s")
    writer.close()


async def _raw_connection(bench: Bench) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """An authenticated connection on a raw socket, which does not answer pings."""
    from urllib.parse import urlsplit

    from websockets.frames import Frame, Opcode

    host = urlsplit(bench.target.url).hostname or "127.0.0.1"
    reader, writer = await asyncio.open_connection(host, bench.target.port)
    writer.write(
        f"GET /ws HTTP/1.1\r\nHost: {host}:{bench.target.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in head.split(b"\r\n")[0]:
        raise InvalidHandshake(head.decode(errors="replace"))
    params = {"token": bench.target.token, "user_id": bench.user}
    request = json.dumps({"type": "req", "id": 1, "method": "connect", "params": params})
    writer.write(Frame(Opcode.TEXT, request.encode()).serialize(mask=True))
    return reader, writer


async def _until_opcode(reader: asyncio.StreamReader, opcode: int) -> None:
    while True:
        first, length = await reader.readexactly(2)
        size = length & 0x7F
        if size == 126:
            size = int.from_bytes(await reader.readexactly(2), "big")
        await reader.readexactly(size)
        if first & 0x0F == opcode:
            return
