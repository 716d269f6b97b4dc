import ClawCore
import ClawStore
import Logging
import ServiceLifecycle
import Synchronization

/// Accepts messages, runs agents, and owns the event log.
///
/// Call ``prepare()`` once, then ``run()``; after ``drain()`` nothing new is accepted.
public final class Engine: ChatService, Service {
  enum Phase: Sendable {
    case starting, running, draining
  }

  let parts: EngineParts
  let node: NodeID
  let startedAt: Timestamp
  let wake = LaneSignal()
  let starts = StartedRunQueue()
  /// Wakes the scheduler when due times of jobs have changed.
  let jobsChanged = LaneSignal()
  let cronWatch = MisfireClock()
  /// Pairing of devices that have no token.
  public let pairing: StorePairingService
  /// Authentication.
  public let access: StoreAccessService
  private let state = Mutex(Phase.starting)

  /// The events of all runs, for watchers.
  public var feed: any EventFeed {
    EngineEventFeed(
      store: parts.store, hub: parts.hub, time: parts.time, retryDelay: parts.configuration.pollInterval,
      logger: parts.logger)
  }

  public init(
    store: Store, models: any ModelCatalog, tools: any ToolSource, configuration: EngineConfiguration,
    folders: (any AgentFolders)? = nil, time: TimeSource = .system,
    zones: ZoneFileLibrary = .system, logger: Logger,
    redactors: any RedactorSource = FixedRedactor(), secrets: (any SecretVault)? = nil
  ) {
    startedAt = time.now
    node = .generate(at: startedAt)
    let peers = Peers(node: node, signals: store.signals)
    access = StoreAccessService(
      store: store, configuration: configuration.access, peers: peers, time: time, logger: logger)
    parts = EngineParts(
      store: store, models: models, tools: tools, configuration: configuration, folders: folders,
      peers: peers, time: time, zones: zones, logger: logger, access: access, redactors: redactors,
      secrets: secrets)
    pairing = StorePairingService(
      store: store, configuration: configuration.pairing, access: access, peers: peers, time: time,
      logger: logger)
    access.observeForRuns { [weak parts] tenant in
      guard let parts else { return }
      parts.budgets.forget(tenant)
      _ = parts.work.start { await StopForbiddenRuns(engine: parts, tenant: tenant)() }
    }
  }

  var phase: Phase { state.withLock { $0 } }

  /// Whether new messages are accepted.
  var mayAccept: Bool { phase != .draining }

  /// Whether runs may start.
  var mayBegin: Bool { phase == .running && parts.store.fault == nil }

  /// Runs agents until the process is asked to stop, then drains.
  public func run() async throws {
    state.withLock { if $0 == .starting { $0 = .running } }
    let dispatcher = Dispatcher(engine: parts, wake: wake, starts: starts, node: node) { [self] in mayBegin }
    await withTaskGroup(of: Void.self) { services in
      services.addTask { await self.dispatch(dispatcher) }
      services.addTask { await dispatcher.poll() }
      services.addTask { await self.parts.hub.fanOut.run() }
      services.addTask { await self.leaseRenewal.run() }
      services.addTask { await self.storeFileMonitor.run() }
      services.addTask { await self.sweeper.run(self.duty(.sweep)) }
      services.addTask { await self.removalWorker.run() }
      services.addTask { await self.scheduler.run() }
      services.addTask { await self.pairing.run(self.duty(.pairings)) }
      if !self.parts.store.isExclusive {
        services.addTask {
          await ClusterMonitor(engine: self.parts, wake: self.wake, access: self.access, pairing: self.pairing).run()
        }
      }
      try? await gracefulShutdown()
      await drain()
      services.cancelAll()
    }
    parts.work.close()
  }

  private func dispatch(_ dispatcher: Dispatcher) async {
    await withDiscardingTaskGroup { group in
      await dispatcher.run { beginning, control in
        group.addTask { [parts, wake] in
          let hasMore = await ExecuteRun(engine: parts, beginning: beginning, control: control)()
          let freed = parts.registry.remove(beginning.lease.run, limits: parts.configuration.lanes)
          // The next run of the session, or runs queued for a slot in the lane.
          if hasMore {
            wake.signal(Lane.allCases)
          } else if let lane = freed.lane, freed.wasFull {
            wake.signal([lane])
          }
        }
      }
    }
  }

  /// Runs in progress on this node.
  public var runningRuns: Int { Lane.allCases.reduce(0) { $0 + parts.registry.running($1) } }

  /// Rejects new messages and starts no more runs.
  public func stopAccepting() {
    state.withLock { $0 = .draining }
  }

  /// Rejects new messages, lets running runs finish within the drain timeout, and leaves the rest for the next start.
  /// Safe to call twice.
  public func drain() async {
    stopAccepting()
    await withTaskGroup(of: Void.self) { group in
      group.addTask { [parts] in
        guard (try? await Task.sleep(for: parts.configuration.drainTimeout)) != nil else { return }
        parts.registry.stopAll(.shutdown)
        // Runs that can't even stop (the disk is full, say) are left as a crash would leave them.
        guard (try? await Task.sleep(for: parts.configuration.stopTimeout)) != nil else { return }
        parts.registry.giveUpWaiting()
      }
      group.addTask { [parts] in
        guard
          await parts.store.staysUnusable(
            every: parts.configuration.pollInterval, within: parts.configuration.readinessTimeout)
        else { return }
        // Runs that can't be written finish after the next start; waiting longer would not help.
        parts.logger.warning("drain.given_up", metadata: ["reason": "the store takes no writes"])
        parts.registry.stopAll(.shutdown)
        parts.registry.giveUpWaiting()
      }
      await parts.registry.waitUntilIdle()
      group.cancelAll()
    }
    // Runs whose writes the store rejects are left as they are; the next start resumes them.
    parts.registry.stopAll(.shutdown)
    // Runs that have not ended by now end after the next start; waiting for them here is pointless.
    parts.registry.releaseWaiters()
  }
}

extension Store {
  /// Checks that must fail in a row, so that a brief disturbance is ignored.
  private static let failures = 3

  /// Checks the store repeatedly until it keeps rejecting writes. A slow check is only slow, and awaited.
  /// - Returns: false if the task was cancelled before.
  fileprivate func staysUnusable(every interval: Duration, within limit: Duration) async -> Bool {
    var failures = 0
    while failures < Self.failures {
      guard (try? await Task.sleep(for: interval)) != nil else { return false }
      do {
        try await check(within: limit)
        failures = 0
      } catch {
        let refusals: [DatabaseError.Kind] = [.full, .readOnly, .disk, .damaged]
        let kind = ((error as? ClawError)?.cause as? DatabaseError)?.kind
        failures = kind.map(refusals.contains) == true ? failures + 1 : 0
      }
      if Task.isCancelled { return false }
    }
    return true
  }
}
