"""Evaluates Autobahn's report."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

# NON-STRICT satisfies every MUST; INFORMATIONAL is the result of cases without a verdict.
PASSING = {"OK", "NON-STRICT", "INFORMATIONAL"}
# Compression is not supported; these sections pass if the offer is declined correctly.
COMPRESSION_SECTIONS = {"12", "13"}


@dataclass
class Verdict:
    expected: int
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        return not self.failures

    def __str__(self) -> str:
        counts = ", ".join(f"{count} {outcome}" for outcome, count in self.outcomes.most_common())
        return f"{sum(self.outcomes.values())} of {self.expected} cases: {counts or 'none'}"


def judge(index: Path, expected: int) -> Verdict:
    """Evaluates the report at `index`, which must contain `expected` cases."""
    verdict = Verdict(expected)
    if not index.exists():
        verdict.failures.append("the suite wrote no report")
        return verdict
    for cases in json.loads(index.read_text()).values():
        for number in sorted(cases, key=lambda text: [int(part) for part in text.split(".")]):
            add(verdict, number, cases[number])
    missing = expected - sum(verdict.outcomes.values())
    if missing or expected == 0:
        verdict.failures.append(f"{missing} cases are missing from the report")
    return verdict


def add(verdict: Verdict, number: str, case: dict[str, str]) -> None:
    behavior, close = case["behavior"], case["behaviorClose"]
    declined = behavior == "UNIMPLEMENTED" and number.split(".")[0] in COMPRESSION_SECTIONS
    verdict.outcomes["compression declined" if declined else behavior] += 1
    if not (declined or behavior in PASSING) or close not in PASSING:
        verdict.failures.append(f"{number}: {behavior}, close {close}; see {case['reportfile']}")
