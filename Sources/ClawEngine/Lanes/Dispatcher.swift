import ClawCore
import ClawStore
import Logging

/// Claims runs as lanes have free slots, and starts them, together with runs that were started already. The queue in
/// the store is authoritative; signals only save waiting.
struct Dispatcher: Sendable {
  /// Limit of runs claimed in one transaction; a lane with more free slots claims again.
  private static let maxClaims = 64

  let engine: EngineParts
  let wake: LaneSignal
  let starts: StartedRunQueue
  let node: NodeID
  /// Whether new runs may start.
  let mayClaim: @Sendable () -> Bool

  /// Runs until cancelled; `begin` starts a run and returns at once.
  func run(begin: (RunStart, RunControl) -> Void) async {
    var turns: [Lane: ClaimTurns] = [:]
    wake.signal(Lane.allCases)
    while !Task.isCancelled {
      let lanes = await wake.wait()
      for (start, control) in starts.take() {
        let address = start.record.address
        turns[start.record.lane, default: ClaimTurns()].began(address.user, of: address.tenant)
        begin(.accepted(start), control)
      }
      guard mayClaim() else { continue }
      for lane in Lane.allCases where lanes.contains(lane) {
        await claim(lane, &turns[lane, default: ClaimTurns()], begin: begin)
      }
    }
    for (start, control) in starts.close() { begin(.accepted(start), control) }
  }

  /// Polls for work that no signal announced: expired leases, runs accepted elsewhere, expired waits.
  func poll() async {
    while !Task.isCancelled {
      guard (try? await Task.sleep(for: engine.configuration.pollInterval)) != nil else { return }
      guard mayClaim() else { continue }
      let now = engine.time.now
      if let woken = try? await WakeParkedRuns(store: engine.store, time: engine.time, logger: engine.logger)() {
        wake.signal(woken)
      }
      if let lanes = try? await engine.store.node.read({ try $0.queue.claimableLanes(now: now) }) {
        wake.signal(lanes)
      }
    }
  }

  private func claim(_ lane: Lane, _ turns: inout ClaimTurns, begin: (RunStart, RunControl) -> Void) async {
    let registry = engine.registry
    // Reserved before the store is read: a run accepted meanwhile gets only the remaining slots.
    let slots = registry.reserveSlots(lane, limit: engine.configuration.lanes[lane] ?? 1, atMost: Self.maxClaims)
    guard slots > 0 else { return registry.setHasQueuedRuns(true, lane) }
    let (now, node, before) = (engine.time.now, node, turns)
    let until = now + engine.configuration.leaseDuration
    do {
      let claimed = try await engine.store.node.write { transaction in
        try transaction.queue.claim(
          lane, limit: slots, owner: node, now: now, until: until, turns: before, except: { registry.isRunning($0) })
      }
      turns = claimed.turns
      let controls = registry.fillSlots(slots, lane, with: claimed.leases)
      for (lease, control) in zip(claimed.leases, controls) { begin(.claimed(lease), control) }
      // There may be more runs, and slots freed meanwhile.
      registry.setHasQueuedRuns(claimed.mayBeMore, lane)
      if claimed.mayBeMore { wake.signal([lane]) }
    } catch {
      _ = registry.fillSlots(slots, lane, with: [])
      // Nothing is lost: the queue is in the store, and the next signal or poll claims again.
      engine.logger.warning("queue.claim_failed", metadata: ["error": "\(error)"])
    }
  }
}
