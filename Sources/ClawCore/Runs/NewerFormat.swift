import ClawJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Rows as a later version of the program may write them. A debug build writes them where `SWIFTCLAW_WRITE_NEWER` is
/// set, so that tests run two versions on one database; a release build has none of this.
public enum NewerFormat {
  /// The type of the events that are added.
  public static let eventType = "future.event"

  /// The object with a field that no version reads.
  @inline(__always)
  public static func object(_ value: JSONObject) -> JSONObject {
    #if DEBUG
      guard isWritten else { return value }
      var value = value
      value["futureField"] = ["kind": "unknown", "list": [1, nil, "é"]]
      return value
    #else
      return value
    #endif
  }

  /// The events of one step, behind one whose type no version knows.
  @inline(__always)
  public static func events(_ events: [RunEvent.Body]) -> [RunEvent.Body] {
    #if DEBUG
      guard isWritten, !events.isEmpty else { return events }
      return [.unknown(type: eventType, payload: ["for": "approval", "until": nil])] + events
    #else
      return events
    #endif
  }

  #if DEBUG
    private static let isWritten = getenv("SWIFTCLAW_WRITE_NEWER") != nil
  #endif
}
