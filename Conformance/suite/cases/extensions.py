"""Section 8: the server's extensions, and who may call them."""

from __future__ import annotations

import secrets

from suite.bench import SHORT, SUM, Bench
from suite.case import Skip, case, check, equal
from suite.cases.pairing import paired, revoke
from suite.shape import count, matches, rfc3339, some_text

SECTION = "8 Extensions"
AGENT = {
    "id": some_text,
    "name": some_text,
    "description": str,
    "emoji": str,
    "model": str,
    "provider": str,
    "isDefault": bool,
    "isRunning": bool,
}
LINE = {"seq": count, "time": rfc3339, "level": some_text, "logger": str, "message": str, "fields?": dict}


@case("X01", SECTION, "agents.create, list, update and delete; an agent can be talked to at once", limit=60)
async def agents(bench: Bench) -> None:
    wire = await bench.connect()
    key = f"conformance-{secrets.token_hex(4)}"
    made = await wire.ok("agents.create", {"name": "Conformance", "agentId": key, "prompt": "Be brief."})
    matches(made, {"ok": True, "agentId": key, "name": "Conformance", "workspace": some_text}, "the payload")
    try:
        await wire.refused("ALREADY_EXISTS", "agents.create", {"name": "Conformance", "agentId": key})
        listed = await wire.ok("agents.list")
        matches(listed, {"agents": [AGENT]}, "the list")
        check(any(agent["id"] == key for agent in listed["agents"]), "the agent is not listed")
        changed = await wire.ok("agents.update", {"agentId": key, "name": "Changed", "description": "For a while."})
        matches(changed, {"ok": True, "agentId": key}, "the payload of agents.update")
        shown = await wire.ok("agent", {"agentId": key})
        equal([shown["name"], shown["description"]], ["Changed", "For a while."], "name and description")
        session = f"agent:{key}:conformance"
        run = await bench.chat(wire, SHORT, agentId=key, sessionKey=session)
        equal({event["payload"]["agentId"] for event in wire.events(session)}, {key}, "the agent of the events")
        equal(run["sessionKey"], session, "the session")
        refused = {"agentId": "default", "sessionKey": session}
        await wire.refused("INVALID_REQUEST", "chat.send", {"message": "x", **refused})
        await wire.ok("sessions.delete", {"key": session})
    finally:
        gone = await wire.ok("agents.delete", {"agentId": key})
    matches(gone, {"ok": True, "agentId": key}, "the payload of agents.delete")
    await wire.refused("NOT_FOUND", "agents.delete", {"agentId": key})
    await wire.refused("NOT_FOUND", "chat.send", {"message": "x", "agentId": key})


@case("X02", SECTION, "what an agent can't be is INVALID_REQUEST; the default agent stays")
async def bad_agents(bench: Bench) -> None:
    wire = await bench.connect()
    before = await wire.ok("agents.list")
    for params in (
        {},
        {"name": ""},
        {"name": 7},
        {"name": "x", "agentId": "Not a key!"},
        {"name": "x", "agentId": "../x"},
        {"name": "x\u0000y"},
        {"name": "x", "workspace": "../../etc"},
        {"name": "x", "model": "no-such-provider/no-such-model"},
    ):
        await wire.refused("INVALID_REQUEST", "agents.create", params)
    await wire.refused("NOT_FOUND", "agents.update", {"agentId": "no-such-agent", "name": "x"})
    await wire.refused("INVALID_REQUEST", "agents.update", {"name": "x"})
    await wire.refused("INVALID_REQUEST", "agents.delete", {"agentId": "default"})

    def names(payload: dict[str, list[dict[str, str]]]) -> list[str]:
        return [agent["id"] for agent in payload["agents"] if not agent["id"].startswith("conformance-")]

    equal(names(await wire.ok("agents.list")), names(before), "the agents after all these refusals")


@case("X03", SECTION, "agents.create, update and delete, and logs.tail, are for admins alone", limit=60, group="pairing")
async def roles(bench: Bench) -> None:
    for role in ("operator", "viewer"):
        wire, device, _ = await paired(bench, role)
        for method, params in (
            ("agents.create", {"name": "x"}),
            ("agents.update", {"agentId": "default", "name": "x"}),
            ("agents.delete", {"agentId": "no-such-agent"}),
            ("logs.tail", {}),
        ):
            await wire.refused("FORBIDDEN", method, params)
        listed = await wire.ok("agents.list")
        check(
            all("prompt" not in agent and "workspace" not in agent for agent in listed["agents"]),
            f"prompts or folders are shown to an {role}",
        )
        await revoke(bench, device)


@case("X04", SECTION, "logs.tail reads the log's end, without the token; limit and level are checked")
async def logs(bench: Bench) -> None:
    wire = await bench.connect()
    payload = await wire.ok("logs.tail", {"limit": 1000})
    matches(payload, {"lines": [LINE], "lastSeq": count}, "the payload")
    check(bench.target.token not in str(payload), "the log shows the token")
    numbers = [line["seq"] for line in payload["lines"]]
    equal(numbers, sorted(set(numbers)), "the order of the lines")
    few = await wire.ok("logs.tail", {"limit": 2})
    check(len(few["lines"]) <= 2, f"{len(few['lines'])} lines came, 2 were asked for")
    later = await wire.ok("logs.tail", {"afterSeq": payload["lastSeq"]})
    check(all(line["seq"] > payload["lastSeq"] for line in later["lines"]), "lines before afterSeq came")
    severe = await wire.ok("logs.tail", {"level": "error"})
    check(all(line["level"] in ("error", "critical") for line in severe["lines"]), "lesser levels came")
    for params in ({"limit": 0}, {"limit": 1001}, {"level": "loud"}, {"afterSeq": "x"}):
        await wire.refused("INVALID_REQUEST", "logs.tail", params)


@case("X05", SECTION, "skills.get answers what skills.list names; an unknown one is NOT_FOUND")
async def skills(bench: Bench) -> None:
    wire = await bench.connect()
    await wire.refused("NOT_FOUND", "skills.get", {"name": "no-such-skill"})
    await wire.refused("NOT_FOUND", "skills.get", {"name": "../../etc/passwd"})
    await wire.refused("INVALID_REQUEST", "skills.get", {})
    await wire.refused("NOT_FOUND", "skills.list", {"agentId": "no-such-agent"})
    listed = (await wire.ok("skills.list"))["skills"]
    if not listed:
        raise Skip("the server has no skill")
    for skill in listed:
        text = await wire.ok("skills.get", {"name": skill["name"]})
        check(skill["name"] in str(text), f"skills.get does not answer {skill['name']}")


@case("X06", SECTION, "an agent keeps to the session's own: tools that are called are tools that `agent` lists", limit=60)
async def listed_tools(bench: Bench) -> None:
    wire = await bench.connect()
    tools = (await wire.ok("agent"))["tools"]
    await bench.chat(wire, SUM, sessionKey=bench.session())
    called = {event["payload"]["name"] for event in wire.events() if event["event"] == "tool.call"}
    if not called:
        raise Skip(f"the model used no tool for {SUM!r}")
    check(called <= {tool if isinstance(tool, str) else tool["name"] for tool in tools}, f"{called} are not in {tools}")
