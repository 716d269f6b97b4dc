import ClawCore
import ClawStore

/// Work that one node does for all nodes of a store, such as the sweep. A process that is alone just does it.
///
/// Two nodes whose clocks differ by more than a lease may do it at the same time. That is harmless: all such work is
/// idempotent.
struct LeasedTask: Sendable {
  enum Name: String { case sweep, pairings }

  private struct Lost: Error {}

  let name: Name
  let store: Store
  let node: NodeID
  let time: TimeSource
  /// How long the lease is valid without renewal.
  let lease: Duration
  /// Whether there may be other nodes.
  let isShared: Bool

  /// Does the work, unless another node is doing it or did it recently.
  /// - Parameter pause: How long no other node needs to repeat it.
  /// - Throws: The error of the work; another node may try then.
  func perform(every pause: Duration, _ work: @escaping @Sendable () async throws -> Void) async throws {
    guard isShared else { return try await work() }
    guard try await take(for: lease, pause) else { return }
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await work() }
        group.addTask { try await keep(pause) }
        try await group.next()
        group.cancelAll()
      }
      _ = try await take(for: pause, pause)
    } catch {
      try? await store.node.write { try $0.leases.release(name.rawValue, by: node) }
      throw error
    }
  }

  private func keep(_ pause: Duration) async throws {
    while true {
      try await Task.sleep(for: lease / 3)
      guard try await take(for: lease, pause) else { throw Lost() }
    }
  }

  private func take(for length: Duration, _ pause: Duration) async throws -> Bool {
    let now = time.now
    // Clocks may differ by as much again.
    let latest = now + max(lease, pause) * 2
    return try await store.node.write {
      try $0.leases.take(name.rawValue, by: node, now: now, until: now + length, latest: latest)
    }
  }
}
