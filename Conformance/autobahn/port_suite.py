#!/usr/bin/env python3
"""Makes the PyPI release of autobahntestsuite (25.10.1), which is Python 2 source, run on Python 3.

Run it with the Python of the virtual environment that contains the package, which is changed in place. A second run
changes nothing.

lib2to3 converts the syntax. The case files treat payloads as byte strings; they are decoded as latin-1, where one
character is one octet, and the protocol class converts them at its boundary. The HTML reports are omitted;
`index.json` and one JSON file per case are written.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

HELPERS = '''
import binascii as _binascii


def B(text):
    """Octets of a latin-1 text."""
    return text.encode("latin-1") if isinstance(text, str) else (b"" if text is None else bytes(text))


def T(octets):
    """Octets as a latin-1 text."""
    return octets.decode("latin-1") if isinstance(octets, (bytes, bytearray, memoryview)) else octets


def b2a_hex(text):
    return _binascii.b2a_hex(B(text)).decode()


hexlify = b2a_hex
'''

# Conversion between the cases (latin-1 text) and the library (bytes).
EDGE = """   MAX_WIRE_LOG_DATA = 256
   debug = False

   def failConnection(self, *args, **k):           # renamed in current autobahn
      return self._fail_connection(*args, **k)

   def sendFrame(self, opcode, payload = b"", **k):
      return super().sendFrame(opcode, payload = B(payload), **k)

   def sendMessage(self, payload, isBinary = False, **k):
      return super().sendMessage(B(payload), isBinary, **k)

   def sendMessageFrameData(self, payload, sync = False):
      return super().sendMessageFrameData(B(payload), sync)

   def sendCloseFrame(self, code = None, reasonUtf8 = None, isReply = False):
      reason = None if reasonUtf8 is None else B(reasonUtf8)
      return super().sendCloseFrame(code = code, reasonUtf8 = reason, isReply = isReply)

   def onPing(self, payload):
      super().onPing(payload)          # the library answers; the case is told
      if self.runCase: self.runCase.onPing(T(payload))
"""

JSON_WITH_BYTES = """def _dumps(o, **k):
   k.pop("default", None)
   return json.dumps(o, default = lambda x: T(x) if isinstance(x, (bytes, bytearray)) else repr(x), **k)


class FuzzingProtocol:"""

EDITS: dict[str, list[tuple[str, str]]] = {
    "case/case.py": [("pickle.dumps(obj1) == pickle.dumps(obj2)", "obj1 == obj2")],
    "case/case6_x_x.py": [("v.validate(vss[:i])", "v.validate(vss[:i].encode('latin-1'))")],
    "case/case10_1_1.py": [("len(self.payload) / self", "len(self.payload) // self")],
    "case/case12_x_x.py": [
        ("      msg = ''\n", "      msg = payload[:0]\n"),
        ("requestNoContextTakeover", "request_no_context_takeover"),
        ("requestMaxWindowBits", "request_max_window_bits"),
        ("acceptNoContextTakeover", "accept_no_context_takeover"),
        ("acceptMaxWindowBits", "accept_max_window_bits"),
    ],
    "case/__init__.py": [("from .case9_9_1 import *\n", "")],  # not in the list of cases
    # Modes that are not needed here and would need porting.
    "wstest.py": [
        (f"from . import {name}\n", "") for name in ("echo", "broadcast", "massconnect", "serializer", "testee")
    ],
    "fuzzing.py": [
        ("binascii, time", "time"),
        (
            "import autobahn\n",
            "import autobahn\nfrom autobahntestsuite import _py3 as binascii\n"
            "from autobahntestsuite._py3 import B, T\n",
        ),
        ("debug = debug, debugCodePaths = debug", ""),
        ("      p = ''.join(payload)\n", "      p = ''.join(T(x) for x in payload)\n"),
        (
            "      return dd.decode('utf8', errors = 'replace' if replace else 'strict')",
            "      return B(dd).decode('utf8', errors = 'replace' if replace else 'strict')",
        ),
        ("   MAX_WIRE_LOG_DATA = 256\n", EDGE),
        ("         self.runCase.onPong(payload)", "         self.runCase.onPong(T(payload))"),
        (
            "         self.runCase.onMessage(msg, binary)",
            "         raw = hasattr(self.runCase, 'TESTDATA') or hasattr(self.runCase, 'testData')\n"
            "         self.runCase.onMessage(msg if raw else T(msg), binary)",
        ),
        ("def createReports(self, produceHtml = True", "def createReports(self, produceHtml = False"),
        ("json.dumps(", "_dumps("),
        ("class FuzzingProtocol:", JSON_WITH_BYTES),
    ],
}


def mend_syntax(package: Path) -> None:
    for path in package.rglob("*.py"):  # some files have CRLF line ends
        path.write_bytes(path.read_bytes().replace(b"\r\n", b"\n"))
    tool = "lib2to3" if importlib.util.find_spec("lib2to3") else "fissix"
    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", tool, "-w", "-n", "--no-diffs", str(package)],
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def mend_cases(package: Path) -> None:
    for path in sorted((package / "case").glob("*.py")):
        source = re.sub(rb"#.*coding[:=]\s*utf-?8.*\n", b"", path.read_bytes())
        source = b"# -*- coding: latin-1 -*-\n" + source
        helpers = b"from autobahntestsuite import _py3 as binascii"
        source = re.sub(rb"^import binascii$", helpers, source, flags=re.M)
        source = source.replace(b"hashlib, binascii", b"hashlib\n" + helpers)
        path.write_bytes(source.replace(b"(object, Case, )", b"(Case, )"))


def apply_edits(package: Path) -> None:
    for name, edits in EDITS.items():
        path = package / name
        source = path.read_bytes()
        for old, new in edits:
            if old.encode() not in source:
                sys.exit(f"{name} is not the file this script was written for; {old[:60]!r} is missing")
            source = source.replace(old.encode(), new.encode())
        path.write_bytes(source)


def main() -> None:
    package = Path(sysconfig.get_paths()["purelib"]) / "autobahntestsuite"
    done = package / "_py3.py"
    if done.exists():
        return
    if not package.is_dir():
        sys.exit("autobahntestsuite is not installed in this environment")
    mend_syntax(package)
    (package / "__init__.py").write_text('version = "25.10.1-py3"\n__version__ = version\n')
    mend_cases(package)
    apply_edits(package)
    done.write_text(HELPERS)
    print(f"ported {package}")


if __name__ == "__main__":
    main()
