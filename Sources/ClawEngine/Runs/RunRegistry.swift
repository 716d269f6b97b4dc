import ClawCore
import ClawStore
import Synchronization

/// The runs that this node works on, and those who wait for one to end.
final class RunRegistry: Sendable {
  /// Outcomes that are remembered for whoever asks a moment too late; after that the store answers.
  private static let maxRecent = 1024

  private struct Entry {
    let control: RunControl
    let lane: Lane
    /// Nil until the store has given it to this node.
    var lease: Lease?
    /// Nil until it begins.
    var address: SessionAddress?
    /// Whether its end is stored: it takes no room in its lane any more.
    var isOver = false
    /// Whether the store has taken nothing of it for a while.
    var isStuck = false
  }

  /// Why somebody waits no longer.
  private enum Waited: Sendable {
    case ended(RunOutcome)
    /// It has ended somewhere else, or may have: the store knows.
    case lookAgain
    /// It will not end here any more, or nobody waits.
    case over
  }

  private struct Waiting {
    let tenant: TenantID
    var continuations: [Int: CheckedContinuation<Waited, Never>] = [:]
  }

  private struct State {
    var entries: [RunID: Entry] = [:]
    var running: [Lane: Int] = [:]
    /// Slots that were taken for what is being claimed.
    var taken: [Lane: Int] = [:]
    /// Lanes in which runs may be waiting for room: who comes now waits behind them.
    var crowded: Set<Lane> = []
    var waiters: [RunID: Waiting] = [:]
    var nextWaiter = 0
    /// Runs that this node accepted and that have not ended: whose they are needs no look into the store.
    var accepted: [RunID: SessionAddress] = [:]
    var recent: [RunID: (outcome: RunOutcome, address: SessionAddress)] = [:]
    var recentOrder: [RunID] = []
    var idle: [CheckedContinuation<Void, Never>] = []

    /// Whether nothing runs here that can come to its end.
    var isIdle: Bool { entries.values.allSatisfy(\.isStuck) }

    /// Those who wait for nothing to run here, if that is so.
    mutating func takeIdle() -> [CheckedContinuation<Void, Never>] {
      guard isIdle else { return [] }
      defer { idle = [] }
      return idle
    }

    func free(_ lane: Lane, limit: Int) -> Int {
      max(0, limit - running[lane, default: 0] - taken[lane, default: 0])
    }

