import ClawCore
import ClawStore

extension Engine {
  /// How far the event counters jump after a power failure: more than the events that can have been lost.
  private static let jumpDistance: Int64 = 1_000_000

  /// Prepares the store before the first message: the standard tenant, its first agent, and recovery of what an earlier
  /// process left.
  public func prepare() async throws {
    let now = parts.time.now
    let (store, configuration) = (parts.store, parts.configuration)
    let isFirst = try await store.node.read { try $0.state.tenants().isEmpty }
    // Before the tenant, so that a start interrupted in between counts as the first again.
    if isFirst {
      let agent = configuration.defaultAgent(of: .standard, at: now)
      try await store.tenant(.standard).write { _ = try $0.agents.add(agent) }
    }
    try await store.node.write { transaction in
      if isFirst { try transaction.state.addTenant(.standard, at: now) }
      // No other process can be working on these: they are claimed at once instead of when their leases expire.
      if store.isExclusive {
        try transaction.queue.releaseAll()
        try transaction.cronDue.releaseAll()
      }
      try transaction.queue.promoteAll()
    }
    try await jumpAheadAfterPowerCut(bootID: configuration.bootID)
  }

  /// A killed process loses nothing, but after a power failure, events already delivered may be missing from the log.
  /// The counters then jump ahead, so that no sequence number is used for two events.
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
          // No client can resume from them any more.
          try transaction.events.removeEverything()
          try transaction.sessions.jumpAhead(by: Self.jumpDistance)
        }
      }
      // Also for sessions that the power failure lost entirely.
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
    // This record must itself survive a power failure, or the next start would not know of the jump.
    try await store.sync()
  }

  /// Records a clean stop. Call it last, before the store is closed.
  public func noteCleanStop() async {
    try? await parts.store.node.write { try $0.state.set("clean_stop", to: "yes") }
    try? await parts.store.sync()
  }
}

extension EngineConfiguration {
  /// The initial agent of every tenant.
  func defaultAgent(of tenant: TenantID, at now: Timestamp) -> Agent {
    Agent(
      id: .generate(at: now), key: .standard, name: "SwiftClaw", summary: "The first agent of this gateway",
      folder: workspaces.agentFolder(of: .standard, in: tenant), createdAt: now, updatedAt: now)
  }
}
