"""Section 6: subscribing and resuming."""

from __future__ import annotations

from suite.bench import COUNT, LONG, SHORT, SUM, Bench
from suite.case import Skip, case, check, equal
from suite.runs import judge_events, judge_order, last_round
from suite.shape import count, matches, positive, some_text
from suite.wire import JSON, Wire

SECTION = "6 Resume"


async def subscribe(wire: Wire, key: str, after: int | None = None, **params: object) -> JSON:
    given: JSON = {"sessionKey": key, **params}
    if after is not None:
        given["afterSeq"] = after
    return await wire.ok("sessions.subscribe", given)


async def until(wire: Wire, key: str, seq: int, timeout: float = 10) -> list[JSON]:
    """The session's events up to this number, in order of arrival."""

    def wanted(frame: JSON) -> bool:
        return frame.get("seq") == seq and frame.get("payload", {}).get("sessionKey") == key

    await wire.find(wanted, f"event {seq}", timeout=timeout)
    return wire.events(key)


@case("U01", SECTION, "subscribe answers headSeq, oldestSeq and activeRunId, then every event after afterSeq", limit=60)
async def replay(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    await bench.chat(wire, SUM, sessionKey=key)
    lived = wire.events(key)
    head = lived[-1]["seq"]
    second = await bench.connect()
    payload = await subscribe(second, key, 0)
    matches(payload, {"sessionKey": key, "headSeq": head, "oldestSeq": 1, "activeRunId?": None}, "the payload")
    equal(await until(second, key, head), lived, "the replayed events")
    answer = await second.find(lambda frame: frame.get("payload", {}).get("headSeq") == head, "the response")
    first = await second.find(lambda frame: "seq" in frame, "the first event")
    check(answer < first, "an event came before the response")
    await second.silence(0.2)
    equal(len(second.events(key)), len(lived), "the number of events after a while")


@case("U02", SECTION, "resuming at any number yields exactly what came after it", limit=60)
async def every_index(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    await bench.chat(wire, SUM, sessionKey=key)
    await bench.chat(wire, COUNT, sessionKey=key)
    lived = wire.events(key)
    judge_events(lived)
    head = lived[-1]["seq"]
    step = max(1, head // 12)
    for after in sorted({*range(0, head, step), head - 1}):
        second = await bench.connect()
        payload = await subscribe(second, key, after)
        equal(payload["headSeq"], head, "headSeq")
        equal(await until(second, key, head), lived[after:], f"the events after {after}")
        await second.close()


@case("U03", SECTION, "dropping the socket at any event and resuming yields the unbroken sequence", limit=90)
async def drops(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    run = (await wire.ok("chat.send", {"message": "count slowly to 12", "sessionKey": key, "wait": False}))["runId"]
    gathered: list[JSON] = []
    for _ in range(200):
        second = await bench.connect()
        after = gathered[-1]["seq"] if gathered else 0
        await subscribe(second, key, after)
        start = await second.subscription()
        await second.find(lambda frame: "seq" in frame, f"event after {after}", start=start, timeout=bench.patience)
        # After one or two events, cut the connection without a close frame.
        gathered += second.events(key, start)[:2]
        second.socket.transport.abort()
        await second.close()
        if gathered[-1]["event"] in ("run.completed", "run.failed"):
            break
    await wire.run_end(run, timeout=bench.patience)
    equal(gathered, wire.events(key), "the events gathered over many connections")
    judge_order(gathered)


@case("U04", SECTION, "a subscription in the middle of a run has no gap and no repeat", limit=90)
async def midway(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    run = (await wire.ok("chat.send", {"message": "count slowly to 10", "sessionKey": key, "wait": False}))["runId"]
    watchers = []
    for after in (0, 1, 2):
        await until(wire, key, after + 1, timeout=bench.patience)
        watcher = await bench.connect(bench.user if after else bench.other_user())
        payload = await subscribe(watcher, key, after, userId=bench.user)
        check(payload["headSeq"] >= after, "headSeq is behind afterSeq")
        if not any(event["event"] == "run.completed" for event in wire.events(key)):
            equal(payload.get("activeRunId"), run, "activeRunId during the run")
        watchers.append((after, watcher))
    await wire.run_end(run, timeout=bench.patience)
    lived = wire.events(key)
    for after, watcher in watchers:
        start = await watcher.subscription()
        await watcher.run_end(run, start=start)
        await watcher.silence(0.1)
        equal(watcher.events(key, start), lived[after:], f"the events after {after}")


@case("U05", SECTION, "afterSeq > headSeq is FAILED_PRECONDITION; a negative one INVALID_REQUEST", limit=60)
async def out_of_range(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    await bench.chat(wire, SHORT, sessionKey=key)
    head = wire.events(key)[-1]["seq"]
    await wire.refused("FAILED_PRECONDITION", "sessions.subscribe", {"sessionKey": key, "afterSeq": head + 1})
    await wire.refused("FAILED_PRECONDITION", "sessions.subscribe", {"sessionKey": key, "afterSeq": 2**53})
    await wire.refused("INVALID_REQUEST", "sessions.subscribe", {"sessionKey": key, "afterSeq": -1})
    await wire.refused("INVALID_REQUEST", "sessions.subscribe", {"sessionKey": key, "afterSeq": "1"})
    # A rejected subscription changes nothing: delivery stays automatic.
    await bench.chat(wire, SHORT, sessionKey=key)
    judge_events(wire.events(key))


@case("U06", SECTION, "without afterSeq a subscription begins at headSeq", limit=60)
async def from_head(bench: Bench) -> None:
    wire, second = await bench.connect(), await bench.connect(bench.other_user())
    key = bench.session()
    await bench.chat(wire, SHORT, sessionKey=key)
    head = wire.events(key)[-1]["seq"]
    payload = await subscribe(second, key, userId=bench.user)
    equal(payload["headSeq"], head, "headSeq")
    run = (await bench.chat(wire, SHORT, sessionKey=key))["runId"]
    await second.run_end(run)
    equal(second.events(key), wire.events(key)[head:], "the events")


@case("U07", SECTION, "a session that does not exist yet may be subscribed by the user it would belong to", limit=60)
async def not_yet(bench: Bench) -> None:
    wire, second = await bench.connect(), await bench.connect()
    key = bench.session()
    payload = await subscribe(second, key, 0)
    matches(payload, {"sessionKey": key, "headSeq": 0, "oldestSeq": count, "activeRunId?": None}, "the payload")
    run = (await bench.chat(wire, SHORT, sessionKey=key))["runId"]
    await second.run_end(run)
    judge_events(second.events(key))
    equal(second.events(key), wire.events(key), "the events")


@case("U08", SECTION, "a subscription replaces automatic delivery: nothing comes twice", limit=60)
async def not_twice(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    await subscribe(wire, key, 0)
    await subscribe(wire, key, 0)
    await bench.chat(wire, COUNT, sessionKey=key)
    await wire.silence(0.2)
    judge_events(wire.events(key))


@case("U09", SECTION, "sessions.unsubscribe returns to automatic delivery", limit=60)
async def unsubscribe(bench: Bench) -> None:
    wire, admin = await bench.connect(), await bench.connect(bench.other_user())
    key = bench.session()
    await subscribe(wire, key, 0)
    await subscribe(admin, key, 0, userId=bench.user)
    await bench.chat(wire, SHORT, sessionKey=key)
    await wire.ok("sessions.unsubscribe", {"sessionKey": key})
    await admin.ok("sessions.unsubscribe", {"sessionKey": key, "userId": bench.user})
    head = wire.events(key)[-1]["seq"]
    await bench.chat(wire, SHORT, sessionKey=key)
    await admin.silence()
    judge_events(wire.events(key))
    check(all(event["seq"] <= head for event in admin.events(key)), "an unsubscribed admin still gets others' events")
    # Repeating it is not an error.
    await wire.ok("sessions.unsubscribe", {"sessionKey": key})


@case("U10", SECTION, "history's resumeSeq: subscribing after it gives what is not yet in messages, once", limit=60)
async def resume_seq(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    await bench.chat(wire, SHORT, sessionKey=key)
    idle = await wire.ok("chat.history", {"sessionKey": key})
    head = wire.events(key)[-1]["seq"]
    equal(idle["resumeSeq"], head, "resumeSeq of an idle session")
    run = (await wire.ok("chat.send", {"message": "count slowly to 10", "sessionKey": key, "wait": False}))["runId"]
    await wire.event("chunk", run=run, timeout=bench.patience)
    second = await bench.connect()
    history = await second.ok("chat.history", {"sessionKey": key})
    await subscribe(second, key, history["resumeSeq"])
    start = await second.subscription()
    end = await wire.run_end(run, timeout=bench.patience)
    await second.run_end(run, start=start)
    if history["messages"][-1]["role"] != "user":
        raise Skip("the run ended before the history was read")
    text = "".join(event["payload"]["content"] for event in second.events(key, start) if event["event"] == "chunk")
    equal(text, end["payload"]["content"], "the text after resumeSeq")


@case("U11", SECTION, "the head moves while nobody watches; a late subscriber gets all of it", limit=90)
async def unwatched(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    await subscribe(wire, key, 0)
    run = (await wire.ok("chat.send", {"message": LONG, "sessionKey": key, "wait": False}))["runId"]
    await wire.event(("chunk", "run.completed"), run=run, timeout=bench.patience)
    seen = wire.events(key)
    wire.socket.transport.abort()
    await wire.close()
    second = await bench.connect()
    await second.ok("chat.abort", {"sessionKey": key})
    await subscribe(second, key, seen[-1]["seq"])
    start = await second.subscription()
    await second.run_end(run, start=start)
    together = seen + second.events(key, start)
    judge_events(together)
    judge_order(together)
    check(last_round(together) != "", "no text")


@case("U12", SECTION, "a session of an unknown agent is NOT_FOUND, or subscribed as one that does not exist yet")
async def unknown_agent(bench: Bench) -> None:
    wire = await bench.connect()
    key = "agent:no-such-agent:x"
    response = await wire.call("sessions.subscribe", {"sessionKey": key})
    if response["ok"]:
        matches(response["payload"], {"sessionKey": key, "headSeq": 0, "activeRunId?": None}, "the payload")
    else:
        equal(response["error"]["code"], "NOT_FOUND", "the code")


@case("U13", SECTION, "many sessions may be subscribed on one connection", limit=60)
async def many(bench: Bench) -> None:
    wire, watcher = await bench.connect(), await bench.connect(bench.other_user())
    names = [bench.session(str(number)) for number in range(4)]
    for key in names:
        payload = await subscribe(watcher, key, 0, userId=bench.user)
        matches(payload, {"sessionKey": some_text, "headSeq": count}, "the payload")
    for key in names:
        run = (await bench.chat(wire, SHORT, sessionKey=key))["runId"]
        await watcher.run_end(run)
        equal(watcher.events(key), wire.events(key), "the events")
        matches(watcher.events(key)[0], {"seq": positive}, "the event")


@case("U14", SECTION, "a replay speaks the connection's dialect", limit=60)
async def in_dialect(bench: Bench) -> None:
    wire, packed = await bench.connect(), await bench.connect(dialect="goclaw")
    key = bench.session()
    await bench.chat(wire, SHORT, sessionKey=key)
    await subscribe(packed, key, 0)
    lived = wire.events(key)
    start = await packed.subscription()
    await packed.find(lambda frame: frame.get("seq") == len(lived), "the last event", start=start)
    replayed = packed.events(key, start)
    equal([event["event"] for event in replayed], ["agent"] * len(lived), "the events' names")
    equal([event["payload"]["type"] for event in replayed], [event["event"] for event in lived], "the types")
    equal([event["seq"] for event in replayed], [event["seq"] for event in lived], "seq")
