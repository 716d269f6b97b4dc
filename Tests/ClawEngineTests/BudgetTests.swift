import ClawCore
import ClawStore
import Testing

@testable import ClawEngine

/// Budgets of model tokens and their reservations.
@Suite("Budgets", .timeLimit(.minutes(5)))
struct BudgetTests {
  private static let gateway = Principal(
    tenant: .standard, user: .owner, role: .admin, origin: .http, credential: .gatewayToken)

  private func set(_ budget: Budget, _ harness: Harness) async throws {
    try await harness.engine.budgets.setBudget(budget, as: Self.gateway)
  }

  private func used(_ id: String, _ harness: Harness) async throws -> Int64? {
    try await harness.engine.budgets.budgets(as: Self.gateway).first { $0.id == id }?.usedTokens
  }

  /// The reservations of runs, by user.
  private func reserved(_ harness: Harness) async throws -> [UserID: Int64] {
    try await harness.store.tenant(.standard).read { transaction in
      try transaction.budgets.reserved(except: RunID(unchecked: "none")).reduce(into: [:]) {
        $0[$1.user, default: 0] += $1.tokens
      }
    }
  }

  private func failure(_ outcome: RunOutcome) -> String? { outcome.failure?.code }

  @Test("a tenant without budgets is asked after them once, and no call reserves anything")
  func none() async throws {
    let models = FakeModels()
    try await withEngine(models) { harness in
      let run = try await harness.send("a")
      let call = await models.calls.next()
      #expect(try await reserved(harness).isEmpty)
      await call.answer("b")
      #expect(try await harness.engine.outcome(of: run, as: ann).state == .completed)
      let gate = harness.engine.parts.budgets
      #expect(try await !gate.applies(to: harness.address("main"), .standard))
      // From the cache alone.
      await harness.store.close()
      #expect(try await !gate.applies(to: harness.address("main"), .standard))
      gate.forget(.standard)
      await #expect(throws: ClawError.self) { try await gate.applies(to: harness.address("main"), .standard) }
    }
  }

  @Test("each call reserves before it is made, and the step that stores its answer spends what it took")
  func spent() async throws {
    let models = FakeModels()
    try await withEngine(models) { harness in
      try await set(Budget(id: "all", maxTokens: 100_000), harness)
      let run = try await harness.send("a")
      let first = await models.calls.next()
      let held = try #require(try await reserved(harness)[ann.user])
      #expect(held > 1000 && held < 5000)
      #expect(try await used("all", harness) == 0)
      await first.answer("", calls: [.echo("x", id: "1")])
      let second = await models.calls.next()
      #expect(try await used("all", harness) == 15)
      #expect(try await reserved(harness)[ann.user] ?? 0 > held)
      await second.answer("b")
      _ = try await harness.engine.outcome(of: run, as: ann)
      #expect(try await used("all", harness) == 30)
      #expect(try await reserved(harness).isEmpty)
    }
  }

  @Test("a call that a budget does not allow is not made, and the run says whose budget it is and what is left")
  func refused() async throws {
    let models = FakeModels()
    try await withEngine(models) { harness in
      // Enough for one call at a time.
      try await set(Budget(id: "ann's", user: ann.user, maxTokens: 2000), harness)
      let first = try await harness.send("a")
      let call = await models.calls.next()
      let second = try await harness.ask("b", in: "other")
      #expect(second.failure?.code == "RESOURCE_EXHAUSTED" && second.iterations == 0)
      let message = second.failure?.message ?? ""
      #expect(message.contains("ann's") && message.contains("the user ann") && message.contains("of 2000"))
      #expect(message.contains("an admin can raise it") && second.failure?.reason == "insufficient_quota")
      // Others have budgets of their own.
      let bobs = try await harness.send("c", as: bob)
      await models.calls.next().answer("fine")
      #expect(try await harness.engine.outcome(of: bobs, as: bob).state == .completed)
      await call.answer("one")
      #expect(try await harness.engine.outcome(of: first, as: ann).state == .completed)
      // Unused reservations are released.
      let third = try await harness.send("b", in: "other")
      await models.calls.next().answer("two", usage: TokenUsage(inputTokens: 2000, outputTokens: 400))
      #expect(try await harness.engine.outcome(of: third, as: ann).state == .completed)
      #expect(try await used("ann's", harness) == 2415)
      #expect(try await failure(harness.ask("d")) == "RESOURCE_EXHAUSTED")
      // It applies from the next call on.
      try await set(Budget(id: "ann's", user: ann.user, maxTokens: 10_000), harness)
      let fourth = try await harness.send("e")
      await models.calls.next().answer("three")
      #expect(try await harness.engine.outcome(of: fourth, as: ann).state == .completed)
      #expect(models.calls.all.count == 4)
    }
  }

