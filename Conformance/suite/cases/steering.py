"""Section 5: messages to a run in progress, `mode`."""

from __future__ import annotations

from suite.bench import LONG, SHORT, Bench
from suite.case import Skip, case, check, equal
from suite.runs import judge_events, judge_order, of_run
from suite.shape import matches
from suite.wire import JSON, Wire

SECTION = "5 Steering"


async def speaking(bench: Bench, wire: Wire, key: str) -> tuple[int, str]:
    """Starts a long run and waits for its first text; returns the ids of the request and the run."""
    request_id = await wire.start("chat.send", {"message": LONG, "sessionKey": key})
    index = await wire.event("run.started", timeout=bench.patience)
    run: str = wire.frames[index]["payload"]["runId"]
    await wire.event(("chunk", "run.completed", "run.failed"), run=run, timeout=bench.patience)
    return request_id, run


async def said(wire: Wire, key: str) -> list[JSON]:
    messages: list[JSON] = (await wire.ok("chat.history", {"sessionKey": key}))["messages"]
    return messages


def positions(messages: list[JSON], role: str, content: str) -> list[int]:
    return [
        index for index, message in enumerate(messages) if message["role"] == role and message.get("content") == content
    ]


@case(
    "G01",
    SECTION,
    "steer adds the message to the running run, which does not end without having read it; both requests are "
    "answered as that run ends",
    limit=90,
)
async def steer(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    request_id, run = await speaking(bench, wire, key)
    params = {"message": SHORT, "sessionKey": key, "mode": "steer"}
    receipt = await wire.ok("chat.send", {**params, "wait": False})
    if receipt["runId"] != run:
        raise Skip(f"the model's run ended before the message came; {LONG!r} should take longer")
    matches(receipt, {"runId": run, "sessionKey": key, "status": "accepted"}, "the receipt")
    answer = (await wire.answer(request_id, timeout=bench.patience))["payload"]
    matches(answer, {"runId": run, "status": "completed", "content": str}, "the answer to the first message")
    check(answer["iterations"] >= 2, "the run has made no further call of the model")
    messages = await said(wire, key)
    place = positions(messages, "user", SHORT)
    equal(len(place), 1, "how often the message stands in the transcript")
    check(place[0] < len(messages) - 1, "nothing was said after the message")
    equal(messages[-1]["content"], answer["content"], "the last message")
    equal({message["runId"] for message in messages}, {run}, "the runs of the messages")
    await wire.silence()
    judge_events(wire.events(key))
    judge_order(wire.events(key))


@case("G02", SECTION, "interrupt aborts the running run first; the message is answered by a run of its own", limit=90)
async def interrupt(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    request_id, run = await speaking(bench, wire, key)
    payload = await bench.chat(wire, SHORT, sessionKey=key, mode="interrupt")
    first = (await wire.answer(request_id, timeout=bench.patience))["payload"]
    if first["status"] == "completed":
        raise Skip(f"the model's run ended before the message came; {LONG!r} should take longer")
    equal([first["runId"], first["status"]], [run, "aborted"], "the first run")
    check(payload["runId"] != run, "the message was answered by the run that it was to interrupt")
    equal(payload["status"], "completed", "the status of the second run")
    await wire.silence()
    judge_events(wire.events(key))
    for each in (run, payload["runId"]):
        judge_order(of_run(wire.events(key), each))
    end = of_run(wire.events(key), run)[-1]
    equal([end["event"], end["payload"]["error"]["code"]], ["run.failed", "ABORTED"], "the first run's end")


@case("G03", SECTION, "where nothing runs, steer and interrupt are queue; another mode is INVALID_REQUEST", limit=90)
async def idle(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    runs = set()
    for mode in ("steer", "interrupt", "queue"):
        payload = await bench.chat(wire, SHORT, sessionKey=key, mode=mode)
        equal(payload["status"], "completed", f"the status with mode {mode}")
        runs.add(payload["runId"])
    equal(len(runs), 3, "the number of runs")
    await wire.refused("INVALID_REQUEST", "chat.send", {"message": SHORT, "sessionKey": key, "mode": "shout"})


@case("G04", SECTION, "a steered message that is sent again under its idempotencyKey is read once", limit=90)
async def repeated(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    request_id, run = await speaking(bench, wire, key)
    params = {"message": SHORT, "sessionKey": key, "mode": "steer", "idempotencyKey": f"m-{bench.user}"}
    receipt = await wire.ok("chat.send", {**params, "wait": False})
    again = await wire.ok("chat.send", {**params, "wait": False})
    if receipt["runId"] != run:
        raise Skip(f"the model's run ended before the message came; {LONG!r} should take longer")
    equal(again, receipt, "the second receipt")
    answer = (await wire.answer(request_id, timeout=bench.patience))["payload"]
    later = await wire.ok("chat.send", params, timeout=bench.patience)
    equal([later["runId"], later["content"]], [run, answer["content"]], "the answer under the same key")
    equal(len(positions(await said(wire, key), "user", SHORT)), 1, "how often the message stands in the transcript")
