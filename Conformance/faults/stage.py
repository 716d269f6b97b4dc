"""The environment of a case: a temporary directory, the binary, a model, and everything it started."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from suite.case import Failure, check, equal
from suite.wire import JSON, Wire

from faults.gateway import PATIENCE, SESSION, Gateway
from faults.model import Model

ENDS = ("run.completed", "run.failed")


@dataclass
class Stage:
    binary: Path
    folder: Path
    model: Model

    def __post_init__(self) -> None:
        self._gateways: list[Gateway] = []
        self._undo: list[Callable[[], Awaitable[object] | object]] = []

    @property
    def home(self) -> Path:
        return self.folder / "home"

    async def start(
        self,
        *,
        home: Path | None = None,
        environment: dict[str, str] | None = None,
        launcher: list[str] | None = None,
        timeout: float = PATIENCE,
    ) -> Gateway:
        gateway = await Gateway.start(
            self.binary,
            home or self.home,
            self.model.base_url,
            environment=environment,
            launcher=launcher,
            timeout=timeout,
        )
        self._gateways.append(gateway)
        return gateway

    def finally_(self, undo: Callable[[], Awaitable[object] | object]) -> None:
        """Registers a cleanup; the last registered runs first."""
        self._undo.append(undo)

    async def finish(self) -> None:
        for gateway in self._gateways:
            await gateway.kill()
        for undo in reversed(self._undo):
            with contextlib.suppress(Exception):
                result = undo()
                if isinstance(result, Awaitable):
                    await result


Function = Callable[[Stage], Awaitable[None]]


@dataclass(frozen=True)
class Fault:
    id: str
    says: str
    function: Function
    # Timeout of the case in seconds.
    limit: float


FAULTS: list[Fault] = []


def fault(id: str, says: str, *, limit: float = 240) -> Callable[[Function], Function]:
    """Declares a case; `says` is one sentence on what an operator may rely on."""

    def declare(function: Function) -> Function:
        assert all(known.id != id for known in FAULTS), f"two cases are called {id}"
        FAULTS.append(Fault(id, says, function, limit))
        return function

    return declare


@contextlib.asynccontextmanager
async def within(words: str, seconds: float = PATIENCE) -> AsyncIterator[None]:
    """A timeout with an error message."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError:
        raise Failure(words) from None


async def replay(wire: Wire, session: str = SESSION, *, runs: int, timeout: float = PATIENCE) -> list[JSON]:
    """All events of a session, once this many runs have ended; checks for gaps, repetitions and one end per run."""
    request = await wire.start("sessions.subscribe", {"sessionKey": session, "afterSeq": 0})
    subscribed = await wire.find(lambda frame: frame.get("id") == request, "the subscription", timeout=timeout)
    check(wire.frames[subscribed].get("ok") is True, f"no subscription: {wire.frames[subscribed]}")
    await wire_ends(wire, session, runs=runs, start=subscribed, timeout=timeout)
    events = wire.events(session, start=subscribed)
    judge(events, runs=runs)
    return events


async def wire_ends(wire: Wire, session: str, *, runs: int, start: int = 0, timeout: float = PATIENCE) -> None:
    """Waits for the end of this many runs of a session."""
    for number in range(runs):
        start = 1 + await wire.find(
            lambda frame: frame.get("event") in ENDS and frame["payload"]["sessionKey"] == session,
            f"end of run {number + 1} of {runs} in {session}",
            start=start,
            timeout=timeout,
        )


def judge(events: list[JSON], *, runs: int, first: int = 1) -> None:
    """Checks the events of a session, in order: numbered without gaps, and each run ends once."""
    equal([event["seq"] for event in events], list(range(first, first + len(events))), "the numbers of the events")
    ended = [event["payload"]["runId"] for event in events if event["event"] in ENDS]
    equal(len(ended), runs, "the ends")
    equal(len(set(ended)), runs, "the runs that ended")
