#!/usr/bin/env bash
# All checks of the sources that need no build. Prints every finding and fails if there is one.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0

folders=()
for folder in Sources Tests Examples Benchmarks Package.swift; do [ -e "$folder" ] && folders+=("$folder"); done

echo "check: format"
swift format lint --strict --recursive --parallel --configuration .swift-format "${folders[@]}" || failed=1

echo "check: imports"
scripts/check-imports.sh || failed=1

echo "check: folders"
scripts/folder-arrows.py || failed=1

echo "check: words"
scripts/check-words.sh || failed=1

if [ $failed -ne 0 ]; then
  echo "check: failed; 'make format' fixes most formatting findings" >&2
  exit 1
fi
echo "check: ok"
