import ClawJSON
import ClawTesting
import Testing

@Suite("Users apart from each other")
struct IsolationTests {
  private static let key: JSONValue = "agent:default:ws:main"

  @Test("L25: nobody is shown another user's events, and the same key means two sessions")
  func events() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { gateway in
      let alice = try await gateway.connect(user: "alice")
      let bob = try await gateway.connect(user: "bob")
      let first = try await alice.call("chat.send", ["message": "the secret of alice"])
      let second = try await bob.call("chat.send", ["message": "of bob"])
      // Whatever would still come to either is there before this.
      _ = try await alice.call("health")
      _ = try await bob.call("health")
      #expect(Set(alice.events.map { $0["payload"]?["runId"] }) == [first["runId"]])
      #expect(Set(bob.events.map { $0["payload"]?["runId"] }) == [second["runId"]])
      #expect(alice.events.seqs == Array(1...alice.events.count))
      #expect(bob.events.seqs == Array(1...bob.events.count))
      let history = try await bob.call("chat.history", ["sessionKey": Self.key])
      #expect(!history.serializedString().contains("alice"))
      // Bob's model was shown nothing of Alice either.
      #expect(models.requests.last?.body.serializedString().contains("alice") == false)
    }
    await models.stop()
  }

  @Test("S10: lists, history and events of another user are not reached by key; without a name they are one's own")
  func keys() async throws {
    try await GatewayHarness.run { gateway in
      let alice = try await gateway.connect(user: "alice")
      _ = try await alice.call("chat.send", ["message": "hello", "sessionKey": "agent:default:alices"])
      let bob = try await gateway.connect(user: "bob")
      let sessions = try await bob.call("sessions.list", ["userId": "bob"])
      #expect(sessions["sessions"]?.arrayValue?.isEmpty == true)
      let history = try await bob.call("chat.history", ["sessionKey": "agent:default:alices"])
      #expect(history["messages"]?.arrayValue?.isEmpty == true)
      for (method, params) in [
        ("sessions.delete", ["key": "agent:default:alices"]),
        ("sessions.label", ["key": "agent:default:alices", "label": "mine"]),
        ("chat.abort", ["sessionKey": "agent:default:alices"]),
      ] as [(String, JSONValue)] {
        #expect(try await bob.failure(method, params)["code"] == "NOT_FOUND", "\(method)")
      }
      let subscribed = try await bob.subscribe(to: "agent:default:alices", after: 0)
      #expect(subscribed["headSeq"] == 0)
      _ = try await alice.call("chat.send", ["message": "again", "sessionKey": "agent:default:alices"])
      _ = try await bob.call("health")
      #expect(bob.events.isEmpty)
      let own = try await alice.call("sessions.list", ["userId": "alice"])
      #expect(own["sessions"]?.arrayValue?.count == 1)
    }
  }

  @Test("an admin who sends for another user sees that run; others of the user only after subscribing")
  func onBehalf() async throws {
    try await GatewayHarness.run { gateway in
      let admin = try await gateway.connect(user: "admin")
      let alice = try await gateway.connect(user: "alice")
      let payload = try await admin.call("chat.send", ["message": "hello", "userId": "alice"])
      #expect(payload["status"] == "completed")
      let seen = try await alice.events(through: "run.completed")
      #expect(admin.events == seen)
      admin.forgetEvents()
      _ = try await alice.call("chat.send", ["message": "my own"])
      _ = try await admin.call("health")
      #expect(admin.events.isEmpty)
      let history = try await admin.call("chat.history", ["sessionKey": Self.key, "userId": "alice"])
      #expect(history["messages"]?.arrayValue?.count == 4)
      _ = try await admin.call(
        "sessions.subscribe", ["sessionKey": Self.key, "userId": "alice", "afterSeq": .integer(Int64(seen.count))])
      #expect(try await admin.events(through: "run.completed") == alice.events)
      _ = try await admin.call("sessions.unsubscribe", ["sessionKey": Self.key, "userId": "alice"])
      alice.forgetEvents()
      _ = try await alice.call("chat.send", ["message": "unseen"])
      _ = try await admin.call("health")
      #expect(admin.events.isEmpty)
      #expect(try await admin.call("chat.history", ["sessionKey": Self.key])["messages"]?.arrayValue?.isEmpty == true)
    }
  }
}
