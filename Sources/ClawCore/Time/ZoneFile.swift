/// The offset of a zone's local time from UTC at some time.
public struct ZoneFileOffset: Sendable, Hashable {
  /// Positive east of Greenwich.
  public let secondsFromUTC: Int64
  public let isDaylightSaving: Bool
  /// Such as `CEST`; `+0545` for zones without an alphabetic abbreviation.
  public let abbreviation: String

  public init(secondsFromUTC: Int64, isDaylightSaving: Bool, abbreviation: String) {
    self.secondsFromUTC = secondsFromUTC
    self.isDaylightSaving = isDaylightSaving
    self.abbreviation = abbreviation
  }
}

/// A time zone from the system's zone files (RFC 9636, which replaces RFC 8536; versions 1 to 4).
///
/// We parse the files ourselves because `FoundationEssentials`, which we link, has no named time zones.
public struct ZoneFile: Sendable, Hashable {
  /// Times of the transitions, in Unix seconds, strictly ascending.
  let transitions: [Int64]
  /// The offset after each transition: an index of `offsets`.
  let kinds: [UInt8]
  /// Never empty; the first applies before the first transition.
  let offsets: [ZoneFileOffset]
  /// Applies after the last transition, indefinitely.
  let rule: ZoneFileRule?

  /// Coordinated Universal Time, for which no file is needed.
  public static let utc = ZoneFile(
    transitions: [], kinds: [],
    offsets: [ZoneFileOffset(secondsFromUTC: 0, isDaylightSaving: false, abbreviation: "UTC")], rule: nil)

  init(transitions: [Int64], kinds: [UInt8], offsets: [ZoneFileOffset], rule: ZoneFileRule?) {
    self.transitions = transitions
    self.kinds = kinds
    self.offsets = offsets
    self.rule = rule
  }

  /// Parses a zone file.
  /// - Throws: ``ZoneFileError/damaged(_:)`` for anything else, whatever the bytes are.
  public init(bytes: [UInt8]) throws(ZoneFileError) {
    var reader = ZoneFileReader(bytes: bytes)
    self = try reader.read()
  }

  /// The offset at a time in Unix seconds, clamped to 2^55 seconds from 1970.
  public func offset(at seconds: Int64) -> ZoneFileOffset {
    let seconds = min(max(seconds, -(1 << 55)), 1 << 55)
    guard let last = transitions.last, seconds < last else {
      if let rule { return rule.offset(at: seconds) }
      return kinds.last.map { offsets[Int($0)] } ?? offsets[0]
    }
    // The first transition after the time; the one before it applies.
    var low = 0
    var high = transitions.count
    while low < high {
      let middle = (low + high) / 2
      if transitions[middle] <= seconds { low = middle + 1 } else { high = middle }
    }
    return low == 0 ? offsets[0] : offsets[Int(kinds[low - 1])]
  }

  /// The times with a given local time (as if it were UTC): usually one, none if the clocks skip it, two (the earlier
  /// first) if they repeat it.
  public func moments(ofLocalTime localSeconds: Int64) -> [Int64] {
    let local = min(max(localSeconds, -(1 << 55)), 1 << 55)
    let known = offsets + [rule?.standard, rule?.daylight].compactMap(\.self)
    let candidates = Set(known.map(\.secondsFromUTC))
    return candidates.filter { offset(at: local - $0).secondsFromUTC == $0 }.map { local - $0 }.sorted()
  }
}

/// Why a zone could not be loaded.
public enum ZoneFileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The name is not of the form `Area/City`.
  case invalidName
  /// There is no such zone; with up to three similar names.
  case unknown(String, similar: [String])
  /// The system has no zone files at all.
  case noZoneFiles
  /// The zone's file can't be parsed, with the reason.
  case damaged(String)

  public var description: String {
    switch self {
    case .invalidName:
      "a time zone is named as in the IANA database, such as Europe/Paris or UTC"
    case .unknown(let name, let similar):
      "there is no time zone \"\(name)\""
        + (similar.isEmpty ? "; use a name such as Europe/Paris" : "; did you mean \(Self.listed(similar))?")
    case .noZoneFiles:
      "time zone data is not installed: install the system's tzdata package, or set TZDIR to its folder; only UTC works"
    case .damaged(let reason):
      "the time zone's file is damaged: \(reason)"
    }
  }

  private static func listed(_ names: [String]) -> String {
    guard let last = names.last, names.count > 1 else { return names.joined() }
    return names.dropLast().joined(separator: ", ") + " or " + last
  }
}
