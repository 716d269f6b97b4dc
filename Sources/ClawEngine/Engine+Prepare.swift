import ClawCore
import ClawStore

extension Engine {
  /// How far the event counters move after a power cut: more than can have been lost.
  private static let jumpDistance: Int64 = 1_000_000

  /// What has to be done before the first message: the tenant, its first agent, and what an earlier process left.
  public func prepare() async throws {
    let now = parts.time.now
    let (store, configuration) = (parts.store, parts.configuration)
    let isFirst = try await store.node.read { try $0.state.tenants().isEmpty }
    // Before the tenant: a start that is cut off in between is the first one again.
    if isFirst {
      let agent = configuration.defaultAgent(of: .standard, at: now)
      try await store.tenant(.standard).write { _ = try $0.agents.add(agent) }
    }
    try await store.node.write { transaction in
      if isFirst { try transaction.state.addTenant(.standard, at: now) }
      // Nobody else can be working on these; they are taken up at once instead of when their leases run out.
      if store.isExclusive {
        try transaction.queue.releaseAll()
        try transaction.cronDue.releaseAll()
      }
      try transaction.queue.promoteAll()
    }
    try await jumpAheadAfterPowerCut(bootID: configuration.bootID)
  }

  /// A killed process loses nothing, but after a power cut events that were shown may be missing from the log. Then
  /// the counters move ahead, so that no number is given to two events.
  private func jumpAheadAfterPowerCut(bootID: String?) async throws {
    let store = parts.store
    let (isClean, lastBoot, tenants) = try await store.node.read { transaction in
      (
        try transaction.state.value(of: "clean_stop") ?? "yes", try transaction.state.value(of: "boot_id"),
        try transaction.state.tenants()
      )
    }
    let sameBoot = bootID != nil && lastBoot == bootID
    if store.mayLoseOnPowerCut, isClean != "yes", !sameBoot {
      for tenant in tenants {
        try await store.tenant(tenant).write { transaction in
          // None of them can be resumed from any more.
          try transaction.events.removeEverything()
          try transaction.sessions.jumpAhead(by: Self.jumpDistance)
        }
      }
      // Also for sessions that the power cut took as a whole.
      try await store.node.write { transaction in
        let base = try transaction.state.value(of: "event_base").flatMap { Int64($0) } ?? 0
        try transaction.state.set("event_base", to: String(base + Self.jumpDistance))
      }
      parts.logger.notice("events.counters_moved_ahead", metadata: ["reason": "unclean boot"])
    }
    try await store.node.write { transaction in
      try transaction.state.set("clean_stop", to: "no")
      try transaction.state.set("boot_id", to: bootID ?? "")
    }
    let base = try await store.node.read { try $0.state.value(of: "event_base") }
    parts.hub.eventBase.store(base.flatMap { Int64($0) } ?? 0, ordering: .relaxed)
    // The note itself must survive a power cut, or the next start would not know of it.
    try await store.sync()
  }

  /// Notes that all was written; call it last, before the store is closed.
  public func noteCleanStop() async {
    try? await parts.store.node.write { try $0.state.set("clean_stop", to: "yes") }
    try? await parts.store.sync()
  }
}

extension EngineConfiguration {
  /// The agent that every tenant begins with.
  func defaultAgent(of tenant: TenantID, at now: Timestamp) -> Agent {
    Agent(
      id: .generate(at: now), key: .standard, name: "SwiftClaw", summary: "The first agent of this gateway",
      folder: workspaces.agentFolder(of: .standard, in: tenant), createdAt: now, updatedAt: now)
  }
}
