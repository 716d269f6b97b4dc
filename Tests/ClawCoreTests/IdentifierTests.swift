import ClawCore
import ClawJSON
import Testing

@Suite("Identities are their UTF-8 bytes")
struct IdentifierTests {
  private static let pairs: [(String, String)] = [
    ("Kim", "\u{212A}im"), ("Jos\u{E9}", "Jose\u{301}"), ("\u{AC00}", "\u{1100}\u{1161}"), ("a;b", "a\u{37E}b"),
  ]

  /// Each kind of identifier.
  private static let kinds: [(name: String, make: @Sendable (String) -> any Hashable)] = [
    ("TenantID", { TenantID(unchecked: $0) }), ("UserID", { UserID(unchecked: $0) }),
    ("AgentID", { AgentID(unchecked: $0) }), ("AgentKey", { AgentKey(unchecked: $0) }),
    ("SessionID", { SessionID(unchecked: $0) }), ("SessionKey", { SessionKey(unchecked: $0) }),
    ("RunID", { RunID(unchecked: $0) }), ("MessageID", { MessageID(unchecked: $0) }),
    ("NodeID", { NodeID(unchecked: $0) }), ("JobID", { JobID(unchecked: $0) }),
    ("APIKeyID", { APIKeyID(unchecked: $0) }), ("DeviceID", { DeviceID(unchecked: $0) }),
    ("SessionAddress by user", { address(user: $0) }), ("SessionAddress by key", { address(key: $0) }),
    ("SessionAddress by tenant", { address(tenant: $0) }),
    (
      "Principal",
      { Principal(tenant: .standard, user: UserID(unchecked: $0), role: .viewer, origin: .http) }
    ),
    ("ModelReference by model", { ModelReference(provider: "openai", model: $0) }),
    ("ModelReference by provider", { ModelReference(provider: $0, model: "m") }),
    ("ToolCall by id", { ToolCall(id: $0, name: "n", arguments: [:]) }),
    ("ToolCall by name", { ToolCall(id: "i", name: $0, arguments: [:]) }),
    ("ToolCall by argument", { ToolCall(id: "i", name: "n", arguments: .object([$0: 1])) }),
  ]

  private static func address(tenant: String = "t", user: String = "u", key: String = "k") -> SessionAddress {
    SessionAddress(
      tenant: TenantID(unchecked: tenant), user: UserID(unchecked: user), key: SessionKey(unchecked: key))
  }

  @Test("two that Unicode calls equivalent are two, in ==, Set and Dictionary", arguments: pairs)
  func apart(_ one: String, _ other: String) {
    #expect(one == other, "the pair shows nothing otherwise")
    for (name, make) in Self.kinds {
      let (first, second, again) = (AnyHashable(make(one)), AnyHashable(make(other)), AnyHashable(make(one)))
      #expect(first != second, "\(name)")
      #expect(first == again, "\(name)")
      #expect(Set([first, second, again]).count == 2, "\(name)")
      var map = [first: 1]
      map[second] = 2
      #expect(map == [first: 1, second: 2], "\(name)")
    }
  }

  @Test("their order is that of their bytes")
  func order() {
    let names = ["K", "L", "k", "\u{E9}", "e\u{301}", "\u{212A}"].map { UserID(unchecked: $0) }
    let sorted = names.sorted().map { Array($0.rawValue.utf8) }
    #expect(sorted == [[0x4B], [0x4C], [0x65, 0xCC, 0x81], [0x6B], [0xC3, 0xA9], [0xE2, 0x84, 0xAA]])
  }
}
