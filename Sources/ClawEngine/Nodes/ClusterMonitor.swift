import ClawCore
import ClawStore
import Logging

/// Keeps a node in step with the other nodes of a shared store: it receives their notifications, and polls the store
/// for changes that none announced.
struct ClusterMonitor: Sendable {
  /// By how much the clocks of two nodes may differ, and a commit may lag, for polling by time to find every change.
  private static let slack: Duration = .seconds(2) + StepBatch.timeGrain

  let engine: EngineParts
  let wake: LaneSignal
  let access: StoreAccessService
  let pairing: StorePairingService

  /// Runs until cancelled.
  func run() async {
    await withDiscardingTaskGroup { group in
      let relay = EventRelay(
        store: engine.store, hub: engine.hub, retryDelay: engine.configuration.pollInterval, logger: engine.logger)
      group.addTask { await relay.run() }
      group.addTask { await look() }
      group.addTask { await measure() }
      group.addTask { await lookForModels() }
      guard let signals = engine.peers.signals else { return }
      for await hints in signals.received() {
        if hints.isEmpty { engine.logger.info("node.listening", metadata: ["node": "\(engine.peers.node)"]) }
        for hint in hints {
          guard let (node, signal) = NodeSignal.read(hint), node != engine.peers.node else { continue }
          take(signal, in: &group)
        }
      }
      guard signals.isPooled else { return }
      engine.logger.notice(
        "node.hints_off", metadata: ["reason": "a pooler passes no notifications on; store.postgres_notify"])
    }
  }

  private func take(_ signal: NodeSignal, in group: inout DiscardingTaskGroup) {
    switch signal {
    case .events(let address, let last, let ended):
      engine.hub.hint(address, last: last)
      guard let ended else { return }
      let registry = engine.registry
      engine.hub.afterDelivery(address) { registry.readAgain(ended) }
    case .ended(let event): takeEnd(event)
    case .abort(let tenant, let run):
      guard engine.registry.isRunning(run) else { return }
      group.addTask { await stop([run], of: tenant) }
    case .work(let lanes): wake.signal(lanes)
    case .access(let tenant): access.hasChanged(tenant)
    case .models(let tenant): engine.models.hasChanged(tenant)
    case .erased(let tenant, let user): engine.hub.erased(user, of: tenant)
    case .pairing(let tenant, let hint): group.addTask { await pairing.take(hint, of: tenant) }
    }
  }

  private func takeEnd(_ event: RunEvent) {
    guard case .failed(let failure) = event.body else { return }
    engine.hub.publishUnlogged([event])
    let isAbort = failure.code == RunTermination.abort.failure.code
    let outcome = RunOutcome(
      run: event.run, session: event.address.key, state: isAbort ? .aborted : .failed, content: "", usage: TokenUsage(),
      iterations: 0, failure: failure)
    engine.registry.ended(outcome, in: event.address)
    engine.registry.stop(event.run, .leaseLost)
  }

  // MARK: - Polling

  private func look() async {
    var since = engine.time.now
    while (try? await Task.sleep(for: engine.configuration.pollInterval)) != nil {
      let now = engine.time.now
      let from = Timestamp(milliseconds: min(since, now).milliseconds - Self.slack.milliseconds)
      let waited = engine.registry.waitedElsewhere()
      let leases = Dictionary(grouping: engine.registry.leases, by: \.tenant)
      let watched = engine.hub.watchedTenants
      var isWhole = true
      for tenant in watched.union(waited.keys).union(leases.keys) {
        do {
          if watched.contains(tenant) { try await lookForEvents(of: tenant, since: from) }
          try await lookForEnds(of: waited[tenant] ?? [], in: tenant)
        } catch {
          isWhole = false
          engine.logger.warning("node.look_failed", metadata: ["tenant": "\(tenant)", "error": "\(error)"])
        }
        await stop((leases[tenant] ?? []).map(\.run), of: tenant)
      }
      await pairing.look(in: watched)
      if isWhole { since = now }
    }
  }

  /// See ``Store/analyzeGrownTables()``.
  private func measure() async {
    while (try? await Task.sleep(for: engine.configuration.pollInterval)) != nil {
      do {
        try await engine.store.analyzeGrownTables()
      } catch {
        engine.logger.debug("node.measure_failed", metadata: ["error": "\(error)"])
      }
    }
  }

  /// Polls for changes of providers that no notification announced.
  private func lookForModels() async {
    repeat {
      do {
        try await engine.models.catchUp()
      } catch {
        engine.logger.debug("node.models_look_failed", metadata: ["error": "\(error)"])
      }
    } while (try? await Task.sleep(for: engine.configuration.pollInterval)) != nil
  }

  private func lookForEvents(of tenant: TenantID, since: Timestamp) async throws {
    let heads = try await engine.store.tenant(tenant).read { transaction in
      try transaction.sessions.heads(changedSince: since) + transaction.sessions.headsRunning()
    }
    for (address, head) in heads where engine.hub.isWatched(address) { engine.hub.hint(address, last: head) }
  }

  private func lookForEnds(of runs: [RunID], in tenant: TenantID) async throws {
    guard !runs.isEmpty else { return }
    let standings = try await engine.store.tenant(tenant).read { try $0.runs.statuses(of: runs) }
    let registry = engine.registry
    for run in runs {
      guard let standing = standings[run] else {
        registry.readAgain(run)
        continue
      }
      if standing.isOver { engine.hub.afterDelivery(standing.address) { registry.readAgain(run) } }
    }
  }

  /// Stops those runs of this node whose abort was requested.
  private func stop(_ runs: [RunID], of tenant: TenantID) async {
    guard !runs.isEmpty else { return }
    let stopped = try? await engine.store.tenant(tenant).read { try $0.runs.toAbort(of: runs) }
    for run in stopped ?? [] { engine.registry.stop(run, .abort) }
  }
}
