"""The command line of the fault run."""

from __future__ import annotations

import argparse
import asyncio
import fnmatch
import importlib
import pkgutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from suite.case import Failure, Skip

from faults import cases
from faults.model import Model
from faults.stage import FAULTS, Fault, Stage


async def judge(fault: Fault, binary: Path) -> tuple[str, str]:
    """Runs a case; returns how it ended, and why."""
    with tempfile.TemporaryDirectory(prefix="swiftclaw-fault-", ignore_cleanup_errors=True) as folder:
        async with Model() as model:
            stage = Stage(binary, Path(folder), model)
            try:
                async with asyncio.timeout(fault.limit):
                    await fault.function(stage)
                return "pass", ""
            except Skip as reason:
                return "skip", str(reason)
            except Failure as failure:
                place = traceback.extract_tb(failure.__traceback__)
                inner = [entry for entry in place if "/cases/" in entry.filename]
                where = f" (line {inner[-1].lineno} of {Path(inner[-1].filename).name})" if inner else ""
                return "fail", str(failure) + where
            except TimeoutError:
                return "fail", f"not done within {fault.limit:g} s\n{traceback.format_exc()}"
            except Exception:
                return "fail", traceback.format_exc()
            finally:
                await stage.finish()


async def run(options: argparse.Namespace) -> int:
    chosen = [fault for fault in FAULTS if not options.only or any(fnmatch.fnmatch(fault.id, o) for o in options.only)]
    counts = {"pass": 0, "fail": 0, "skip": 0}
    places = asyncio.Semaphore(max(1, options.jobs))

    async def take(fault: Fault) -> None:
        async with places:
            began = time.monotonic()
            how, why = await judge(fault, options.binary.resolve())
        counts[how] += 1
        print(f"  {fault.id:<18} {how}  {time.monotonic() - began:6.2f} s  {fault.says}", flush=True)
        if why:
            print("    " + why.replace("\n", "\n    "), flush=True)

    async with asyncio.TaskGroup() as group:
        for fault in chosen:
            group.create_task(take(fault))
    print(f"faults: {counts['pass']} passed, {counts['fail']} failed, {counts['skip']} skipped", flush=True)
    return 1 if counts["fail"] or not counts["pass"] else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="Conformance/faults/run", description=__doc__)
    parser.add_argument("--binary", type=Path, help="the gateway; some cases need a debug build")
    parser.add_argument("--only", action="append", metavar="ID", help="a case, or a pattern; may be repeated")
    parser.add_argument("--jobs", type=int, default=2, help="cases at a time (default: %(default)s)")
    parser.add_argument("--list", action="store_true", help="print the cases")
    options = parser.parse_args()
    for module in pkgutil.iter_modules(cases.__path__):
        importlib.import_module(f"faults.cases.{module.name}")
    FAULTS.sort(key=lambda fault: fault.id)
    if options.list:
        for fault in FAULTS:
            print(f"{fault.id:<18} {fault.says}")
        return 0
    if options.binary is None or not options.binary.exists():
        parser.error("--binary names no file; build one with 'swift build'")
    return asyncio.run(run(options))


if __name__ == "__main__":
    sys.exit(main())
