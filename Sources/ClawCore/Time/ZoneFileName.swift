/// Validation and suggestion of zone names.
enum ZoneFileName {
  /// Whether a name is valid: parts of letters, digits, `_`, `+` and `-` between single slashes, at most 64 bytes. No
  /// such name leads out of the folder of the zone files.
  static func isValid(_ name: String) -> Bool {
    guard (1...64).contains(name.utf8.count) else { return false }
    return name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { part in
      !part.isEmpty
        && part.allSatisfy { byte in
          switch byte {
          case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "-"):
            true
          default:
            false
          }
        }
    }
  }

  /// Up to three names that may have been meant: the same city elsewhere, the same name in other case, or a few typing
  /// errors away.
  static func similar(to name: String, among names: [String]) -> [String] {
    let wanted = Array(name.lowercased().utf8)
    let wantedCity = city(wanted)
    let limit = max(2, wantedCity.count / 3)
    var ranked: [(distance: Int, name: String)] = []
    for candidate in names {
      let bytes = Array(candidate.lowercased().utf8)
      let whole = distance(wanted, bytes)
      // A city in another area counts as one more error, so that a match of the whole name is preferred.
      let cityOnly = distance(wantedCity, city(bytes)) + 1
      let best = min(whole, cityOnly)
      if best <= limit { ranked.append((best, candidate)) }
    }
    ranked.sort { ($0.distance, $0.name) < ($1.distance, $1.name) }
    return ranked.prefix(3).map(\.name)
  }

  private static func city(_ name: [UInt8]) -> ArraySlice<UInt8> {
    name.suffix(from: name.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? name.startIndex)
  }

  /// The Levenshtein distance: insertions, deletions and replacements.
  private static func distance(_ first: some Collection<UInt8>, _ second: some Collection<UInt8>) -> Int {
    var row = Array(0...second.count)
    for (line, letter) in first.enumerated() {
      var diagonal = row[0]
      row[0] = line + 1
      for (column, other) in second.enumerated() {
        let changed = diagonal + (letter == other ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(changed, diagonal + 1, row[column] + 1)
      }
    }
    return row[second.count]
  }
}
