import ClawCore
import ClawStore
import Synchronization

/// The runs of this node, and the waiters for the end of runs.
final class RunRegistry: Sendable {
  /// Limit of outcomes kept for late waiters; older ones are read from the store.
  private static let maxRecent = 1024

  private struct Entry {
    let control: RunControl
    let lane: Lane
    /// Nil until this node has claimed it.
    var lease: Lease?
    /// Nil until it starts.
    var address: SessionAddress?
    /// Whether its end is stored: it no longer occupies a slot in its lane.
    var isOver = false
    /// Whether the store has rejected its writes for a while.
    var isStuck = false
  }

  /// Why a wait ended.
  private enum Waited: Sendable {
    case ended(RunOutcome)
    /// It has ended elsewhere, or may have: the store must be read.
    case readAgain
    /// It will not end on this node any more, or the wait was cancelled.
    case over
  }

  private struct Waiting {
    let tenant: TenantID
    var continuations: [Int: CheckedContinuation<Waited, Never>] = [:]
  }

  private struct State {
    var entries: [RunID: Entry] = [:]
    var running: [Lane: Int] = [:]
    /// Slots reserved for runs that are being claimed.
    var taken: [Lane: Int] = [:]
    /// Lanes in which runs may be queued for a slot: new runs queue behind them.
    var lanesWithQueuedRuns: Set<Lane> = []
    var waiters: [RunID: Waiting] = [:]
    var nextWaiter = 0
    /// Runs accepted by this node that have not ended: their sessions are known without a read of the store.
    var accepted: [RunID: SessionAddress] = [:]
    var recent: [RunID: (outcome: RunOutcome, address: SessionAddress)] = [:]
    var recentOrder: [RunID] = []
    var idle: [CheckedContinuation<Void, Never>] = []

    /// Whether no run here can still end.
    var isIdle: Bool { entries.values.allSatisfy(\.isStuck) }

    /// The waiters for idleness, if the registry is idle.
    mutating func takeIdle() -> [CheckedContinuation<Void, Never>] {
      guard isIdle else { return [] }
      defer { idle = [] }
      return idle
    }

    func free(_ lane: Lane, limit: Int) -> Int {
      max(0, limit - running[lane, default: 0] - taken[lane, default: 0])
    }

    func hasRoom(_ lane: Lane, limit: Int) -> Bool {
      !lanesWithQueuedRuns.contains(lane) && free(lane, limit: limit) > 0
    }

    mutating func add(_ run: RunID, _ entry: Entry) {
      if let before = entries.updateValue(entry, forKey: run), !before.isOver { running[before.lane, default: 0] -= 1 }
      running[entry.lane, default: 0] += 1
    }
  }

  private let state = Mutex(State())

  func add(_ run: RunID, lane: Lane, lease: Lease? = nil) -> RunControl {
    let control = RunControl()
    state.withLock { $0.add(run, Entry(control: control, lane: lane, lease: lease)) }
    return control
  }

  /// Reserves a slot in a lane for a run that is about to be accepted; nil if it has to be queued.
  func reserve(_ run: RunID, lane: Lane, limit: Int) -> RunControl? {
    state.withLock { state in
      guard state.hasRoom(lane, limit: limit) else {
        state.lanesWithQueuedRuns.insert(lane)
        return nil
      }
      let control = RunControl()
      state.add(run, Entry(control: control, lane: lane))
      return control
    }
  }

  /// Reserves slots in a lane for runs that are about to be claimed; ``fillSlots(_:_:with:)`` must follow.
  func reserveSlots(_ lane: Lane, limit: Int, atMost most: Int) -> Int {
    state.withLock { state in
      let slots = min(state.free(lane, limit: limit), most)
      state.taken[lane, default: 0] += slots
      return slots
    }
  }

  /// Assigns reserved slots to runs and releases the rest.
  func fillSlots(_ slots: Int, _ lane: Lane, with leases: [Lease]) -> [RunControl] {
    state.withLock { state in
      state.taken[lane, default: 0] -= slots
      return leases.map { lease in
        let control = RunControl()
        state.add(lease.run, Entry(control: control, lane: lane, lease: lease))
        return control
      }
    }
  }

