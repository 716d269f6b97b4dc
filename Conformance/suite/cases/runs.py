"""Section 5: runs and their events."""

from __future__ import annotations

import asyncio

from suite.bench import COUNT, LONG, SHORT, SUM, Bench
from suite.case import Failure, Skip, case, check, equal
from suite.runs import USAGE, judge_events, judge_order, last_round, of_run
from suite.shape import count, matches, positive, some_text
from suite.wire import JSON

SECTION = "5 Runs"
RESULT = {
    "runId": some_text,
    "sessionKey": some_text,
    "content": str,
    "status": "completed",
    "usage": USAGE,
    "iterations": positive,
}


@case(
    "R01",
    SECTION,
    "the response comes at the end of the run, in the contract's form; the default session is agent:default:ws:main",
    limit=60,
)
async def response(bench: Bench) -> None:
    wire = await bench.connect()
    payload = await bench.chat(wire)
    matches(payload, RESULT, "the payload")
    equal(payload["sessionKey"], "agent:default:ws:main", "the session")
    usage = payload["usage"]
    equal(usage["prompt_tokens"] + usage["completion_tokens"], usage["total_tokens"], "the sum of the tokens")


@case(
    "R02", SECTION, "the events of a run: shape, seq from 1 by 1, order, exactly one end, then the response", limit=60
)
async def events(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    payload = await bench.chat(wire, COUNT, sessionKey=key)
    await wire.silence()
    came = wire.events(key)
    judge_events(came)
    judge_order(came)
    equal({event["payload"]["runId"] for event in came}, {payload["runId"]}, "the runs")
    equal({event["payload"]["agentId"] for event in came}, {"default"}, "the agents")
    end = came[-1]
    equal(end["event"], "run.completed", "the run's end")
    for name in ("content", "usage", "iterations"):
        equal(end["payload"][name], payload[name], f"{name} of run.completed, compared with the response")
    answer = await wire.find(lambda frame: frame.get("payload", {}).get("status") == "completed", "the response")
    check(wire.frames.index(end) < answer, "the response came before the run's last event")
    started = came[0]["payload"]
    equal([started["source"], started["attempt"]], ["ws", 1], "source and attempt")


@case("R03", SECTION, "the chunks of the last round, put together, are the content", limit=60)
async def chunks(bench: Bench) -> None:
    wire = await bench.connect()
    for number, prompt in enumerate((COUNT, SUM, "Repeat after me: Grüße 👩‍👩‍👧‍👦 e\u0301")):
        key = bench.session(str(number))
        payload = await bench.chat(wire, prompt, sessionKey=key)
        came = of_run(wire.events(key), payload["runId"])
        equal(last_round(came), payload["content"], "the chunks together")
        check(payload["content"] == "" or any(event["event"] == "chunk" for event in came), "no chunk came")


@case("R04", SECTION, "with stream:false there are no chunks, for anybody", limit=60)
async def unstreamed(bench: Bench) -> None:
    wire, watcher = await bench.connect(), await bench.connect()
    key = bench.session()
    payload = await bench.chat(wire, COUNT, sessionKey=key, stream=False)
    await watcher.run_end(payload["runId"])
    for connection in (wire, watcher):
        names = [event["event"] for event in connection.events(key)]
        check("chunk" not in names, f"a chunk came: {names}")
        judge_events(connection.events(key))
        judge_order(connection.events(key))
        equal(connection.events(key)[-1]["payload"]["content"], payload["content"], "the content of the last event")


@case("R05", SECTION, "with wait:false the response comes at once with status accepted", limit=60)
async def accepted(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    payload = await wire.ok("chat.send", {"message": SHORT, "sessionKey": key, "wait": False}, timeout=5)
    matches(payload, {"runId": some_text, "sessionKey": key, "status": "accepted"}, "the payload")
    # The message is stored before anything else happens.
    messages = (await wire.ok("chat.history", {"sessionKey": key}))["messages"]
    equal(messages[0]["content"], SHORT, "the user's message in the transcript")
    end = await wire.run_end(payload["runId"], timeout=bench.patience)
    equal(end["event"], "run.completed", "the run's end")
    judge_events(wire.events(key))
    judge_order(wire.events(key))


@case("R06", SECTION, "tool.call and tool.result belong together and stand between the rounds", limit=60)
async def tools(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    payload = await bench.chat(wire, SUM, sessionKey=key)
    came = wire.events(key)
    judge_events(came)
    judge_order(came)
    calls = [event["payload"] for event in came if event["event"] == "tool.call"]
    results = [event["payload"] for event in came if event["event"] == "tool.result"]
    if not calls:
        raise Skip(f"the model used no tool for {SUM!r}")
    equal(sorted(call["id"] for call in calls), sorted(result["id"] for result in results), "the ids of the results")
    check(payload["iterations"] >= 2, f"iterations is {payload['iterations']} for a run with a tool")
    messages = (await wire.ok("chat.history", {"sessionKey": key}))["messages"]
    stored = {call["id"] for message in messages for call in message.get("tool_calls", [])}
    equal(stored, {call["id"] for call in calls}, "the calls in the transcript")
    answered = {message.get("tool_call_id") for message in messages if message["role"] == "tool"}
    equal(answered, stored, "the results in the transcript")


@case("R07", SECTION, "thinking events come only to those whose chat.send asked for them", limit=60)
async def thinking(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    await bench.chat(wire, SHORT, sessionKey=key)
    check(all(event["event"] != "thinking" for event in wire.events(key)), "a thinking event came unasked")
    await bench.chat(wire, SHORT, sessionKey=key, thinking=True)
    judge_events(wire.events(key))


@case("R08", SECTION, "a repeated idempotencyKey never starts a second run and answers as the first did", limit=60)
async def idempotency(bench: Bench) -> None:
    wire, other = await bench.connect(), await bench.connect()
    key = bench.session()
    params = {"message": SHORT, "sessionKey": key, "idempotencyKey": f"i-{bench.user}"}
    both = await asyncio.gather(
        wire.ok("chat.send", params, timeout=bench.patience), other.ok("chat.send", params, timeout=bench.patience)
    )
    again = await wire.ok("chat.send", params, timeout=bench.patience)
    for payload in (*both, again):
        matches(payload, RESULT, "the payload")
        equal(payload, both[0], "the answer to the repeated request")
    quick = await wire.ok("chat.send", {**params, "wait": False})
    equal([quick["status"], quick["runId"]], ["accepted", again["runId"]], "the answer with wait:false")
    messages = (await wire.ok("chat.history", {"sessionKey": key}))["messages"]
    equal([message["role"] for message in messages].count("user"), 1, "the number of the user's messages")
    judge_order(wire.events(key))


@case(
    "R09",
    SECTION,
    "an idempotencyKey with another message, agent or session is ALREADY_EXISTS; another user's is independent",
    limit=60,
)
async def idempotency_conflict(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    params = {"message": SHORT, "sessionKey": key, "idempotencyKey": f"i-{bench.user}"}
    first = await wire.ok("chat.send", params, timeout=bench.patience)
    await wire.refused("ALREADY_EXISTS", "chat.send", {**params, "message": "something else"})
    await wire.refused("ALREADY_EXISTS", "chat.send", {**params, "sessionKey": bench.session("other")})
    stranger = await bench.connect(bench.other_user())
    theirs = await stranger.ok("chat.send", params, timeout=bench.patience)
    check(theirs["runId"] != first["runId"], "another user's key was answered with this user's run")


@case("R10", SECTION, "a refused chat.send does not use up its idempotencyKey", limit=60)
async def idempotency_refused(bench: Bench) -> None:
    wire = await bench.connect()
    params = {"message": SHORT, "sessionKey": bench.session(), "idempotencyKey": f"i-{bench.user}"}
    await wire.refused("NOT_FOUND", "chat.send", {**params, "sessionKey": "agent:no-such-agent:x"})
    matches(await wire.ok("chat.send", params, timeout=bench.patience), RESULT, "the payload")


@case("R11", SECTION, "connections of the same user get the events unasked; other users' get none", limit=60)
async def audience(bench: Bench) -> None:
    wire, second = await bench.connect(), await bench.connect()
    stranger = await bench.connect(bench.other_user())
    key = bench.session()
    payload = await bench.chat(wire, COUNT, sessionKey=key)
    await second.run_end(payload["runId"])
    equal(second.events(key), wire.events(key), "the events of the second connection")
    await stranger.silence()
    equal(stranger.events(), [], "the events of another user's connection")


@case("R12", SECTION, "an admin gets others' events only after sessions.subscribe with userId", limit=60)
async def admin_watch(bench: Bench) -> None:
    wire, admin = await bench.connect(), await bench.connect(bench.other_user())
    key = bench.session()
    await bench.chat(wire, SHORT, sessionKey=key)
    await admin.silence(0.1)
    equal(admin.events(), [], "the events before the subscription")
    await admin.ok("sessions.subscribe", {"sessionKey": key, "userId": bench.user})
    start = len(wire.frames)
    payload = await bench.chat(wire, SHORT, sessionKey=key)
    await admin.run_end(payload["runId"])
    equal(admin.events(key), wire.events(key, start), "the events after the subscription")


@case("R13", SECTION, "a run belongs to the gateway: closing the connection never stops it", limit=90)
async def survives(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    run = (await wire.ok("chat.send", {"message": COUNT, "sessionKey": key, "wait": False}))["runId"]
    await wire.close()
    second = await bench.connect()
    await second.ok("sessions.subscribe", {"sessionKey": key, "afterSeq": 0})
    start = await second.subscription()
    end = await second.run_end(run, start=start, timeout=bench.patience)
    equal(end["event"], "run.completed", "the run's end")
    came = second.events(key, start)
    judge_events(came)
    judge_order(came)
    messages = (await second.ok("chat.history", {"sessionKey": key}))["messages"]
    equal(messages[-1]["content"], end["payload"]["content"], "the last message of the transcript")


@case("R14", SECTION, "what a client sent before it left is accepted", limit=90)
async def sent_and_left(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    await wire.start("chat.send", {"message": SHORT, "sessionKey": key})
    await wire.close()
    second = await bench.connect()
    await second.ok("sessions.subscribe", {"sessionKey": key, "afterSeq": 0})
    equal((await second.run_end(timeout=bench.patience))["event"], "run.completed", "the run's end")


@case("R15", SECTION, 'with dialect "goclaw" the same events come inside the event `agent`, seq on the frame', limit=60)
async def dialect(bench: Bench) -> None:
    flat, packed = await bench.connect(), await bench.connect(dialect="goclaw")
    key = bench.session()
    payload = await bench.chat(packed, SUM, sessionKey=key)
    await flat.run_end(payload["runId"])
    agent_events = [frame for frame in packed.frames if frame.get("type") == "event"]
    equal({frame["event"] for frame in agent_events}, {"agent"}, "the events' names")
    plain = flat.events(key)
    equal(len(agent_events), len(plain), "the number of events")
    for frame, event in zip(agent_events, plain):
        inner = {
            name: value for name, value in event["payload"].items() if name not in ("agentId", "runId", "sessionKey")
        }
        equal(frame["seq"], event["seq"], "seq")
        expected: JSON = {
            "type": event["event"],
            "agentId": "default",
            "runId": payload["runId"],
            "sessionKey": key,
            "payload": inner,
        }
        equal(frame["payload"], expected, f"the payload of {event['event']}")


@case("R16", SECTION, "sessions of one user run side by side, each with its own numbering", limit=90)
async def side_by_side(bench: Bench) -> None:
    wire = await bench.connect()
    names = [bench.session(name) for name in ("a", "b", "c")]
    await asyncio.gather(*(bench.chat(wire, COUNT, sessionKey=key) for key in names))
    for key in names:
        judge_events(wire.events(key))
        judge_order(wire.events(key))


@case("R17", SECTION, "a conversation continues on the next connection, and its numbering too", limit=60)
async def continues(bench: Bench) -> None:
    first = await bench.connect()
    await bench.chat(first, "Remember the word apple.")
    last = first.events()[-1]["seq"]
    await first.close()
    second = await bench.connect()
    payload = await bench.chat(second, "Which word?")
    equal(second.events()[0]["seq"], last + 1, "the first seq of the second run")
    messages = (await second.ok("chat.history", {"sessionKey": payload["sessionKey"]}))["messages"]
    equal([message["role"] for message in messages].count("user"), 2, "the number of the user's messages")


@case("R18", SECTION, "agents, status and sessions.list say that a run is running", limit=60)
async def is_running(bench: Bench) -> None:
    wire = await bench.connect()
    key = bench.session()
    run = (await wire.ok("chat.send", {"message": LONG, "sessionKey": key, "wait": False}))["runId"]
    await wire.event(("chunk", "run.completed"), run=run, timeout=bench.patience)
    listed = (await wire.ok("sessions.list", {"userId": bench.user}))["sessions"]
    agent = await wire.ok("agent")
    status = await wire.ok("status")
    if any(event["event"] == "run.completed" for event in wire.events(key)):
        raise Skip("the run ended too soon")
    await wire.ok("chat.abort", {"runId": run})
    equal(listed[0]["isRunning"], True, "isRunning in sessions.list")
    equal(agent["isRunning"], True, "isRunning in agent")
    check(status["lanes"]["main"]["running"] >= 1, "no run in the lane main")


@case("R19", SECTION, "an answer that failed is ok:false with a code; a message that is only blanks starts no run")
async def blank(bench: Bench) -> None:
    wire = await bench.connect()
    answer = await wire.call("chat.send", {"message": "", "sessionKey": bench.session()}, timeout=bench.patience)
    if answer["ok"]:
        raise Skip("the contract does not forbid an empty message; this server takes it")
    if answer["error"]["code"] != "INVALID_REQUEST":
        raise Failure(f"an empty message is answered with {answer['error']['code']}")
    equal((await wire.ok("sessions.list", {"userId": bench.user}))["sessions"], [], "the sessions")


@case("R20", SECTION, "tokens are counted in sessions.list", limit=60)
async def counted(bench: Bench) -> None:
    wire = await bench.connect()
    usage = (await bench.chat(wire, SHORT))["usage"]
    listed = (await wire.ok("sessions.list", {"userId": bench.user}))["sessions"][0]
    matches(listed, {"inputTokens": count, "outputTokens": count}, "the session")
    equal(
        [listed["inputTokens"], listed["outputTokens"]],
        [usage["prompt_tokens"], usage["completion_tokens"]],
        "the tokens",
    )
