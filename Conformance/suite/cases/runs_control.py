"""Section 5: aborting."""

from __future__ import annotations

import time

from suite.bench import LONG, SHORT, Bench
from suite.case import Skip, case, check, equal
from suite.runs import judge_events, judge_order, last_round, of_run
from suite.shape import matches
from suite.wire import JSON, Wire

SECTION = "5 Abort"


async def started(bench: Bench, wire: Wire, key: str) -> tuple[int, str]:
    """Starts a long run and waits for text; returns the ids of the request and of the run."""
    request_id = await wire.start("chat.send", {"message": LONG, "sessionKey": key})
    index = await wire.event("run.started", timeout=bench.patience)
    run: str = wire.frames[index]["payload"]["runId"]
    await wire.event(("chunk", "run.completed", "run.failed"), run=run, timeout=bench.patience)
    return request_id, run


def skip_if_over(aborted: JSON) -> None:
    """Skips the case if chat.abort reports that the run was over; otherwise everything else must be consistent."""
    if aborted.get("aborted") is False:
        raise Skip(f"the model's run ended before the abort; {LONG!r} should take longer")


@case(
    "A01",
    SECTION,
    "chat.abort by runId answers within 1 s; the run ends with ABORTED and its response is ok:true, "
    "status aborted, with the partial content",
    limit=60,
)
async def by_run(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    request_id, run = await started(bench, wire, key)
    began = time.monotonic()
    payload = await wire.ok("chat.abort", {"runId": run}, timeout=5)
    took = time.monotonic() - began
    end = await wire.run_end(run, timeout=5)
    skip_if_over(payload)
    check(took < 1, f"the answer took {took:.2f} s")
    matches(payload, {"ok": True, "aborted": True, "runIds": [run]}, "the payload of chat.abort")
    equal([end["event"], end["payload"]["error"]["code"]], ["run.failed", "ABORTED"], "the run's end")
    answer = await wire.answer(request_id, timeout=5)
    equal(answer["ok"], True, "ok of the aborted chat.send")
    matches(answer["payload"], {"status": "aborted", "runId": run, "sessionKey": key, "content": str}, "its payload")
    await wire.silence()
    came = wire.events(key)
    judge_events(came)
    judge_order(came)
    partial = answer["payload"]["content"]
    check(partial != "", "the partial content is empty, although chunks came")
    check(last_round(came) == partial, f"the partial content {partial!r} is not what the chunks said")


@case(
    "A02",
    SECTION,
    "chat.abort by sessionKey aborts the running run and the queued ones; "
    "a run aborted in the queue has run.failed alone",
    limit=60,
)
async def by_session(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    _, run = await started(bench, wire, key)
    queued = [
        (await wire.ok("chat.send", {"message": SHORT, "sessionKey": key, "wait": False}))["runId"] for _ in range(2)
    ]
    payload = await wire.ok("chat.abort", {"sessionKey": key}, timeout=5)
    for each in (run, *queued):
        await wire.run_end(each, timeout=bench.patience)
    skip_if_over(payload)
    equal(payload["aborted"], True, "aborted")
    equal(sorted(payload["runIds"]), sorted([run, *queued]), "runIds")
    await wire.silence()
    judge_events(wire.events(key))
    for each in queued:
        names = [event["event"] for event in of_run(wire.events(key), each)]
        equal(names, ["run.failed"], "the events of a run aborted in the queue")
    await wire.refused("INVALID_REQUEST", "chat.abort", {"sessionKey": key, "runId": run})


@case("A03", SECTION, "aborting what is over changes nothing: ok, aborted false", limit=60)
async def over(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    run = (await bench.chat(wire, SHORT, sessionKey=key))["runId"]
    for params in ({"runId": run}, {"sessionKey": key}):
        payload = await wire.ok("chat.abort", params)
        matches(payload, {"ok": True, "aborted": False, "runIds": []}, "the payload")
    await wire.silence(0.1)
    judge_order(wire.events(key))


@case("A04", SECTION, "after an abort the session goes on, with the numbering", limit=60)
async def goes_on(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    _, run = await started(bench, wire, key)
    skip_if_over(await wire.ok("chat.abort", {"runId": run}))
    await wire.run_end(run)
    payload = await bench.chat(wire, SHORT, sessionKey=key)
    equal(payload["status"], "completed", "the status of the next run")
    judge_events(wire.events(key))
    judge_order(of_run(wire.events(key), payload["runId"]))


@case("A05", SECTION, "an aborted run's text is in the transcript, as far as it came", limit=60)
async def transcript(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    request_id, run = await started(bench, wire, key)
    skip_if_over(await wire.ok("chat.abort", {"runId": run}))
    content = (await wire.answer(request_id, timeout=5))["payload"]["content"]
    messages = (await wire.ok("chat.history", {"sessionKey": key}))["messages"]
    equal(messages[0]["content"], LONG, "the user's message")
    said = [message["content"] for message in messages if message["role"] == "assistant"]
    if not said:
        raise Skip("the contract does not say that a partial answer is kept; this server does not keep it")
    check(said[-1].startswith(content), f"the transcript has {said[-1]!r}, the response {content!r}")


@case("A06", SECTION, "a repeated idempotencyKey of an aborted run answers as the first did", limit=60)
async def repeated(bench: Bench) -> None:
    wire = await bench.connect()
    params = {"message": LONG, "sessionKey": bench.session(), "idempotencyKey": f"a-{bench.user}"}
    request_id = await wire.start("chat.send", params)
    index = await wire.event("run.started", timeout=bench.patience)
    run = wire.frames[index]["payload"]["runId"]
    await wire.event(("chunk", "run.completed"), run=run, timeout=bench.patience)
    waiting = await wire.start("chat.send", params)
    skip_if_over(await wire.ok("chat.abort", {"runId": run}))
    first = await wire.answer(request_id, timeout=5)
    equal((await wire.answer(waiting, timeout=5))["payload"], first["payload"], "the answer to the second request")
    equal(await wire.ok("chat.send", params), first["payload"], "the answer afterwards")
