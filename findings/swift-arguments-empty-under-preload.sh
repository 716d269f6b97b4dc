#!/usr/bin/env bash
# What: a Swift program that is started with a preloaded library which changes the environment before main (libfaketime
# does) sees no arguments at all: CommandLine.arguments is [] and CommandLine.argc is 0, not even the program's name is
# there. With the standard library linked statically any setenv in a constructor is enough. The kernel's copy in
# /proc/self/cmdline is whole, and C, Python and others in the same place see their arguments.
# Why: on Linux the runtime finds argv by walking down from `environ`, and the C library moves `environ` away from the
# stack at the first change. Nothing is reported; a program that parses an empty command line prints its help and ends
# with 0, as if it had been asked to.
# Seen with: Swift 6.3.1 (Linux, x86_64), libfaketime 0.9.10-2.1 of Debian 12, 2026-11.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"

swift --version 2>/dev/null | grep -q 'Swift version 6\.3\.1' || { echo "needs Swift 6.3.1" >&2; exit 2; }
apt-get download -q libfaketime=0.9.10-2.1 >/dev/null 2>&1 || { echo "libfaketime 0.9.10-2.1 is not to be had" >&2; exit 2; }
dpkg -x libfaketime_*.deb faketime
faketime=$(find "$place/faketime" -name libfaketime.so.1)

echo 'print(CommandLine.argc, CommandLine.arguments)' >program.swift
swiftc -o dynamic program.swift
swiftc -static-stdlib -o static program.swift
printf '%s\n' '#include <stdlib.h>' '__attribute__((constructor)) static void first(void) { setenv("ADDED", "1", 1); }' \
  >setter.c
clang -shared -fPIC -o setter.so setter.c
printf '%s\n' '#include <stdio.h>' 'int main(int n, char **v) { printf("%d %s\n", n, v[1]); }' >plain.c
clang -o plain plain.c

failed=0
expect() { # what, expected, seen
  echo "$1: $3"
  [ "$2" = "$3" ] || { echo "  expected: $2" >&2; failed=1; }
}
expect 'nothing preloaded'                '2 ["./static", "x"]'  "$(./static x)"
expect 'libfaketime, dynamic runtime'     '0 []'                 "$(LD_PRELOAD=$faketime ./dynamic x)"
expect 'libfaketime, static runtime'      '0 []'                 "$(LD_PRELOAD=$faketime ./static x)"
expect 'one setenv, static runtime'       '0 []'                 "$(LD_PRELOAD=$place/setter.so ./static x)"
expect 'libfaketime, a program in C'      '2 x'                  "$(LD_PRELOAD=$faketime ./plain x)"
exit $failed
