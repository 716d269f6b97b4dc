#!/usr/bin/awk -f
# Succeeds if line `wanted` is in the #else branch of an #if canImport(FoundationEssentials).
/^[[:space:]]*#if/ { depth++; essentials[depth] = ($0 ~ /canImport\(FoundationEssentials\)/); otherwise[depth] = 0 }
/^[[:space:]]*#else([[:space:]]|$)/ { otherwise[depth] = 1 }
FNR == wanted { found = (depth > 0 && essentials[depth] && otherwise[depth]); exit }
/^[[:space:]]*#endif/ { depth-- }
END { exit !found }
