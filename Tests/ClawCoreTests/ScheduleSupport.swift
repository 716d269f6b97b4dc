import ClawCore

/// SplitMix64: a deterministic generator.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Unix seconds of `2026-01-31 12:00` or `2026-01-31 12:00:30` in UTC.
func seconds(_ text: String) -> Int64 {
  let numbers = text.split { !$0.isNumber }.compactMap { Int64($0) }
  let day = CivilDate(year: numbers[0], month: numbers[1], day: numbers[2]).daysSinceEpoch
  return day * 86_400 + numbers[3] * 3600 + numbers[4] * 60 + (numbers.count > 5 ? numbers[5] : 0)
}

/// `2026-01-31 12:00` in UTC, with seconds if they are not zero.
func text(_ seconds: Int64) -> String {
  let full = Timestamp(milliseconds: seconds * 1000).rfc3339
  let minute = full.prefix(10) + " " + full.dropFirst(11).prefix(5)
  return String(seconds % 60 == 0 ? minute : minute + full.dropFirst(16).prefix(3))
}
