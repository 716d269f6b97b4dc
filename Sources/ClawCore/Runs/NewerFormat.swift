import ClawJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Simulates the stored format of a later version. A debug build writes it if `SWIFTCLAW_WRITE_NEWER` is set, so that
/// tests can run two versions on one database; not in release builds.
public enum NewerFormat {
  /// The type of the added events.
  public static let eventType = "future.event"

  /// The object with an additional unknown field.
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

  /// The events of one step, preceded by one of an unknown type.
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
