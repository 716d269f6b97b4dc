"""Declaration and outcomes of cases."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suite.bench import Bench


class Failure(Exception):
    """The server violates the contract."""


class Skip(Exception):
    """The case can't be decided here; the text says why."""


class NotOffered(Skip):
    """The server does not have the method or route yet. Fails with --full."""


CaseFunction = Callable[["Bench"], Awaitable[None]]


@dataclass(frozen=True)
class Case:
    id: str
    section: str
    contract: str
    function: CaseFunction
    # Timeout of the case in seconds.
    limit: float
    # Run only with --slow.
    is_slow: bool
    # Run alone, after all others: it affects other cases or would be affected by them.
    is_last: bool
    # Cases of one group share a scarce resource, and run one at a time.
    group: str | None = None


CASES: list[Case] = []


def case(
    id: str,
    section: str,
    contract: str,
    *,
    limit: float = 20,
    slow: bool = False,
    last: bool = False,
    group: str | None = None,
) -> Callable[[CaseFunction], CaseFunction]:
    """Declares a case; `contract` states in one sentence what the contract requires."""

    def declare(function: CaseFunction) -> CaseFunction:
        assert all(known.id != id for known in CASES), f"two cases are called {id}"
        CASES.append(Case(id, section, contract, function, limit, slow, last, group))
        return function

    return declare


def check(condition: object, message: str) -> None:
    if not condition:
        raise Failure(message)


def equal(actual: object, expected: object, what: str) -> None:
    """Compares values and types: 1, 1.0 and true differ on the wire."""
    if type(actual) is type(expected) and actual == expected:
        return
    if isinstance(actual, list) and isinstance(expected, list) and max(len(actual), len(expected)) > 3:
        for index, (one, other) in enumerate(zip(actual, expected)):
            if one != other:
                raise Failure(f"{what}: number {index} is {short(one)}, expected {short(other)}")
        more = actual[len(expected) :] or expected[len(actual) :]
        raise Failure(
            f"{what}: {len(actual)} came, expected {len(expected)}; the difference begins with {short(more[0])}"
        )
    raise Failure(f"{what} is {short(actual)}, expected {short(expected)}")


def short(value: object, limit: int = 300) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"
