/// The secret that authenticates the gateway's admin.
public struct StoredToken: Sendable {
  /// Its source.
  public enum Origin: Sendable, Hashable {
    /// `SWIFTCLAW_GATEWAY_TOKEN`.
    case environment
    case file(String)
    /// Just generated, and shown once.
    case newFile(String)
  }

  public let value: String
  public let origin: Origin

  public init(_ value: String, origin: Origin) {
    self.value = value
    self.origin = origin
  }

  /// 32 bytes of the system's random generator, in hex.
  static func generate() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<32).map { _ in
      let byte = String(UInt8.random(in: .min ... .max, using: &generator), radix: 16)
      return byte.count == 1 ? "0" + byte : byte
    }.joined()
  }
}

extension StoredToken: CustomStringConvertible {
  /// Never the token itself.
  public var description: String { "***" }
}

extension StoredToken: CustomReflectable {
  public var customMirror: Mirror { Mirror(self, children: ["origin": origin]) }
}
