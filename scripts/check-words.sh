#!/usr/bin/env bash
# Forbidden words in Sources/. Exceptions are lines in scripts/check-words-exceptions.txt:
#   rule  path  reason
set -uo pipefail
cd "$(dirname "$0")/.."
exceptions=scripts/check-words-exceptions.txt
failed=0

excepted() { grep -qE "^$1[[:space:]]+$2[[:space:]]+[^[:space:]]" "$exceptions"; }

# rule name, pattern, what to do instead
look() {
  local rule=$1 pattern=$2 advice=$3
  while IFS=: read -r file line text; do
    excepted "$rule" "$file" && continue
    echo "$file:$line: $rule: $advice:$text" >&2
    failed=1
  done < <(grep -rnE --include='*.swift' "$pattern" Sources | grep -vE '^[^:]+:[0-9]+:[[:space:]]*//')
}

look task '\bTask(\.detached)?( *<[^>]*>)? *(\([a-z]+:.*\))? *\{|\bTask\.detached\b' 'every task has an owner; use a task group or a service'
look print '(^|[^A-Za-z_.])(print|debugPrint|dump)\(' 'write through the console of ClawCommands, or log'
look force-try '\btry!' 'handle the error'
look trap '\b(fatalError|preconditionFailure|assertionFailure)\(' 'nothing that comes from outside may stop the process'
look promise '\b(TODO|FIXME|XXX)\b|[Nn]ot implemented' 'finish it or leave it out'
look names '\[String: |Set<String>' 'names are their bytes, String is not: use UTF8Dictionary, UTF8Set or UTF8Key of ClawJSON'
look characters '\.split\((separator: "|whereSeparator: \\\.is)|\.has(Prefix|Suffix)\(|(first|last)Index\(of: "|(firstRange|ranges)\(of: "|\.replacing\(|components\(separatedBy|(^|[^s])\.is(Whitespace|Newline)' \
  'a separator is looked for in bytes, a Character may hide it: see ClawJSON/Bytes/StringProtocol+Bytes.swift'
look sleep '\b(usleep|sleep)\([0-9]' 'never block the cooperative pool'

# Each use of these needs a justification: a comment on the line or up to three lines above.
while IFS=: read -r file line _; do
  from=$((line > 3 ? line - 3 : 1))
  sed -n "${from},${line}p" "$file" | grep -q '//' && continue
  echo "$file:$line: unchecked: say in a comment beside it why this is safe" >&2
  failed=1
done < <(grep -rnE --include='*.swift' '@unchecked Sendable|nonisolated\(unsafe\)' Sources)

while read -r lines file; do
  [ "$file" = total ] || [ "$lines" -le 400 ] && continue
  excepted length "$file" && continue
  echo "$file: length: $lines lines; a file holds one thing, in at most 400 lines" >&2
  failed=1
done < <(find Sources -name '*.swift' -exec wc -l {} +)

# Exceptions for files that do not exist any more are errors.
while read -r rule path _; do
  [[ -z "$rule" || "$rule" == \#* || -e "$path" ]] && continue
  echo "$exceptions: $path no longer exists" >&2
  failed=1
done <"$exceptions"
exit $failed
