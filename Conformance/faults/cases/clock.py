"""The machine's clock jumps."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from suite.case import Skip, equal

from faults.stage import Stage, fault, replay

SOURCE = Path(__file__).resolve().parent.parent / "clock.c"


def movable_clock(stage: Stage) -> tuple[Path, dict[str, str]]:
    """A file with the clock's offset in seconds, and the launcher that makes a gateway read it."""
    compiler = shutil.which("clang") or shutil.which("cc")
    if compiler is None:
        raise Skip("no C compiler is installed")
    library = stage.folder / "clock.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(SOURCE)], check=True)
    offset = stage.folder / "offset"
    offset.write_text("0")
    return offset, {"LD_PRELOAD": str(library), "FAULT_CLOCK": str(offset)}


def move(offset: Path, seconds: int) -> None:
    """Atomically, so that no reader finds an empty file."""
    fresh = offset.with_suffix(".new")
    fresh.write_text(str(seconds))
    os.replace(fresh, offset)


@fault("clock-jumps", "a clock set back an hour, then on by a day: each message is answered, in order, once")
async def jumps(stage: Stage) -> None:
    offset, preloaded = movable_clock(stage)
    gateway = await stage.start(environment=preloaded)
    wire = await gateway.connect()
    first = await wire.start("chat.send", {"message": "first pieces=20 hold=1"})
    running = await stage.model.call("first", pieces=1)
    second = await wire.start("chat.send", {"message": "second"})
    await wire.ok("health")
    move(offset, -3600)
    third = await wire.start("chat.send", {"message": "third"})
    running.go.set()
    for request, name in ((first, "first"), (second, "second"), (third, "third")):
        answer = await wire.answer(request)
        equal(answer["ok"], True, f"the answer to the {name} message after the clock was set back")
    fourth = await wire.start("chat.send", {"message": "fourth pieces=10 hold=1"})
    running = await stage.model.call("fourth", pieces=1)
    move(offset, 86_400)
    running.go.set()
    equal((await wire.answer(fourth))["ok"], True, "the answer after the clock was set a day on")
    await wire.ok("chat.send", {"message": "fifth"})
    await replay(wire, runs=5)
    texts = [call.text.split()[0] for call in stage.model.calls]
    equal(texts, ["first", "second", "third", "fourth", "fifth"], "the calls of the model")
