"""The disk is full."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from pathlib import Path

from suite.case import Skip, check, equal

from faults.model import ENDLESS
from faults.stage import Stage, fault, replay, within


def small_disk(stage: Stage) -> Path:
    """A file system of 24 MB."""
    place = stage.folder / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode != 0:
        raise Skip("no file system can be mounted here: " + mounted.stderr.decode().strip())
    stage.finally_(lambda: subprocess.run(["umount", "-l", str(place)], check=False))
    return place


def fill(place: Path) -> Path:
    """Uses up all space, at the end in small pieces."""
    filler = place / "filler"
    for size in (65_536, 512):
        with filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(size))
    return filler


@fault("disk-full", "a full disk: /ready is 503, an abort stops the model, and with room again all ends")
async def full(stage: Stage) -> None:
    place = small_disk(stage)
    gateway = await stage.start(home=place / "home")
    wire = await gateway.connect()
    running = await wire.ok("chat.send", {"message": ENDLESS, "wait": False})
    call = await stage.model.call(ENDLESS, pieces=3)
    filler = fill(place)
    body = await gateway.becomes_ready(503)
    check(body["checks"].get("store") not in (None, "ok"), f"/ready does not name the store: {body}")
    refused = await wire.refused("UNAVAILABLE", "chat.send", {"message": "two"})
    check("full" in refused["message"], f"the refusal does not name the disk: {refused['message']}")
    await wire.start("chat.abort", {"runId": running["runId"]})
    async with within("the model is still read after the abort"):
        await call.ended.wait()
    os.truncate(filler, 0)
    await gateway.becomes_ready(200)
    events = await replay(wire, runs=1)
    equal(events[-1]["event"], "run.failed", "the end of the aborted run")
    await wire.ok("chat.send", {"message": "three"})


@fault("disk-full-stop", "SIGTERM on a full disk ends soon, and the next start finishes the run")
async def stop(stage: Stage) -> None:
    place = small_disk(stage)
    gateway = await stage.start(home=place / "home", environment={"SWIFTCLAW_GATEWAY_DRAIN_TIMEOUT": "10m"})
    wire = await gateway.connect()
    await wire.ok("chat.send", {"message": "pieces=20 hold=3", "wait": False})
    call = await stage.model.call("pieces=20", pieces=3)
    filler = fill(place)
    await gateway.becomes_ready(503)
    gateway.signal(signal.SIGTERM)
    call.go.set()
    await gateway.ends()
    os.truncate(filler, 0)
    second = await stage.start(home=place / "home")
    await replay(await second.connect(), runs=1)
