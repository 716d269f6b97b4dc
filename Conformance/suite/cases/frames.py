"""Section 2: frames."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

from suite.bench import COUNT, Bench
from suite.case import case, check, equal
from suite.runs import of_run
from suite.wire import Wire

SECTION = "2 Frames"


@case("F01", SECTION, "id is a string or an integer and is echoed in the type it came in")
async def ids(bench: Bench) -> None:
    wire = await bench.connect()
    for request_id in ("1", 1, 0, -7, 2**31, 2**53 + 1, "", "ü😀", "a" * 200, "null"):
        start = len(wire.frames)
        await wire.send({"type": "req", "id": request_id, "method": "health"})
        response = await wire.answer(request_id, start=start)
        equal(response["ok"], True, "ok")


@case("F02", SECTION, "an id that is missing, null or of another type: INVALID_REQUEST with id null")
async def bad_ids(bench: Bench) -> None:
    wire = await bench.connect()
    bad = ['"x":0', '"id":null', '"id":true', '"id":1.5', '"id":{}', '"id":[1]']
    for text in bad:
        await _refused(wire, '{"type":"req",' + text + ',"method":"health"}', with_id=False)


async def _refused(wire: Wire, text: str, *, with_id: bool = True) -> None:
    """Expects INVALID_REQUEST for a frame, and an open connection afterwards."""
    start = len(wire.frames)
    await wire.send_text(text)
    index = await wire.find(lambda frame: frame.get("type") == "res", f"an answer to {text[:80]}", start=start)
    response = wire.judged(wire.frames[index])
    check("id" in response, "the response has no id")
    if not with_id:
        equal(response["id"], None, f"the id of the response to {text[:80]}")
    equal(response["ok"], False, f"ok of {text[:80]}")
    equal(response["error"]["code"], "INVALID_REQUEST", f"the code for {text[:80]}")


@case("F03", SECTION, "a frame that is no JSON object, has another type or no method: INVALID_REQUEST, stays open")
async def bad_frames(bench: Bench) -> None:
    wire = await bench.connect()
    for text in ("", "hello", "{", "[]", "null", "1", '"x"', '{"type":"req","id":1,"method":"health"', "{}}"):
        await _refused(wire, text, with_id=False)
    for frame in (
        {"id": 5, "method": "health"},
        {"type": "res", "id": 5, "method": "health"},
        {"type": 1, "id": 5, "method": "health"},
        {"type": "req", "id": 5},
        {"type": "req", "id": 5, "method": 7},
    ):
        await _refused(wire, json.dumps(frame))
    await wire.ok("health")


@case("F04", SECTION, "20 bad frames within 10 s are borne, more than 20 are answered by close 1008")
async def too_many(bench: Bench) -> None:
    wire = await bench.connect()
    for _ in range(20):
        await wire.send_text("no json")
    await wire.ok("health")
    await wire.send_text("no json")
    await wire.closes(1008)
    fresh = await bench.socket()
    for _ in range(21):
        await fresh.send_text("no json")
    await fresh.closes(1008)


@case("F05", SECTION, "unknown keys are ignored, in the frame and in params")
async def unknown_keys(bench: Bench) -> None:
    wire = await bench.connect(surprise={"a": [1]})
    await wire.send({"type": "req", "id": "k", "method": "health", "params": {"what": None}, "trace": {"x": 1}})
    equal((await wire.answer("k"))["ok"], True, "ok")
    await wire.send({"type": "req", "id": "n", "method": "health", "params": None})
    equal((await wire.answer("n"))["ok"], True, "ok with params null")


@case("F06", SECTION, "an unknown method is INVALID_REQUEST `unknown method: X`; the connection stays open")
async def unknown_method(bench: Bench) -> None:
    wire = await bench.connect()
    response = await wire.call("no.such.method")
    equal(response["ok"], False, "ok")
    equal(response["error"]["code"], "INVALID_REQUEST", "the code")
    check("unknown method: no.such.method" in response["error"]["message"], "the message does not name the method")
    for _ in range(25):
        await wire.start("no.such.method")
    await wire.ok("health")


@case("F07", SECTION, "params of the wrong kind are INVALID_REQUEST")
async def bad_params(bench: Bench) -> None:
    wire = await bench.connect()
    kinds: list[object] = [[], "x", 1]
    for params in kinds:
        await wire.send({"type": "req", "id": f"p{params}", "method": "chat.send", "params": params})
        response = await wire.answer(f"p{params}")
        equal(response["ok"], False, "ok")
        equal(response["error"]["code"], "INVALID_REQUEST", f"the code for params {params!r}")
    await wire.refused("INVALID_REQUEST", "chat.send", {"message": 5})
    await wire.refused("INVALID_REQUEST", "chat.send", {"message": "x", "stream": "yes"})
    await wire.refused("INVALID_REQUEST", "sessions.list", {"limit": "many"})


@case("F08", SECTION, "requests behind connect wait for its answer")
async def behind_connect(bench: Bench) -> None:
    wire = await bench.socket()
    params = {"token": bench.target.token, "user_id": bench.user}
    await asyncio.gather(
        wire.send({"type": "req", "id": "c", "method": "connect", "params": params}),
        wire.send({"type": "req", "id": "s", "method": "status"}),
        wire.send({"type": "req", "id": "l", "method": "sessions.list"}),
    )
    for request_id in ("c", "s", "l"):
        equal((await wire.answer(request_id))["ok"], True, f"ok of {request_id}")
    equal(wire.frames[0].get("id"), "c", "the id of the first answer")


@case("F09", SECTION, "a slow request holds back no other", limit=60)
async def no_blocking(bench: Bench) -> None:
    wire = await bench.connect()
    slow = await wire.start("chat.send", {"message": COUNT, "sessionKey": bench.session()})
    for _ in range(3):
        await wire.ok("health", timeout=2)
        await wire.ok("status", timeout=5)
    await wire.answer(slow, timeout=bench.patience)


@case("F10", SECTION, "chat.sends of one connection are accepted in their order and never merged", limit=120)
async def in_order(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    texts = [f"Say the number {number}." for number in range(1, 6)]
    started = [await wire.start("chat.send", {"message": text, "sessionKey": key, "wait": False}) for text in texts]
    runs = []
    for request_id in started:
        response = await wire.answer(request_id)
        equal(response["ok"], True, "ok")
        runs.append(response["payload"]["runId"])
    equal(len(set(runs)), len(texts), "the number of runs")
    for run in runs:
        await wire.run_end(run, timeout=bench.patience)
    for earlier, later in pairwise(runs):
        seqs = [[event["seq"] for event in of_run(wire.events(key), run)] for run in (earlier, later)]
        check(seqs[0][-1] < seqs[1][0], "the events of two runs of a session are mixed")
    begun = [frame["payload"]["runId"] for frame in wire.events(key) if frame["event"] == "run.started"]
    equal(begun, runs, "the order in which the runs began")
    history = await wire.ok("chat.history", {"sessionKey": key})
    said = [message["content"] for message in history["messages"] if message["role"] == "user"]
    equal(said, texts, "the user's messages in the transcript")


@case("F11", SECTION, "hostile JSON is answered and harms nothing")
async def hostile(bench: Bench) -> None:
    wire = await bench.connect()
    head = '{"type":"req","id":"h","method":"health","params":'
    for text in (
        head + "[" * 20_000 + "]" * 20_000 + "}",
        head + '{"a":' * 5_000 + "1" + "}" * 5_000 + "}",
        head + '{"n":1' + "0" * 5_000 + "}}",
        head + '{"n":1e400}}',
        head + r'{"s":"\ud800"}}',
        head + r'{"s":"\u0000"}}',
        '{"type":"req","id":"h","id":"h","method":"health"}',
    ):
        start = len(wire.frames)
        await wire.send_text(text)
        index = await wire.find(lambda frame: frame.get("type") == "res", f"an answer to {text[:80]}", start=start)
        response = wire.judged(wire.frames[index])
        if not response["ok"]:
            equal(response["error"]["code"], "INVALID_REQUEST", f"the code for {text[:80]}")
    await wire.ok("health")
