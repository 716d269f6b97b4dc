"""Checks the events of complete runs."""

from __future__ import annotations

from itertools import pairwise

from suite.case import check, equal, short
from suite.shape import count, matches, positive, some_text, whole_characters
from suite.wire import JSON

ENDS = ("run.completed", "run.failed")

USAGE = {"prompt_tokens": count, "completion_tokens": count, "total_tokens": count}

PAYLOADS: dict[str, object] = {
    "run.started": {"model": some_text, "provider": some_text, "source": some_text, "attempt": positive},
    "chunk": {"content": whole_characters},
    "thinking": {"content": str},
    "tool.call": {"name": some_text, "id": some_text, "arguments": dict},
    "tool.result": {
        "name": some_text,
        "id": some_text,
        "is_error": bool,
        "durationMs": count,
        "preview": lambda text: isinstance(text, str) and len(text) <= 500,
    },
    "run.waiting": {"for": some_text, "until": some_text},
    "run.resumed": {},
    "run.completed": {"content": str, "usage": USAGE, "iterations": positive, "durationMs": count},
    "run.failed": {"error": {"code": some_text, "message": str}},
}


def judge_events(events: list[JSON], *, first: int | None = 1) -> None:
    """Checks the shape and numbering of the events of one session, in order."""
    for event in events:
        name = event.get("event")
        check(name in PAYLOADS, f"{name!r} is no run event of the contract")
        common = {"runId": some_text, "sessionKey": some_text, "agentId": some_text}
        matches(event, {"type": "event", "seq": positive, "payload": common}, "the event")
        matches(event["payload"], PAYLOADS[str(name)], f"the payload of {name}")
    numbers = [event["seq"] for event in events]
    check(
        numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True,
        f"seq does not grow by 1: {short(numbers)}",
    )
    if first is not None:
        check(numbers, "no events came")
        equal(numbers[0], first, "the first seq")


def judge_order(events: list[JSON]) -> None:
    """Checks the order of one run: started, rounds, and exactly one end."""
    names = [event["event"] for event in events]
    check(names, "the run has no events")
    check(names[0] == "run.started", f"the run begins with {names[0]}, expected run.started")
    check(names[-1] in ENDS, f"the run ends with {names[-1]}, expected one of {ENDS}")
    check(sum(name in ENDS for name in names) == 1, f"a run ends exactly once: {names}")
    check(names.count("run.started") == 1, f"run.started came {names.count('run.started')} times")
    # Within a round: chunks, then calls, then results.
    rank = {"thinking": 0, "chunk": 0, "tool.call": 1, "tool.result": 2}
    middle = [rank[name] for name in names[1:-1] if name in rank]
    for before, after in pairwise(middle):
        fine = after >= before or (before == 2 and after == 0) or (before == 2 and after == 1)
        check(fine, f"the order within a round is chunk*, tool.call*, tool.result*: {names}")


def last_round(events: list[JSON]) -> str:
    """The text of the chunks after the last tool result of a run."""
    text = ""
    for event in events:
        if event["event"] in ("run.started", "tool.result"):
            text = ""
        elif event["event"] == "chunk":
            text += event["payload"]["content"]
    return text


def of_run(events: list[JSON], run: str) -> list[JSON]:
    return [event for event in events if event["payload"]["runId"] == run]
