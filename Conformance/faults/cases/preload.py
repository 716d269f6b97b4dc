"""A preloaded library that changes the environment before `main`."""

from __future__ import annotations

import subprocess
from pathlib import Path

from suite.case import Skip, check

from faults.stage import Stage, fault


@fault("preload", "under libfaketime, which changes the environment before main, the command line is read")
async def preload(stage: Stage) -> None:
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if library is None:
        raise Skip("libfaketime is missing; scripts/setup.sh tests installs it")
    done = subprocess.run(
        [str(stage.binary), "version"], env={"LD_PRELOAD": str(library)}, capture_output=True, text=True
    )
    check(done.stdout.startswith("swiftclaw "), f"'swiftclaw version' printed: {done.stdout[:200]}{done.stderr[:200]}")
