"""The virtual environment of the suites."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv" / "suite"


def prepare() -> Path:
    """The environment's Python; the environment is recreated when the requirements change."""
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.exit("Python 3.11 or newer is needed")
    requirements = HERE / "requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    stamp = VENV / "recipe"
    python = VENV / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != digest:
        print("preparing the environment of the suite …", file=sys.stderr, flush=True)
        shutil.rmtree(VENV, ignore_errors=True)
        venv.create(VENV, with_pip=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        done = subprocess.run([*pip, "-r", str(requirements)], check=False)
        if done.returncode != 0:
            sys.exit("pip failed; the suite needs the packages of Conformance/requirements.txt")
        stamp.write_text(digest)
    return python
