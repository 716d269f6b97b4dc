import ClawCore

/// Request IDs in responses and logs.
enum RequestIdentifier {
  /// The client's ID if it is valid: 1–128 characters of letters, digits, `.`, `_` and `-`; otherwise a new one.
  static func choose(_ sent: String?, at time: Timestamp) -> String {
    if let sent, isSane(sent) { return sent }
    return MessageID.generate(at: time).rawValue
  }

  private static func isSane(_ text: String) -> Bool {
    (1...128).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
      }
  }
}