    func hasRoom(_ lane: Lane, limit: Int) -> Bool {
      !crowded.contains(lane) && free(lane, limit: limit) > 0
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

  /// Takes a slot in a lane for a run that is about to be accepted; nil if it has to wait for its turn.
  func reserve(_ run: RunID, lane: Lane, limit: Int) -> RunControl? {
    state.withLock { state in
      guard state.hasRoom(lane, limit: limit) else {
        state.crowded.insert(lane)
        return nil
      }
      let control = RunControl()
      state.add(run, Entry(control: control, lane: lane))
      return control
    }
  }

  /// Reserves slots in a lane for runs that are about to be claimed; ``fillSlots(_:_:with:)`` has to follow.
  func reserveSlots(_ lane: Lane, limit: Int, atMost most: Int) -> Int {
    state.withLock { state in
      let slots = min(state.free(lane, limit: limit), most)
      state.taken[lane, default: 0] += slots
      return slots
    }
  }

  /// Gives runs the slots that were taken for them; those that are left over are free again.
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

  /// A run begins that the store has given to this node.
  func began(_ lease: Lease, in address: SessionAddress) {
    state.withLock { state in
      state.entries[lease.run]?.lease = lease
      state.entries[lease.run]?.address = address
    }
  }

  /// The end of a run is stored: whoever learns of it finds room for the next one.
  func over(_ run: RunID) {
    state.withLock { state in
      guard let entry = state.entries[run], !entry.isOver else { return }
      state.entries[run]?.isOver = true
      state.running[entry.lane, default: 0] -= 1
    }
  }

  /// Whether runs may be waiting for room in a lane.
  func setCrowded(_ isCrowded: Bool, _ lane: Lane) {
    state.withLock { state in
      if isCrowded { state.crowded.insert(lane) } else { state.crowded.remove(lane) }
    }
  }

  /// What this node holds, in the order in which changes that share a transaction lock things.
  var leases: [Lease] {
    let held = state.withLock { state in
      state.entries.values.compactMap { entry in
        entry.isOver ? nil : entry.lease.map { (lease: $0, key: entry.address?.lockKey ?? "") }
      }
    }
    return held.sorted { $0.key < $1.key }.map(\.lease)
  }

  /// Takes a run out, and says of which lane it was and whether that had no room before.
  @discardableResult
  func remove(_ run: RunID, limits: [Lane: Int] = [:]) -> (lane: Lane?, wasFull: Bool) {
    let (lane, wasFull, idle) = state.withLock { state -> (Lane?, Bool, [CheckedContinuation<Void, Never>]) in
      // Wherever it goes on, it is not known here any more what becomes of it.
      state.accepted[run] = nil
      guard let entry = state.entries.removeValue(forKey: run) else { return (nil, false, []) }
      let lane = entry.lane
      let running = state.running[lane, default: 0] + (entry.isOver ? 1 : 0)
      state.running[lane] = running - 1
      let wasFull = running >= limits[lane] ?? 1 || state.crowded.contains(lane)
      return (lane, wasFull, state.takeIdle())
    }
    for continuation in idle { continuation.resume() }
    return (lane, wasFull)
  }

  /// A run is about to be accepted here.
  func accepting(_ run: RunID, in address: SessionAddress) {
    state.withLock { $0.accepted[run] = address }
  }

  /// It was not, after all.
  func refused(_ run: RunID) {
    state.withLock { $0.accepted[run] = nil }
  }

  func stop(_ run: RunID, _ reason: RunControl.Stop) {
    state.withLock { $0.entries[run]?.control }?.stop(reason)
  }

  /// Something was said to a run that may go on here.
  func noteMessage(for run: RunID) {
    state.withLock { $0.entries[run]?.control }?.noteMessage()
  }

  /// Stops the runs that have begun here and satisfy a condition; returns those that stop for this reason.
  func stop(_ reason: RunControl.Stop, where isMeant: (RunID, SessionAddress) -> Bool) -> [RunID] {
    let meant = state.withLock { state in
      state.entries.compactMap { run, entry -> (RunID, RunControl)? in
        guard !entry.isOver, let address = entry.address, isMeant(run, address) else { return nil }
        return (run, entry.control)
      }
    }
    return meant.filter { $0.1.stop(reason) }.map(\.0)
  }

  /// Notes whether the store takes anything of a run: nobody waits for one whose end can't be written.
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

  /// Whether a run that is accepted now begins at once.
  func hasRoom(_ lane: Lane, limit: Int) -> Bool {
    state.withLock { $0.hasRoom(lane, limit: limit) }
  }

  func running(_ lane: Lane) -> Int {
    state.withLock { $0.running[lane, default: 0] }
  }

  /// Returns once nothing runs here whose end the store would take. Not ended by cancellation: whoever waits has set a
  /// limit to the runs.
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

  /// Lets those go who wait for nothing to run here.
  func giveUpWaiting() {
    let idle = state.withLock { state in
      defer { state.idle = [] }
      return state.idle
    }
    for continuation in idle { continuation.resume() }
  }

  /// Tells those who wait for the end of a run that it will not come here.
  func releaseWaiters() {
    let waiters = state.withLock { state in
      defer { state.waiters = [:] }
      return state.waiters.values.flatMap(\.continuations.values)
    }
    for waiter in waiters { waiter.resume(returning: .over) }
  }

  /// The runs that somebody waits for while they go on, or wait, elsewhere.
  func waitedElsewhere() -> [TenantID: [RunID]] {
    state.withLock { state in
      state.waiters.filter { state.entries[$0.key] == nil }
        .reduce(into: [:]) { $0[$1.value.tenant, default: []].append($1.key) }
    }
  }

  /// A run has ended elsewhere: whoever waits for it is to look into the store.
  func lookAgain(_ run: RunID) {
    let waiting = state.withLock { state in
      state.accepted[run] = nil
      return state.waiters.removeValue(forKey: run)
    }
    waiting?.continuations.values.forEach { $0.resume(returning: .lookAgain) }
  }

  /// Tells those who wait. Called as the commit of the run's end becomes durable, after its last event went out.
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

  /// Waits for the end of a run. `isVisible` decides about an end that is remembered; otherwise `check` asks the store
  /// for it first, and throws if the run is not the caller's. Nil when cancelled.
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
      case .lookAgain: continue
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
