import ClawJSON
import DequeModule
import Logging
import NIOCore
import Synchronization

/// All open connections, and which to evict if there are too many: authenticated ones are never evicted, of the others
/// the oldest goes first. Bounded by ``SocketLimits``.
final class SocketTable: Sendable {
  /// The authentication state of a connection.
  private enum PeerState {
    case stranger
    /// Waiting for its pairing; limited by the number of pending pairings. Evicted only as a last resort.
    case pending
    case known
  }

  private struct Entry {
    let channel: any Channel
    let number: UInt64
    let since: NIODeadline
    /// Nil if not known yet: behind a trusted proxy the head of a request has it.
    var address: String?
    var standing = PeerState.stranger
  }

  private struct State {
    var entries: [ObjectIdentifier: Entry] = [:]
    /// By age, oldest first. Stale entries are dropped when they reach the head, or when they outnumber the others.
    var queue: Deque<(id: ObjectIdentifier, number: UInt64)> = []
    var lastNumber: UInt64 = 0
    var strangers = 0
    var known = 0
    var strangersByAddress: UTF8Dictionary<Int> = [:]
    /// Addresses over their limit of unauthenticated connections.
    var crowdedAddresses = 0
    var isSweepPlanned = false
    var isClosed = false
    var lastWarning: NIODeadline?
  }

  /// Minimum time between two log lines about evictions.
  private static let warningInterval = TimeAmount.minutes(1)

  private let limits: SocketLimits
  private let logger: Logger
  private let state = Mutex(State())

  init(limits: SocketLimits, logger: Logger) {
    self.limits = limits
    self.logger = logger
  }

  /// Why no further caller can be admitted, as a sentence for the operator; nil if there is room.
  var shortage: String? {
    let known = state.withLock { $0.known }
    guard known >= limits.maxConnections else { return nil }
    return "\(known) of \(limits.maxConnections) connections are open; raise gateway.max_connections or the limit of "
      + "open files"
  }

  // MARK: - Entering and leaving

  /// Adds a new, unauthenticated connection, which may evict an older one.
  /// - Parameter address: The client's, see ``NetworkAddress/text``; nil if only its requests have it.
  func enter(_ channel: any Channel, from address: String?) {
    let now = NIODeadline.now()
    let id = ObjectIdentifier(channel)
    let number = state.withLock { state -> UInt64? in
      guard !state.isClosed else { return nil }
      state.lastNumber += 1
      state.entries[id] = Entry(channel: channel, number: state.lastNumber, since: now, address: address)
      state.queue.append((id, state.lastNumber))
      state.strangers += 1
      if let address { count(address, by: 1, &state) }
      Self.compact(&state)
      return state.lastNumber
    }
    guard let number else { return channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in self.leave(id, number) }
    makeRoom(at: now, on: channel.eventLoop)
  }

  /// Sets the client address once a request head has revealed it.
  func place(_ channel: any Channel, at address: String) {
    let isNew = state.withLock { state in
      let id = ObjectIdentifier(channel)
      guard let entry = state.entries[id], entry.address == nil else { return false }
      state.entries[id]?.address = address
      guard entry.standing == .stranger else { return false }
      count(address, by: 1, &state)
      return true
    }
    if isNew { makeRoom(at: .now(), on: channel.eventLoop) }
  }

  /// Marks a connection as authenticated.
  /// - Returns: false if the connection limit is reached.
  func admit(_ channel: any Channel) -> Bool {
    state.withLock { state in
      let id = ObjectIdentifier(channel)
      // One that was evicted meanwhile is about to end on its own.
      guard let entry = state.entries[id], entry.standing != .known else { return true }
      guard state.known < limits.maxConnections else { return false }
      if entry.standing == .stranger { uncount(entry, &state) }
      state.entries[id]?.standing = .known
      state.known += 1
      return true
    }
  }

  /// Marks a connection as waiting for its pairing.
  func wait(_ channel: any Channel) {
    state.withLock { state in
      let id = ObjectIdentifier(channel)
      guard let entry = state.entries[id], entry.standing == .stranger else { return }
      uncount(entry, &state)
      state.entries[id]?.standing = .pending
    }
  }

  private func leave(_ id: ObjectIdentifier, _ number: UInt64) {
    state.withLock { state in
      guard let entry = state.entries[id], entry.number == number else { return }
      remove(id, entry, &state)
    }
  }

