import ClawJSON

extension Identifier where Tag == UserTag {
  /// The user that the gateway token acts for by default.
  public static let owner = UserID(unchecked: "owner")

  /// Validates an external name.
  /// - Throws: ``ClawError`` with code `invalidRequest` unless it is 1–255 bytes without control characters.
  public init(validating text: String) throws(ClawError) {
    guard (1...255).contains(text.utf8.count) else {
      throw ClawError(field: .user, "must be 1 to 255 bytes long")
    }
    guard !text.containsControlCharacters else {
      throw ClawError(field: .user, "must not contain control characters")
    }
    self.init(unchecked: text)
  }
}

extension Identifier where Tag == TenantTag {
  /// The tenant of a single-tenant installation.
  public static let standard = TenantID(unchecked: "default")

  /// Validates an external name.
  /// - Throws: ``ClawError`` with code `invalidRequest` unless it is 1 to 64 characters of a-z, 0-9, '-' and '_'.
  public init(validating text: String) throws(ClawError) {
    let isWellFormed =
      (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
      }
    guard isWellFormed else {
      throw ClawError(field: .tenant, "must be 1 to 64 characters of a-z, 0-9, '-' and '_'")
    }
    self.init(unchecked: text)
  }
}

extension Identifier where Tag == AgentKeyTag {
  /// The default agent.
  public static let standard = AgentKey(unchecked: "default")

  /// Validates an external key.
  /// - Throws: ``ClawError`` with code `invalidRequest` unless it matches `[a-z0-9][a-z0-9_-]{0,63}`.
  public init(validating text: String) throws(ClawError) {
    let isWellFormed =
      (1...64).contains(text.utf8.count)
      && text.utf8.allSatisfy { Self.isKeyByte($0) }
      && text.utf8.first != UInt8(ascii: "-") && text.utf8.first != UInt8(ascii: "_")
    guard isWellFormed else {
      throw ClawError(
        field: .agent,
        "must be 1 to 64 characters of a-z, 0-9, '-' and '_', and begin with a letter or digit")
    }
    self.init(unchecked: text)
  }

  private static func isKeyByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "-"), UInt8(ascii: "_"): true
    default: false
    }
  }
}

extension Identifier where Tag == SessionKeyTag {
  /// Longest key, in bytes.
  public static var maxBytes: Int { 512 }

  /// Validates an external key.
  /// - Throws: ``ClawError`` with code `invalidRequest` unless it is `agent:{agentKey}:{rest}` without control
  ///   characters and at most ``maxBytes`` long.
  public init(validating text: String) throws(ClawError) {
    guard text.utf8.count <= Self.maxBytes, !text.containsControlCharacters else {
      throw ClawError(field: .session, "must be at most \(Self.maxBytes) bytes without control characters")
    }
    let parts = text.split(at: ":", maxSplits: 2, omittingEmpty: false)
    guard parts.count == 3, parts[0] == "agent", !parts[2].isEmpty else {
      throw ClawError(field: .session, "must have the form agent:{agent}:{rest}")
    }
    _ = try AgentKey(validating: String(parts[1]))
    self.init(unchecked: text)
  }

  /// A session of an agent, with a generated name.
  public init(agent: AgentKey, rest: String) {
    self.init(unchecked: "agent:\(agent.rawValue):\(rest)")
  }

  /// The session's agent.
  public var agentKey: AgentKey {
    let parts = rawValue.split(at: ":", maxSplits: 2, omittingEmpty: false)
    return AgentKey(unchecked: parts.count > 1 ? String(parts[1]) : "")
  }
}

extension String {
  /// Whether any scalar is a C0 or C1 control or DEL.
  public var containsControlCharacters: Bool {
    unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }
  }
}
