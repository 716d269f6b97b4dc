#!/usr/bin/env bash
# Checks the dependency rules: which of our targets a target may import, which targets may use an external package, and
# that Foundation is not imported. One line per target; Package.swift declares the same for the compiler.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=0
report() { echo "$1" >&2; failed=1; }

declare -A allowed=(
  [ClawJSON]=""
  [ClawProtocol]="ClawJSON"
  [ClawWebSocket]=""
  [ClawCore]="ClawJSON"
  [ClawStore]="ClawCore ClawJSON CSQLite CPostgres"
  [ClawClient]="ClawProtocol ClawJSON ClawWebSocket"
  [ClawEngine]="ClawStore ClawCore ClawJSON"
  [ClawModels]="ClawCore ClawJSON"
  [ClawTools]="ClawCore ClawJSON ClawWebSocket"
  [ClawMCP]="ClawCore ClawJSON"
  [ClawChannels]="ClawCore ClawJSON ClawWebSocket"
  [ClawServer]="ClawProtocol ClawCore ClawJSON ClawWebSocket CDashboard"
  [ClawCommands]="ClawServer ClawClient ClawEngine ClawModels ClawTools ClawMCP ClawChannels ClawStore ClawCore ClawProtocol ClawJSON ClawWebSocket"
  [ClawWebSocketEcho]="ClawWebSocket"
  [swiftclaw]="ClawCommands"
)
# External packages: the targets that may use them.
declare -A technology=(
  [Hummingbird]="ClawServer" [HummingbirdCore]="ClawServer" [HTTPTypes]="ClawServer"
  [AsyncHTTPClient]="ClawModels ClawTools ClawMCP ClawChannels ClawCommands"
  [Subprocess]="ClawTools ClawMCP"
  [ArgumentParser]="ClawCommands"
  [NIOWebSocket]="ClawWebSocket ClawServer" [NIOSSL]="ClawWebSocket ClawModels"
)
# Also built for Apple platforms, where FoundationEssentials does not exist.
apple=" ClawJSON ClawProtocol ClawWebSocket ClawClient "

contains() { [[ " $1 " == *" $2 "* ]]; }

for folder in Sources/*/; do
  target=$(basename "$folder")
  if [ -z "${allowed[$target]+known}" ]; then
    [[ "$target" == Claw* ]] && report "$folder: a target without a line in scripts/check-imports.sh"
    continue
  fi
  while IFS=: read -r file line text; do
    module=$(sed -E 's/^[[:space:]]*//; s/^@[A-Za-z_]+(\([^)]*\))? //; s/^(public|package|internal|fileprivate|private) //
      s/^import (struct |class |enum |protocol |func |var |let |typealias )?//; s/[. ;].*$//' <<<"$text")
    case "$module" in
      Claw* | CSQLite | CPostgres | CDashboard)
        [ "$module" = "$target" ] || contains "${allowed[$target]}" "$module" ||
          report "$file:$line: $target must not import $module" ;;
      Foundation)
        [[ "$apple" == *" $target "* ]] && scripts/foundation-fallback.awk -v wanted="$line" "$file" ||
          report "$file:$line: Foundation is banned; use FoundationEssentials or the standard library" ;;
    esac
    if [ -n "${technology[$module]+known}" ] && ! contains "${technology[$module]}" "$target"; then
      report "$file:$line: $module belongs to: ${technology[$module]}"
    fi
  done < <(grep -rnE '^[[:space:]]*(@[A-Za-z_]+(\([^)]*\))? )?((public|package|internal|fileprivate|private) )?import ' \
    --include='*.swift' "$folder")
done
exit $failed