  /// A run starts that this node has claimed.
  func began(_ lease: Lease, in address: SessionAddress) {
    state.withLock { state in
      state.entries[lease.run]?.lease = lease
      state.entries[lease.run]?.address = address
    }
  }

  /// The end of a run is stored: its slot is free before the waiters are notified.
  func over(_ run: RunID) {
    state.withLock { state in
      guard let entry = state.entries[run], !entry.isOver else { return }
      state.entries[run]?.isOver = true
      state.running[entry.lane, default: 0] -= 1
    }
  }

  /// Sets whether runs may be queued for a slot in a lane.
  func setHasQueuedRuns(_ isCrowded: Bool, _ lane: Lane) {
    state.withLock { state in
      if isCrowded { state.lanesWithQueuedRuns.insert(lane) } else { state.lanesWithQueuedRuns.remove(lane) }
    }
  }

  /// The leases of this node, in the lock order of transactions that change several runs.
  var leases: [Lease] {
    let held = state.withLock { state in
      state.entries.values.compactMap { entry in
        entry.isOver ? nil : entry.lease.map { (lease: $0, key: entry.address?.lockKey ?? "") }
      }
    }
    return held.sorted { $0.key < $1.key }.map(\.lease)
  }

  /// Removes a run; returns its lane and whether that was full before.
  @discardableResult
  func remove(_ run: RunID, limits: [Lane: Int] = [:]) -> (lane: Lane?, wasFull: Bool) {
    let (lane, wasFull, idle) = state.withLock { state -> (Lane?, Bool, [CheckedContinuation<Void, Never>]) in
      // Wherever the run continues, its outcome is no longer known here.
      state.accepted[run] = nil
      guard let entry = state.entries.removeValue(forKey: run) else { return (nil, false, []) }
      let lane = entry.lane
      let running = state.running[lane, default: 0] + (entry.isOver ? 1 : 0)
      state.running[lane] = running - 1
      let wasFull = running >= limits[lane] ?? 1 || state.lanesWithQueuedRuns.contains(lane)
      return (lane, wasFull, state.takeIdle())
    }
    for continuation in idle { continuation.resume() }
    return (lane, wasFull)
  }

  /// A run is about to be accepted here.
  func accepting(_ run: RunID, in address: SessionAddress) {
    state.withLock { $0.accepted[run] = address }
  }

  /// The run was not accepted.
  func refused(_ run: RunID) {
    state.withLock { $0.accepted[run] = nil }
  }

  func stop(_ run: RunID, _ reason: RunControl.Stop) {
    state.withLock { $0.entries[run]?.control }?.stop(reason)
  }

  /// A message has arrived for a run that may be running here.
  func noteMessage(for run: RunID) {
    state.withLock { $0.entries[run]?.control }?.noteMessage()
  }

  /// Stops the started runs that satisfy a condition; returns those that stop for this reason.
  func stop(_ reason: RunControl.Stop, where isMeant: (RunID, SessionAddress) -> Bool) -> [RunID] {
    let meant = state.withLock { state in
      state.entries.compactMap { run, entry -> (RunID, RunControl)? in
        guard !entry.isOver, let address = entry.address, isMeant(run, address) else { return nil }
        return (run, entry.control)
      }
    }
    return meant.filter { $0.1.stop(reason) }.map(\.0)
  }

  /// Sets whether the store rejects a run's writes: nothing waits for a run whose end can't be written.
  func setStuck(_ isStuck: Bool, _ run: RunID) {
    let idle = state.withLock { state in
      state.entries[run]?.isStuck = isStuck
      return state.takeIdle()
    }
    for continuation in idle { continuation.resume() }
  }

  func stopAll(_ reason: RunControl.Stop) {
    state.withLock { $0.entries.values.map(\.control) }.forEach { $0.stop(reason) }
  }

  func isRunning(_ run: RunID) -> Bool {
    state.withLock { $0.entries[run] != nil }
  }

