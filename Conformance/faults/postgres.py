"""A PostgreSQL server for one case."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

from suite.case import Skip

BINARIES = Path(os.environ.get("SWIFTCLAW_TEST_POSTGRES_BIN", "/usr/lib/postgresql/15/bin"))
# The server does not run as root.
AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []


class Postgres:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")

    @property
    def socket(self) -> str:
        """The socket file. Not a port, since a free port may be taken by another program meanwhile."""
        return str(self.folder / ".s.PGSQL.5432")

    @property
    def dsn(self) -> str:
        return f"host={self.folder} user=postgres dbname=postgres"

    async def __aenter__(self) -> Postgres:
        if not (BINARIES / "initdb").exists():
            raise Skip(f"{BINARIES}/initdb is missing; scripts/setup.sh tests installs it")
        self.folder.mkdir(parents=True)
        # The server's user needs access to it.
        self.folder.parent.chmod(0o755)
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
        data = str(self.folder / "data")
        await self._run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        await self._control(
            "start", "-o", f"-k {self.folder} -c listen_addresses='' -c fsync=off -c max_connections=100"
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._control("stop", "-m", "immediate")

    async def _control(self, *arguments: str) -> None:
        data, log = str(self.folder / "data"), str(self.folder / "server.log")
        await self._run("pg_ctl", "-D", data, "-w", "-l", log, *arguments)

    async def _run(self, program: str, *arguments: str) -> None:
        process = await asyncio.create_subprocess_exec(
            *AS_POSTGRES,
            str(BINARIES / program),
            *arguments,
            cwd=self.folder,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        if await process.wait() != 0:
            log = self.folder / "server.log"
            raise RuntimeError(f"{program} failed: {log.read_text(errors='replace') if log.exists() else ''}")
