"""What a case is, how one is declared, and the ways in which it can end."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from suite.bench import Bench


class Failure(Exception):
    """The server does something else than the contract says."""


class Skip(Exception):
    """The case cannot be judged here; the text says why."""


class NotOffered(Skip):
    """The server does not have the method or route yet. Fails with --full."""


CaseFunction = Callable[["Bench"], Awaitable[None]]


@dataclass(frozen=True)
class Case:
    id: str
    section: str
    contract: str
    function: CaseFunction
    # Seconds after which the case has failed.
    limit: float
    # Runs only with --slow.
    is_slow: bool
    # Runs alone, after all others: it disturbs the server or depends on being undisturbed.
    is_last: bool
    # Cases of one group share something that there is little of, and run one at a time.
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
    """Declares a case; `contract` says in one sentence what the contract asks for."""

    def declare(function: CaseFunction) -> CaseFunction:
        assert all(known.id != id for known in CASES), f"two cases are called {id}"
        CASES.append(Case(id, section, contract, function, limit, slow, last, group))
        return function

    return declare


def check(condition: object, message: str) -> None:
    if not condition:
        raise Failure(message)


def equal(actual: object, expected: object, what: str) -> None:
    """Compares, with the types: 1, 1.0 and true differ on the wire."""
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
