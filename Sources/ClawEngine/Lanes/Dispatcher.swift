import ClawCore
import ClawStore
import Logging

/// Claims runs as lanes have room, and hands them on, with those that have begun already. The queue in the store is the
/// truth; signals only save waiting.
struct Dispatcher: Sendable {
  let engine: EngineParts
  let wake: WakeSignal
  let starts: StartedRuns
  let node: NodeID
  /// Whether new runs may begin.
  let mayClaim: @Sendable () -> Bool

  /// Runs until cancelled; `begin` starts a run and returns at once.
  func run(begin: (RunBeginning, RunControl) -> Void) async {
    wake.signal(Lane.allCases)
    while !Task.isCancelled {
      let lanes = await wake.wait()
      for (start, control) in starts.take() { begin(.accepted(start), control) }
      guard mayClaim() else { continue }
      for lane in Lane.allCases where lanes.contains(lane) { await claim(lane, begin: begin) }
    }
    for (start, control) in starts.close() { begin(.accepted(start), control) }
  }

  /// Looks for work that no signal told of: leases that ran out, runs accepted elsewhere.
  func poll() async {
    while !Task.isCancelled {
      guard (try? await Task.sleep(for: engine.configuration.pollInterval)) != nil else { return }
      guard mayClaim() else { continue }
      let now = engine.time.now
      if let lanes = try? await engine.store.node.read({ try $0.queue.claimableLanes(now: now) }) {
        wake.signal(lanes)
      }
    }
  }

  private func claim(_ lane: Lane, begin: (RunBeginning, RunControl) -> Void) async {
    let free = (engine.configuration.lanes[lane] ?? 1) - engine.registry.running(lane)
    guard free > 0 else { return engine.registry.setCrowded(true, lane) }
    let (now, node) = (engine.time.now, node)
    let until = now + engine.configuration.leaseDuration
    let registry = engine.registry
    do {
      let leases = try await engine.store.node.write { transaction in
        try transaction.queue.claim(
          lane, limit: free, owner: node, now: now, until: until, except: { registry.isRunning($0) })
      }
      for lease in leases { begin(.claimed(lease), registry.add(lease.run, lane: lane, lease: lease)) }
      // There may be more, and room for it that came about meanwhile.
      registry.setCrowded(leases.count == free, lane)
      if leases.count == free { wake.signal([lane]) }
    } catch {
      // Nothing is lost: the queue is in the store, and the next signal or the next poll asks again.
      engine.logger.warning("queue.claim_failed", metadata: ["error": "\(error)"])
    }
  }
}