  /// Whether a run accepted now would start at once.
  func hasRoom(_ lane: Lane, limit: Int) -> Bool {
    state.withLock { $0.hasRoom(lane, limit: limit) }
  }

  func running(_ lane: Lane) -> Int {
    state.withLock { $0.running[lane, default: 0] }
  }

  /// Returns once no run is left whose end can be stored. Not ended by cancellation: the caller has set a limit to the
  /// runs.
  func waitUntilIdle() async {
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        if state.isIdle { return true }
        state.idle.append(continuation)
        return false
      }
      if isIdle { continuation.resume() }
    }
  }

  /// Resumes the waiters for idleness.
  func giveUpWaiting() {
    let idle = state.withLock { state in
      defer { state.idle = [] }
      return state.idle
    }
    for continuation in idle { continuation.resume() }
  }

  /// Resumes the waiters for the end of runs: these will not end here.
  func releaseWaiters() {
    let waiters = state.withLock { state in
      defer { state.waiters = [:] }
      return state.waiters.values.flatMap(\.continuations.values)
    }
    for waiter in waiters { waiter.resume(returning: .over) }
  }

  /// The awaited runs that are not running on this node.
  func waitedElsewhere() -> [TenantID: [RunID]] {
    state.withLock { state in
      state.waiters.filter { state.entries[$0.key] == nil }
        .reduce(into: [:]) { $0[$1.value.tenant, default: []].append($1.key) }
    }
  }

  /// A run has ended elsewhere: its waiters must read the store.
  func readAgain(_ run: RunID) {
    let waiting = state.withLock { state in
      state.accepted[run] = nil
      return state.waiters.removeValue(forKey: run)
    }
    waiting?.continuations.values.forEach { $0.resume(returning: .readAgain) }
  }

  /// Notifies the waiters. Called when the commit of the run's end is durable, after its last event was delivered.
  func ended(_ outcome: RunOutcome, in address: SessionAddress) {
    let waiters = state.withLock { state in
      state.accepted[outcome.run] = nil
      if state.recent.updateValue((outcome, address), forKey: outcome.run) == nil {
        state.recentOrder.append(outcome.run)
      }
      if state.recentOrder.count > Self.maxRecent * 2 {
        state.recentOrder.prefix(Self.maxRecent).forEach { state.recent[$0] = nil }
        state.recentOrder.removeFirst(Self.maxRecent)
      }
      return state.waiters.removeValue(forKey: outcome.run)
    }
    waiters?.continuations.values.forEach { $0.resume(returning: .ended(outcome)) }
  }

  /// Waits for the end of a run. `isVisible` decides about a cached outcome; otherwise `check` reads the store first,
  /// and throws if the run is not the caller's. Nil when cancelled.
  func wait(
    for run: RunID, of tenant: TenantID, isVisible: (SessionAddress) -> Bool,
    or check: @Sendable () async throws -> RunOutcome?
  ) async throws -> RunOutcome? {
    let ticket = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    while true {
      let (known, address) = state.withLock { ($0.recent[run], $0.accepted[run]) }
      if let known, isVisible(known.address) { return known.outcome }
      let isOurs = address.map(isVisible) ?? false
      if !isOurs, let outcome = try await check() { return outcome }
      switch await wait(for: run, of: tenant, ticket) {
      case .ended(let outcome): return outcome
      case .over: return nil
      case .readAgain: continue
      }
    }
  }

  private func wait(for run: RunID, of tenant: TenantID, _ ticket: Int) async -> Waited {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let known = state.withLock { state -> Waited? in
          if let known = state.recent[run] { return .ended(known.outcome) }
          if Task.isCancelled { return .over }
          state.waiters[run, default: Waiting(tenant: tenant)].continuations[ticket] = continuation
          return nil
        }
        if let known { continuation.resume(returning: known) }
      }
    } onCancel: {
      let waiter = state.withLock { state in
        let waiter = state.waiters[run]?.continuations.removeValue(forKey: ticket)
        if state.waiters[run]?.continuations.isEmpty == true { state.waiters[run] = nil }
        return waiter
      }
      waiter?.resume(returning: .over)
    }
  }
}
