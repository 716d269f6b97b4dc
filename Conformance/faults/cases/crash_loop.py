"""A message that crashes the process at the same point each time."""

from __future__ import annotations

from suite.case import Failure, Skip, check, equal

from faults.stage import ENDS, Stage, fault, replay


@fault("crash-loop", "a message that kills the process each time fails at last, and its session goes on")
async def crash_loop(stage: Stage) -> None:
    crash = {"SWIFTCLAW_CRASH_AT": "beforeEnd", "SWIFTCLAW_RUNS_MAX_ATTEMPTS": "3"}
    first = await stage.start(environment=crash)
    wire = await first.connect()
    await wire.start("chat.send", {"message": "deadly"})
    try:
        await wire.event(ENDS)
    except Failure:
        # The connection was lost before the run ended.
        await first.ends()
    else:
        raise Skip("this build has no crash points; the case needs a debug build")
    for _ in range(2):
        crashing = await stage.start(environment=crash)
        await crashing.ends()
    last = await stage.start(environment={"SWIFTCLAW_RUNS_MAX_ATTEMPTS": "3"})
    wire = await last.connect()
    events = await replay(wire, runs=1)
    equal(events[-1]["event"], "run.failed", "the end of the run that crashed the process")
    equal(events[-1]["payload"]["error"]["code"], "INTERNAL", "its code")
    calls = len(stage.model.asked("deadly"))
    check(calls <= 3, f"the model was asked {calls} times")
    answer = await wire.ok("chat.send", {"message": "next"})
    equal(answer["content"], "ok", "the answer to the next message")
