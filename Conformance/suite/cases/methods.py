"""Section 4: read-only methods."""

from __future__ import annotations

from suite.bench import Bench
from suite.case import case, check
from suite.shape import count, matches, some_text

SECTION = "4 Methods"


@case("M01", SECTION, "health answers status ok and protocol 3")
async def health(bench: Bench) -> None:
    wire = await bench.connect()
    matches(await wire.ok("health"), {"status": "ok", "protocol": 3}, "the payload")


@case("M02", SECTION, "status has the contract's form")
async def status(bench: Bench) -> None:
    wire = await bench.connect()
    payload = await wire.ok("status")
    agent = {"id": some_text, "name": str, "model": str, "provider": str, "isRunning": bool}
    matches(
        payload,
        {
            "version": some_text,
            "protocol": 3,
            "uptimeMs": count,
            "store": ("sqlite", "postgres"),
            "node": some_text,
            "clients": count,
            "sessions": count,
            "agents": [agent],
            "lanes": dict,
            "channels": [{"name": str, "type": str, "state": str}],
        },
        "the payload",
    )
    for name, lane in payload["lanes"].items():
        matches(lane, {"running": count, "queued": count, "limit": count}, f"lane {name}")
    check("main" in payload["lanes"], "there is no lane main")
    check(any(agent["id"] == "default" for agent in payload["agents"]), "the agent default is not listed")


@case("M03", SECTION, "agent answers the default agent; an unknown one is NOT_FOUND")
async def agent(bench: Bench) -> None:
    wire = await bench.connect()
    shape = {
        "id": "default",
        "name": str,
        "description": str,
        "emoji": str,
        "model": str,
        "provider": str,
        "type": str,
        "isRunning": bool,
        "tools": list,
    }
    matches(await wire.ok("agent"), shape, "the payload")
    matches(await wire.ok("agent", {"agentId": "default"}), shape, "the payload")
    await wire.refused("NOT_FOUND", "agent", {"agentId": "no-such-agent"})


@case("M04", SECTION, "models.list has the contract's form", limit=30)
async def models(bench: Bench) -> None:
    wire = await bench.connect()
    payload = await wire.ok("models.list", timeout=20)
    model = {"id": some_text, "provider": some_text, "name": str, "contextWindow?": (count, None), "isDefault": bool}
    matches(payload, {"models": [model], "errors": [{"provider": some_text, "message": str}]}, "the payload")
    check(payload["models"] or payload["errors"], "neither a model nor an error")
    check(sum(model["isDefault"] for model in payload["models"]) <= 1, "more than one default")


@case("M05", SECTION, "required parameters that are missing are INVALID_REQUEST")
async def required(bench: Bench) -> None:
    wire = await bench.connect()
    for method, params in (
        ("chat.send", {}),
        ("chat.history", {}),
        ("chat.abort", {}),
        ("sessions.delete", {}),
        ("chat.abort", {"runId": "r", "sessionKey": bench.session()}),
        ("sessions.label", {"label": "x"}),
        ("sessions.label", {"key": bench.session()}),
        ("sessions.subscribe", {}),
        ("sessions.unsubscribe", {}),
    ):
        await wire.refused("INVALID_REQUEST", method, params)


@case("M06", SECTION, "session keys have the form agent:{agentId}:{rest}; others are INVALID_REQUEST")
async def keys(bench: Bench) -> None:
    wire = await bench.connect()
    for key in ("", "main", "agent:", "agent:default", "agent:default:", "agent::x", "user:default:x"):
        await wire.refused("INVALID_REQUEST", "chat.history", {"sessionKey": key})
        await wire.refused("INVALID_REQUEST", "chat.send", {"message": "x", "sessionKey": key})


@case("M07", SECTION, "skills.list answers a list of skills")
async def skills(bench: Bench) -> None:
    wire = await bench.connect()
    skill = {"id": some_text, "name": str, "description": str, "source": str, "version": (str, int)}
    matches(await wire.ok("skills.list"), {"skills": [skill]}, "the payload")


@case("M08", SECTION, "an agent that does not exist is NOT_FOUND everywhere")
async def unknown_agent(bench: Bench) -> None:
    wire = await bench.connect()
    await wire.refused("NOT_FOUND", "chat.send", {"message": "x", "agentId": "no-such-agent"})
    await wire.refused("NOT_FOUND", "chat.send", {"message": "x", "sessionKey": "agent:no-such-agent:x"})
    await wire.refused("NOT_FOUND", "sessions.delete", {"key": "agent:no-such-agent:x"})
    await wire.refused("NOT_FOUND", "sessions.label", {"key": "agent:no-such-agent:x", "label": "x"})
