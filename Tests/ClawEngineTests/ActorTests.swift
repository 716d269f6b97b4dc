import ClawCore
import Logging
import Testing

@testable import ClawEngine
@testable import ClawStore

@Suite("Who a run acts for", .timeLimit(.minutes(10)))
struct ActorTests {
  private static let operatorOfGateway = Principal(
    tenant: .standard, user: .owner, role: .admin, origin: .http, credential: .gatewayToken)

  /// Another node on the same store, without notifications to this one.
  private func elsewhere(_ harness: Harness) -> Engine {
    Engine(
      store: harness.store, models: FakeModels.echo, tools: FixedTools([]),
      configuration: EngineConfiguration(workspaces: "/tmp"),
      logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() })
  }

  private func isForbidden(_ run: RunID, as principal: Principal, _ harness: Harness) async throws -> Bool {
    let outcome = try await harness.engine.outcome(of: run, as: principal)
    return outcome.state == .failed && outcome.failure?.code == "FORBIDDEN"
  }

  @Test("a user who is switched off ends what runs for them and what waits, and nobody else's")
  func disabledUser() async throws {
    try await withEngine(FakeModels()) { harness in
      let running = try await harness.send("a")
      let call = await harness.models.calls.next()
      let waiting = try await harness.send("b")
      let other = try await harness.send("c", as: bob)
      let otherCall = await harness.models.calls.next()
      _ = try await harness.engine.users.createUser(ann.user, UserChange(isDisabled: true), as: Self.operatorOfGateway)
      // Returns only after the call has ended.
      await call.say("more")
      for run in [running, waiting] { #expect(try await isForbidden(run, as: ann, harness)) }
      #expect(harness.models.calls.all.count == 2)
      await otherCall.answer("ok")
      #expect(try await harness.engine.outcome(of: other, as: bob).content == "ok")
      // Text from before the change was noticed may or may not be included.
      let kinds = try await harness.log().kinds.filter { $0 != "text" }
      #expect(kinds == ["started 1", "failed FORBIDDEN", "failed FORBIDDEN"])
    }
  }

  @Test("a key that is revoked on another node ends the run before its next step", arguments: [true, false])
  func revokedKey(isOfUser: Bool) async throws {
    let begun = Inbox<String>()
    let tool = FakeTool("act") { _, _ in
      begun.put("act")
      return ToolResult(content: "acted")
    }
    try await withEngine(FakeModels(), tools: [tool], configure: { $0.access.memory = .zero }) { harness in
      let issued = try await harness.engine.apiKeys.createAPIKey(
        APIKeyDraft(name: "key", role: isOfUser ? .operator_ : .admin, user: isOfUser ? ann.user : nil),
        as: Self.operatorOfGateway)
      let claim = AccessClaim(user: isOfUser ? nil : "bob", tenant: nil, origin: .http)
      let sender = try #require(try await harness.engine.access.admit(apiKey: issued.secret, claim))
      let run = try await harness.send("a", as: sender) { if !isOfUser { $0.user = ann.user } }
      await harness.models.calls.next().answer("", calls: [ToolCall(id: "1", name: "act", arguments: [:])])
      let next = await harness.models.calls.next()
      #expect(begun.all.count == 1)
      try await elsewhere(harness).apiKeys.revokeAPIKey(issued.key.id, as: Self.operatorOfGateway)
      await next.answer("", calls: [ToolCall(id: "2", name: "act", arguments: [:])])
      #expect(try await isForbidden(run, as: admin, harness))
      #expect(begun.all.count == 1 && harness.models.calls.all.count == 2)
    }
  }

  @Test("a key that ends by itself ends its run too")
  func expiredKey() async throws {
    let clock = ManualClock()
    try await withEngine(FakeModels(), time: clock.source, configure: { $0.access.memory = .seconds(3600) }) {
      harness in
      let issued = try await harness.engine.apiKeys.createAPIKey(
        APIKeyDraft(name: "key", role: .operator_, user: ann.user, expiresAt: clock.now + .seconds(60)),
        as: Self.operatorOfGateway)
      let claim = AccessClaim(user: nil, tenant: nil, origin: .http)
      let sender = try #require(try await harness.engine.access.admit(apiKey: issued.secret, claim))
      let run = try await harness.send("a", as: sender)
      await harness.models.calls.next().answer("", calls: [.echo("x", id: "1")])
      let next = await harness.models.calls.next()
      clock.advance(by: .seconds(61))
      await next.answer("", calls: [.echo("x", id: "2")])
      #expect(try await isForbidden(run, as: ann, harness))
    }
  }

  @Test("an agent acts with no more than its sender has: bound to the user, and never as the gateway itself")
  func agent() async throws {
    let seen = Inbox<Principal>()
    let tool = FakeTool("look") { _, context in
      seen.put(context.actor)
      return ToolResult(content: "")
    }
    try await withEngine(FakeModels(), tools: [tool]) { harness in
      let run = try await harness.send("a", as: Self.operatorOfGateway) { $0.user = ann.user }
      await harness.models.calls.next().answer("", calls: [ToolCall(id: "1", name: "look", arguments: [:])])
      await harness.models.calls.next().answer("ok")
      let agent = await seen.next()
      #expect(agent.user == ann.user && agent.role == .operator_ && agent.isBound)
      #expect(
        agent.credential
          == .agent(run: run, actor: RunActor(user: .owner, role: .admin, credential: .gatewayToken)))
      #expect(throws: ClawError.self) { try agent.acting(for: bob.user) }
      // Only the gateway's operator may choose any folder.
      await #expect(throws: ClawError.self) {
        try await harness.engine.agents.create(AgentDraft(name: "x", workspace: "/etc"), as: agent)
      }
      _ = try await harness.engine.outcome(of: run, as: admin)
      // It delegates its own actor.
      #expect(RunActor(agent) == RunActor(user: .owner, role: .operator_, credential: .gatewayToken))
    }
  }
}
