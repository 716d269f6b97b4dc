import ClawCore
import ClawStore
import Logging
import ServiceLifecycle
import Synchronization

/// The heart of the house: accepts messages, runs agents, and keeps the log that everybody watches.
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
  /// Wakes the scheduler when the times of jobs have changed.
  let jobsChanged = LaneSignal()
  let cronWatch = MisfireClock()
  /// Who may come in without a token.
  public let pairing: StorePairingService
  /// Who is let in.
  public let access: StoreAccessService
  private let state = Mutex(Phase.starting)

  /// The events of all runs, for those who watch.
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

  /// Whether new messages are taken.
  var mayAccept: Bool { phase != .draining }

  /// Whether runs may begin.
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
          // The next run of the session, or whatever waited for room in the lane.
          if hasMore {
            wake.signal(Lane.allCases)
          } else if let lane = freed.lane, freed.wasFull {
            wake.signal([lane])
          }
        }
      }
    }
  }

  /// Runs that go on here now.
  public var runningRuns: Int { Lane.allCases.reduce(0) { $0 + parts.registry.running($1) } }

  /// Refuses new messages and begins no more runs.
  public func stopAccepting() {
    state.withLock { $0 = .draining }
  }

  /// Refuses new messages, gives running runs their time, then leaves them for the next start. Safe to call twice.
  public func drain() async {
    stopAccepting()
    await withTaskGroup(of: Void.self) { group in
      group.addTask { [parts] in
        guard (try? await Task.sleep(for: parts.configuration.drainTimeout)) != nil else { return }
        parts.registry.stopAll(.shutdown)
        // Whoever can't even stop (a disk that takes nothing) is left as a crash would leave it.
        guard (try? await Task.sleep(for: parts.configuration.stopTimeout)) != nil else { return }
        parts.registry.giveUpWaiting()
      }
      group.addTask { [parts] in
        guard
          await parts.store.staysUnusable(
            every: parts.configuration.pollInterval, within: parts.configuration.readinessTimeout)
        else { return }
        // What can't be written ends at the next start and not here, however long it is waited for.
        parts.logger.warning("drain.given_up", metadata: ["reason": "the store takes no writes"])
        parts.registry.stopAll(.shutdown)
        parts.registry.giveUpWaiting()
      }
      await parts.registry.waitUntilIdle()
      group.cancelAll()
    }
    // Runs whose writes the store refuses are left as they are; the next start takes them up.
    parts.registry.stopAll(.shutdown)
    // What has not ended by now ends after the next start; nobody can wait for that here.
    parts.registry.releaseWaiters()
  }
}

extension Store {
  /// Looks that have to fail in a row, so that a moment of trouble is none.
  private static let failures = 3

  /// Waits until the store refuses writes, look after look. One that takes long is only slow, and waited for.
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
