import ClawCore
import Testing

@testable import ClawStore

@Suite("The list of sessions", .bothEngines)
struct SessionListTests {
  private func page(
    _ store: Store, of user: UserID = ann, agent: AgentKey? = nil, text: String? = nil, after: SessionCursor? = nil,
    limit: Int = 100
  ) async throws -> [SessionSummary] {
    try await store.tenant(acme).read {
      try $0.sessionList.page(of: user, agent: agent, text: text, after: after, limit: limit)
    }
  }

  private func names(_ sessions: [SessionSummary]) -> [String] {
    sessions.map { String($0.address.key.rawValue.dropFirst("agent:default:".count)) }
  }

  @Test("is newest first, in pages that neither repeat nor leave out a session, even of the same moment")
  func pages() async throws {
    try await withStore { store in
      for index in 0..<23 {
        try await say("x", in: address("s\(index)"), at: start + .seconds(Int64(index / 5)), store)
      }
      try await say("x", in: address("not mine", of: bob), store)
      var all: [SessionSummary] = []
      var sizes: [Int] = []
      while true {
        let cursor = all.last.map { SessionCursor(updatedAt: $0.updatedAt, id: $0.id) }
        let next = try await page(store, after: cursor, limit: 4)
        guard !next.isEmpty else { break }
        sizes.append(next.count)
        all += next
      }
      #expect(sizes == [4, 4, 4, 4, 4, 3])
      #expect(Set(all.map(\.id)).count == 23)
      #expect(all.map(\.updatedAt) == all.map(\.updatedAt).sorted(by: >))
      #expect(all.allSatisfy { $0.address.user == ann })
    }
  }

  @Test("takes what is searched for by the letter")
  func escaping() async throws {
    try await withStore { store in
      for name in ["plain", "100%", "a_b", "axb", "back\\slash", "Mixed Case", "x%\u{301}y", "Ärger"] {
        try await say("x", in: address(name), store)
      }
      #expect(names(try await page(store, text: "100%")) == ["100%"])
      #expect(names(try await page(store, text: "a_b")) == ["a_b"])
      #expect(names(try await page(store, text: "\\")) == ["back\\slash"])
      #expect(names(try await page(store, text: "mIXED c")) == ["Mixed Case"])
      #expect(names(try await page(store, text: "'; DROP TABLE sessions; --")) == [])
      #expect(try await page(store, text: "").count == 8)
      // A combining mark after the sign does not make it a wildcard.
      #expect(names(try await page(store, text: "x%\u{301}y")) == ["x%\u{301}y"])
      #expect(names(try await page(store, text: "l%\u{301}")) == [])
    }
  }

  @Test("finds letters beyond ASCII as they were written")
  func beyondASCII() async throws {
    try await withStore { store in
      for name in ["Ärger", "ÉCOLE", "Привет"] { try await say("x", in: address(name), store) }
      #expect(names(try await page(store, text: "Ärger")) == ["Ärger"])
      #expect(names(try await page(store, text: "École")) == ["ÉCOLE"])
      #expect(names(try await page(store, text: "Привет")) == ["Привет"])
    }
  }

  @Test("is also searched by label, which only a session that exists can have")
  func labels() async throws {
    try await withStore { store in
      let place = address("main")
      let session = try await say("x", in: place, store)
      let later = start + .seconds(1)
      #expect(try await store.tenant(acme).write { try $0.sessions.setLabel("Trip to Rome", of: place, at: later) })
      #expect(try await page(store, text: "ROME").map(\.label) == ["Trip to Rome"])
      let none = address("none")
      #expect(try await store.tenant(acme).write { try $0.sessions.setLabel("x", of: none, at: later) } == false)
      _ = try await store.tenant(acme).write { try $0.sessions.reset(session.id, as: .generate(at: start)) }
      #expect(try await store.tenant(acme).write { try $0.sessions.setLabel("x", of: place, at: later) } == false)
      #expect(try await page(store).isEmpty)
    }
  }

  @Test("can be narrowed to an agent")
  func agents() async throws {
    try await withStore { store in
      try await say("x", in: address("main"), store)
      let writer = SessionAddress(tenant: acme, user: ann, key: SessionKey(unchecked: "agent:writer:main"))
      try await say("x", in: writer, store)
      #expect(try await page(store, agent: AgentKey(unchecked: "writer")).map(\.address) == [writer])
      #expect(try await page(store).count == 2)
      #expect(try await store.tenant(acme).read { try $0.sessions.count(of: ann) } == 2)
      #expect(try await store.tenant(acme).read { try $0.sessions.count(of: bob) } == 0)
    }
  }
}