  @Test("all budgets that apply hold, each for its user and agent; those of another tenant do not")
  func scopes() async throws {
    try await withEngine { harness in
      let other = AgentKey(unchecked: "helper")
      try await set(Budget(id: "tenant", maxTokens: 1_000_000), harness)
      try await set(Budget(id: "agent", agent: .standard, maxTokens: 1_000_000), harness)
      try await set(Budget(id: "other agent", agent: other, maxTokens: 0), harness)
      try await set(Budget(id: "bob", user: bob.user, agent: .standard, maxTokens: 0), harness)
      #expect(try await harness.ask("a").state == .completed)
      let refusal = try await harness.ask("a", as: bob)
      #expect(refusal.failure?.message.contains("the user bob with the agent default") == true)
      let stranger = TenantID(unchecked: "acme")
      #expect(
        try await !harness.engine.parts.budgets.applies(
          to: SessionAddress(tenant: stranger, user: bob.user, key: Harness.key("main")), .standard))
    }
  }

  /// How a run ends, or restarts, during a model call.
  enum Ending: CaseIterable, Sendable {
    case failed, failedAmidText, aborted, deleted, takenOver
  }

  @Test(
    "whatever becomes of a run, nothing stays reserved; what was shown of an answer is spent",
    arguments: Ending.allCases)
  func released(by ending: Ending) async throws {
    let models = FakeModels()
    try await withEngine(models) { harness in
      try await set(Budget(id: "all", maxTokens: 100_000), harness)
      let run = try await harness.send("a")
      let call = await models.calls.next()
      #expect(try await !reserved(harness).isEmpty)
      switch ending {
      case .failed: await call.fail(ClawError(.unavailable, "gone", kind: .provider))
      case .failedAmidText:
        await call.say("half of it ")
        await call.fail(ClawError(.unavailable, "gone", kind: .provider))
      case .aborted:
        await call.say("half of it ")
        _ = try await harness.engine.abort(.run(run), as: ann)
      case .deleted: try await harness.engine.delete(Harness.key("main"), user: nil, as: ann)
      case .takenOver:
        // A node that counts as failed; another one restarts the run and makes its own reservation.
        let lease = try #require(harness.engine.parts.registry.leases.first)
        let isStarted = try await harness.store.tenant(.standard).write {
          try $0.runs.start(run, at: TimeSource.system.now)
        }
        #expect(isStarted)
        #expect(try await reserved(harness).isEmpty)
        #expect(lease.run == run)
        await call.answer("b")
      }
      if ending != .deleted { _ = try await harness.engine.outcome(of: run, as: ann) }
      #expect(try await reserved(harness).isEmpty)
      let spent = try #require(try await used("all", harness))
      switch ending {
      case .failed, .deleted: #expect(spent == 0)
      case .failedAmidText, .aborted: #expect(spent > 0 && spent < 3000)
      case .takenOver: #expect(spent == 15)
      }
    }
  }

  @Test("a run that waits has nothing reserved")
  func waiting() async throws {
    let models = FakeModels()
    let ask = FakeTool.whole("ask", effect: .acts) { _, _ in
      .pending(for: .approval, until: TimeSource.system.now + .seconds(3600))
    }
    try await withEngine(models, tools: [ask]) { harness in
      try await set(Budget(id: "all", maxTokens: 100_000), harness)
      let run = try await harness.send("a")
      await models.calls.next().answer("", calls: [ToolCall(id: "1", name: "ask", arguments: [:])])
      try await yield { try await harness.record(run)?.state == .waiting }
      #expect(try await reserved(harness).isEmpty)
      #expect(try await used("all", harness) == 15)
    }
  }

  @Test("a budget with a period begins anew once that is over")
  func renewed() async throws {
    let clock = ManualClock()
    let models = FakeModels { _ in
      ModelReply(text: "b", usage: TokenUsage(inputTokens: 2500, outputTokens: 0), model: FakeModels.reference)
    }
    try await withEngine(models, time: clock.source) { harness in
      try await set(Budget(id: "hourly", maxTokens: 3000, period: .seconds(3600)), harness)
      let start = clock.now
      #expect(try await harness.ask("a").state == .completed)
      clock.advance(by: .seconds(3599))
      let refusal = try #require(try await harness.ask("a").failure)
      #expect(refusal.code == "RESOURCE_EXHAUSTED" && refusal.retryAfterMs == 1000)
      #expect(refusal.message.contains((start + .seconds(3600)).rfc3339))
      clock.advance(by: .seconds(3601))
      #expect(try await harness.ask("a").state == .completed)
      let budget = try #require(try await harness.engine.budgets.budgets(as: Self.gateway).first)
      #expect(budget.usedTokens == 2500 && budget.periodStart == start + .seconds(7200))
    }
  }

  @Test("budgets are for admins of the tenant alone, and have bounds of their own")
  func rules() async throws {
    try await withEngine { harness in
      let service = harness.engine.budgets
      for principal in [ann, Principal(tenant: .standard, user: ann.user, role: .viewer, origin: .http)] {
        await #expect(throws: ClawError.self) {
          try await service.setBudget(Budget(id: "x", maxTokens: 1), as: principal)
        }
        await #expect(throws: ClawError.self) { try await service.budgets(as: principal) }
      }
      for wrong in [
        Budget(id: "", maxTokens: 1), Budget(id: "x", maxTokens: -1),
        Budget(id: "x", maxTokens: 1, period: .seconds(59)), Budget(id: "a\nb", maxTokens: 1),
      ] {
        await #expect(throws: ClawError.self) { try await service.setBudget(wrong, as: Self.gateway) }
      }
      await #expect(throws: ClawError.self) { try await service.removeBudget("x", as: Self.gateway) }
      try await service.setBudget(Budget(id: "x", maxTokens: 0), as: Self.gateway)
      #expect(try await failure(harness.ask("a")) == "RESOURCE_EXHAUSTED")
      try await service.removeBudget("x", as: Self.gateway)
      #expect(try await harness.ask("a").state == .completed)
    }
  }
}
