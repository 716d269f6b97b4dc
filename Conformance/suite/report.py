"""Results and the two report formats."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import TextIO

PASS, FAIL, SKIP, NOT_OFFERED = "pass", "fail", "skip", "not offered"
SHOWN_FRAMES = 14


@dataclass
class Result:
    id: str
    section: str
    contract: str
    outcome: str
    seconds: float
    # Why it failed or was skipped.
    reason: str = ""
    # The recorded traffic; kept for failures only.
    frames: list[str] = field(default_factory=list)


class Report:
    def __init__(self, url: str, is_full: bool) -> None:
        self.url = url
        self.is_full = is_full
        self.results: list[Result] = []

    @property
    def failed(self) -> list[Result]:
        bad = {FAIL, NOT_OFFERED} if self.is_full else {FAIL}
        return [result for result in self.results if result.outcome in bad]

    def text(self, seconds: float, output: TextIO, *, all_frames: bool = False) -> None:
        paint = _painter(output)
        section = ""
        for result in self.results:
            if result.section != section:
                section = result.section
                print(f"\n{paint('1', section)}", file=output)
            mark = {PASS: paint("32", "pass"), FAIL: paint("31", "FAIL"), SKIP: paint("33", "skip")}.get(
                result.outcome, paint("33", "n/a ")
            )
            print(f"  {result.id}  {mark}  {result.seconds:6.2f} s  {result.contract}", file=output)
            if result.outcome == FAIL:
                self._failure(result, output, all_frames)
            elif result.reason:
                print(f"       {result.outcome}: {result.reason}", file=output)
        counts = Counter(result.outcome for result in self.results)
        named = ", ".join(f"{counts[outcome]} {outcome}" for outcome in (PASS, FAIL, SKIP, NOT_OFFERED))
        print(f"\n{self.url}: {len(self.results)} cases in {seconds:.1f} s: {named}", file=output)
        if self.failed:
            print(paint("31", f"FAILED: {' '.join(result.id for result in self.failed)}"), file=output)
        else:
            print(paint("32", "The server keeps the contract in all cases that could be judged."), file=output)

    @staticmethod
    def _failure(result: Result, output: TextIO, all_frames: bool) -> None:
        print(f"       {result.reason}", file=output)
        frames = result.frames
        if len(frames) > SHOWN_FRAMES and not all_frames:
            left_out = len(frames) - SHOWN_FRAMES
            print(f"       | … {left_out} earlier; --frames shows all", file=output)
            frames = frames[-SHOWN_FRAMES:]
        for line in frames:
            print(f"       | {line}", file=output)

    def json(self, seconds: float) -> str:
        return json.dumps(
            {
                "url": self.url,
                "seconds": round(seconds, 3),
                "passed": not self.failed,
                "counts": Counter(result.outcome for result in self.results),
                "cases": [asdict(result) for result in self.results],
            },
            indent=2,
        )


def _painter(output: TextIO):  # type: ignore[no-untyped-def]
    use_colour = output.isatty()
    return lambda code, text: f"\033[{code}m{text}\033[0m" if use_colour else text


def progress(done: int, total: int, failed: Iterable[Result]) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {total} cases, {len(list(failed))} failed ", end="", file=sys.stderr, flush=True)
