"""The command line: `python -m suite`, which `run` starts."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fnmatch
import os
import sys
import time
from pathlib import Path

import httpx
import openai
import websockets.exceptions

import suite.cases  # noqa: F401  (declares the cases)
from suite.bench import Bench, Target
from suite.case import CASES, Case, Failure, NotOffered, Skip
from suite.report import FAIL, NOT_OFFERED, PASS, SKIP, Report, Result, progress


async def judge(case: Case, target: Target) -> Result:
    bench = Bench(target, case.id)
    result = Result(case.id, case.section, case.contract, PASS, 0)
    began = time.monotonic()
    try:
        async with asyncio.timeout(case.limit):
            await case.function(bench)
    except NotOffered as why:
        result.outcome, result.reason = NOT_OFFERED, str(why)
    except Skip as why:
        result.outcome, result.reason = SKIP, str(why)
    except Failure as why:
        result.outcome, result.reason = FAIL, str(why)
    except TimeoutError:
        result.outcome, result.reason = FAIL, f"not done within {case.limit:g} s"
    except (websockets.exceptions.WebSocketException, httpx.HTTPError, openai.OpenAIError, OSError) as why:
        result.outcome, result.reason = FAIL, f"{type(why).__name__}: {why}"
    except (KeyError, IndexError, TypeError, ValueError) as why:
        # The case accessed a field that is missing in the response.
        result.outcome, result.reason = FAIL, f"the answer lacks what the case needs: {type(why).__name__}: {why}"
    result.seconds = time.monotonic() - began
    if result.outcome == FAIL:
        result.frames = list(bench.transcript)
    await bench.finish()
    return result


async def judge_all(cases: list[Case], target: Target, jobs: int, report: Report) -> None:
    places = asyncio.Semaphore(jobs)
    groups = {case.group: asyncio.Lock() for case in cases if case.group}
    results: dict[str, Result] = {}

    async def one(case: Case) -> None:
        alone = groups[case.group] if case.group else contextlib.nullcontext()
        async with alone, places:
            results[case.id] = await judge(case, target)
            failed = [result for result in results.values() if result.outcome == FAIL]
            progress(len(results), len(cases), failed)

    # Long cases first, so that the end is not spent waiting for one of them.
    together = sorted((case for case in cases if not case.is_last), key=lambda case: -case.limit)
    await asyncio.gather(*(one(case) for case in together))
    for case in cases:
        if case.is_last:
            await one(case)
    report.results = sorted(results.values(), key=lambda result: (result.section, result.id))


def chosen(patterns: list[str], with_slow: bool) -> list[Case]:
    if patterns:
        return [case for case in CASES if any(fnmatch.fnmatch(case.id, pattern) for pattern in patterns)]
    return [case for case in CASES if with_slow or not case.is_slow]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Conformance/run", description="Judges a gateway by the wire contract.")
    parser.add_argument("--url", default="http://127.0.0.1:18790", help="the gateway's address (default: %(default)s)")
    parser.add_argument(
        "--token", default=os.environ.get("SWIFTCLAW_TOKEN"), help="the gateway token (default: $SWIFTCLAW_TOKEN)"
    )
    parser.add_argument("--full", action="store_true", help="what is not offered fails too")
    parser.add_argument("--slow", action="store_true", help="also the cases that wait for a minute")
    parser.add_argument("--only", action="append", default=[], metavar="ID", help="such as R02 or 'U*'; repeatable")
    parser.add_argument("--jobs", type=int, default=6, help="cases at a time (default: %(default)s)")
    parser.add_argument("--run-seconds", type=float, default=30, help="patience with one answer (default: %(default)s)")
    parser.add_argument("--json", metavar="FILE", help="write the report as JSON too; - for standard output alone")
    parser.add_argument("--frames", action="store_true", help="show all frames of failed cases")
    parser.add_argument("--list", action="store_true", help="list the cases and end")
    return parser.parse_args()


def main() -> int:
    options = parse()
    if options.list:
        for case in sorted(CASES, key=lambda case: (case.section, case.id)):
            print(f"{case.id}  {case.section}: {case.contract}")
        return 0
    if not options.token:
        print("run: --token is needed; `swiftclaw token show` prints it", file=sys.stderr)
        return 2
    target = Target(options.url.rstrip("/"), options.token, options.run_seconds)
    try:
        httpx.get(f"{target.url}/health", timeout=5, trust_env=False)
    except httpx.HTTPError as problem:
        print(f"run: nothing answers at {target.url}: {problem}", file=sys.stderr)
        return 2
    cases = chosen(options.only, options.slow)
    if not cases:
        print("run: no case has such an id; --list shows them", file=sys.stderr)
        return 2
    report = Report(target.url, options.full)
    began = time.monotonic()
    asyncio.run(judge_all(cases, target, max(1, options.jobs), report))
    seconds = time.monotonic() - began
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if options.json != "-":
        report.text(seconds, sys.stdout, all_frames=options.frames)
    if options.json == "-":
        print(report.json(seconds))
    elif options.json:
        Path(options.json).write_text(report.json(seconds) + "\n")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