  /// Closes all connections, and any that are still to come.
  func closeAll() {
    let channels = state.withLock { state in
      state.isClosed = true
      return state.entries.values.map(\.channel)
    }
    for channel in channels { channel.close(promise: nil) }
  }

  // MARK: - Eviction

  /// Evicts connections over the limits, and schedules the next check.
  private func makeRoom(at now: NIODeadline, on eventLoop: any EventLoop) {
    let (evicted, next, warns) = state.withLock { state -> ([any Channel], NIODeadline?, Bool) in
      var evicted: [any Channel] = []
      while state.entries.count > limits.maxConnections + SocketLimits.reserve {
        guard let entry = oldest(.stranger, in: &state) ?? oldest(.pending, in: &state) else { break }
        remove(ObjectIdentifier(entry.channel), entry, &state)
        evicted.append(entry.channel)
      }
      let next = putOutStrangers(at: now, &evicted, &state)
      let warns = !evicted.isEmpty && (state.lastWarning.map { now - $0 >= Self.warningInterval } ?? true)
      if warns { state.lastWarning = now }
      let isPlanned = state.isSweepPlanned
      if next != nil { state.isSweepPlanned = true }
      return (evicted, isPlanned ? nil : next, warns)
    }
    for channel in evicted { channel.close(promise: nil) }
    if warns {
      logger.warning(
        "connections.put_out",
        metadata: [
          "reason": "more connections without a credential than there may be; the oldest ones are closed",
          "max_strangers": "\(limits.maxStrangers)", "per_address": "\(limits.maxStrangersPerAddress)",
          "max_connections": "\(limits.maxConnections)",
        ])
    }
    guard let next else { return }
    eventLoop.scheduleTask(deadline: next) {
      self.state.withLock { $0.isSweepPlanned = false }
      self.makeRoom(at: .now(), on: eventLoop)
    }
  }

  /// - Returns: when the next one may be evicted, if there are still too many.
  private func putOutStrangers(
    at now: NIODeadline, _ evicted: inout [any Channel], _ state: inout State
  ) -> NIODeadline? {
    let grace = TimeAmount(limits.strangerGrace)
    guard isCrowded(state) else { return nil }
    for (id, number) in state.queue {
      guard let entry = state.entries[id], entry.number == number, entry.standing == .stranger else { continue }
      let isOld = entry.since + grace <= now
      let isFlooded = state.strangers > limits.maxStrangers * SocketLimits.burst
      guard isOld || isFlooded else { return entry.since + grace }
      let ofAddress = entry.address.flatMap { state.strangersByAddress[$0] } ?? 0
      guard state.strangers > limits.maxStrangers || ofAddress > limits.maxStrangersPerAddress else { continue }
      remove(id, entry, &state)
      evicted.append(entry.channel)
      if !isCrowded(state) { break }
    }
    Self.compact(&state)
    return nil
  }

  private func isCrowded(_ state: borrowing State) -> Bool {
    state.strangers > limits.maxStrangers || state.crowdedAddresses > 0
  }

  private func oldest(_ standing: PeerState, in state: inout State) -> Entry? {
    Self.compact(&state)
    for (id, number) in state.queue {
      if let entry = state.entries[id], entry.number == number, entry.standing == standing { return entry }
    }
    return nil
  }

  /// Drops stale entries once they are the majority.
  private static func compact(_ state: inout State) {
    guard state.queue.count > 2 * (state.entries.count - state.known) + 64 else { return }
    let entries = state.entries
    state.queue.removeAll { id, number in
      guard let entry = entries[id], entry.number == number else { return true }
      return entry.standing == .known
    }
  }

  private func remove(_ id: ObjectIdentifier, _ entry: Entry, _ state: inout State) {
    state.entries[id] = nil
    switch entry.standing {
    case .stranger: uncount(entry, &state)
    case .pending: break
    case .known: state.known -= 1
    }
  }

  private func uncount(_ entry: Entry, _ state: inout State) {
    state.strangers -= 1
    if let address = entry.address { count(address, by: -1, &state) }
  }

  private func count(_ address: String, by change: Int, _ state: inout State) {
    let before = state.strangersByAddress[address] ?? 0
    let after = before + change
    state.strangersByAddress[address] = after > 0 ? after : nil
    let limit = limits.maxStrangersPerAddress
    state.crowdedAddresses += (after > limit ? 1 : 0) - (before > limit ? 1 : 0)
  }
}
