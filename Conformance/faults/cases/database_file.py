"""The database file is removed, replaced or damaged while the gateway is running."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from suite.case import check, equal

from faults.stage import Stage, fault


async def noticed(stage: Stage, harm: Callable[[Path], None]) -> None:
    gateway = await stage.start()
    wire = await gateway.connect()
    for text in ("one", "two", "three"):
        await wire.ok("chat.send", {"message": text})
    harm(gateway.database)
    body = await gateway.becomes_ready(503)
    check(body["checks"].get("store") not in (None, "ok"), f"/ready says nothing of the store: {body}")
    refused = await wire.call("chat.send", {"message": "four"})
    check(not refused["ok"], "a message was accepted into a database that is gone")
    lines = gateway.lines(level="error")
    check(any("swiftclaw.db" in str(line) for line in lines), f"no error line names the file: {lines}")
    await gateway.terminate()
    equal(len(stage.model.asked("four")), 0, "calls of the model for the message that was refused")


@fault("file-removed", "a database file removed: /ready is 503, nothing is accepted, an error names the file")
async def removed(stage: Stage) -> None:
    await noticed(stage, lambda database: database.unlink())


@fault("file-replaced", "a database file that another was moved over: the same")
async def replaced(stage: Stage) -> None:
    def restore(database: Path) -> None:
        copy = database.with_suffix(".copy")
        shutil.copy(database, copy)
        os.replace(copy, database)

    await noticed(stage, restore)


@fault("file-damaged", "a database file that is cut short: the same")
async def damaged(stage: Stage) -> None:
    await noticed(stage, lambda database: os.truncate(database, database.stat().st_size // 2))
