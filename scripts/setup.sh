#!/usr/bin/env bash
# Installs the system packages that a build needs: SQLite's static library and header, zlib's header (for HTTP
# compression), and git for SwiftPM. With the argument `tests` also PostgreSQL 15, its client library, pgbouncer
# and HAProxy, of which the tests start their own servers; libfaketime, mount and util-linux, which the fault run uses
# to inject faults; and Python for the conformance suites. Building and running needs none of these.
# Uses apt-get if that is possible non-interactively; otherwise prints the command to type and stops.
set -euo pipefail

if ! command -v swift >/dev/null; then
  echo "setup: no Swift toolchain found. Install Swift 6.2 or newer: https://www.swift.org/install/" >&2
  exit 1
fi
version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -1)
if [ -n "$version" ] && [ "$(printf '%s\n6.2\n' "$version" | sort -V | head -1)" != 6.2 ]; then
  echo "setup: Swift $version is too old; 6.2 or newer is needed: https://www.swift.org/install/" >&2
  exit 1
fi

# Asks the toolchain's compiler, so that a library counts however it was installed.
has_header() { printf '#include <%s>\n' "$1" | clang -E - >/dev/null 2>&1; }
has_library() { [ -e "$(clang -print-file-name="$1" 2>/dev/null)" ]; }

missing=()
if [ "$(uname -s)" = Linux ]; then
  has_header sqlite3.h && has_library libsqlite3.a || missing+=(libsqlite3-dev)
  has_header zlib.h && has_library libz.so || missing+=(zlib1g-dev)
fi
command -v git >/dev/null || missing+=(git)
if [ "${1:-}" = tests ] && [ "$(uname -s)" = Linux ]; then
  [ -x "${SWIFTCLAW_TEST_POSTGRES_BIN:-/usr/lib/postgresql/15/bin}/initdb" ] || missing+=(postgresql-15)
  command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || missing+=(pgbouncer)
  [ -x /usr/sbin/haproxy ] || missing+=(haproxy)
  ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1 || missing+=(libfaketime)
  command -v mount >/dev/null || missing+=(mount)
  command -v prlimit >/dev/null && command -v setpriv >/dev/null || missing+=(util-linux)
  ldconfig -p | grep -q 'libpq\.so\.5 ' || missing+=(libpq5)
  python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
fi
[ ${#missing[@]} -eq 0 ] && exit 0

install="apt-get install -y --no-install-recommends ${missing[*]}"
if ! command -v apt-get >/dev/null; then
  echo "setup: install the equivalents of these Debian packages, then run this again: ${missing[*]}" >&2
  exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
  as_root=()
elif sudo -n true 2>/dev/null; then
  as_root=(sudo -n)
else
  echo "setup: missing ${missing[*]}. Type this, then run make again:" >&2
  echo "  sudo apt-get update && sudo $install" >&2
  exit 1
fi
echo "setup: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q
"${as_root[@]}" $install
