/// Identifies a watcher: a connection.
public struct WatcherID: Sendable, Hashable {
  public let rawValue: UInt64

  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }
}

/// Receives events for a connection.
public protocol RunEventWatcher: AnyObject, Sendable {
  /// Live events, in order, as they are stored. Must not block and must not call back into the feed; a watcher that
  /// can't keep up is closed by its own bounded queue.
  /// - Parameter isLast: False if ``flush()`` follows soon, so that the event may be buffered.
  func deliver(_ event: ShownEvent, isLast: Bool)

  /// Sends buffered events.
  func flush()

  /// Events from the log, paced by the reader: returns when there is room for more, false if the reader has stopped.
  func deliverPaced(_ events: [RunEvent]) async -> Bool
}

/// The state of a subscription.
public struct SubscriptionInfo: Sendable {
  public let session: SessionKey
  /// The last event number; 0 if there are no events.
  public let headSeq: Int64
  /// The oldest stored event; `headSeq + 1` if there is none.
  public let oldestSeq: Int64
  public let activeRun: RunID?

  public init(session: SessionKey, headSeq: Int64, oldestSeq: Int64, activeRun: RunID?) {
    self.session = session
    self.headSeq = headSeq
    self.oldestSeq = oldestSeq
    self.activeRun = activeRun
  }
}

/// A subscription that has not started: the response is sent first, then `run()` is called.
public struct PendingSubscription: Sendable {
  public let info: SubscriptionInfo
  private let body: @Sendable () async -> Void

  public init(info: SubscriptionInfo, body: @escaping @Sendable () async -> Void) {
    self.info = info
    self.body = body
  }

  /// Delivers the log's events after the cursor, hands over to live delivery, and catches up again if the watcher falls
  /// behind; returns when the subscription has ended or when cancelled. Call it once, after sending the response to the
  /// subscriber.
  public func run() async { await body() }
}

/// Delivery of the event log to watchers. Every watcher receives each event of a session at most once and in order.
public protocol EventFeed: Sendable {
  /// From now on the watcher receives the live events of all of the principal's own sessions.
  func attach(_ watcher: any RunEventWatcher, as principal: Principal) -> WatcherID
  func detach(_ watcher: WatcherID)

  /// Replaces the automatic delivery of one session to one watcher by everything after `afterSeq` (nil: after the
  /// head).
  /// - Throws: `failedPrecondition` with `details.oldestSeq` if those events are no longer stored, or if the number is
  ///   beyond the head.
  func subscribe(
    _ watcher: WatcherID, to session: SessionKey, user: UserID?, after afterSeq: Int64?, as principal: Principal
  ) async throws -> PendingSubscription

  /// Returns to automatic delivery.
  func unsubscribe(_ watcher: WatcherID, from session: SessionKey, user: UserID?, as principal: Principal) async throws

  /// The events of a session with `seq > after`: from the log, then live; until the caller stops iterating. Paced by
  /// the reader, so a slow one loses nothing.
  func events(of address: SessionAddress, after: Int64) -> RunEventSequence
}

/// Events fetched in batches. For one iterator.
public struct RunEventSequence: AsyncSequence, Sendable {
  public typealias Element = RunEvent
  private let after: Int64
  private let nextBatch: @Sendable (_ after: Int64) async throws -> [RunEvent]

  /// - Parameter nextBatch: Waits until there is at least one event after the given number; an empty batch means the
  ///   end.
  public init(after: Int64, nextBatch: @escaping @Sendable (_ after: Int64) async throws -> [RunEvent]) {
    self.after = after
    self.nextBatch = nextBatch
  }

  public func makeAsyncIterator() -> Iterator { Iterator(cursor: after, nextBatch: nextBatch) }

  public struct Iterator: AsyncIteratorProtocol, Sendable {
    var cursor: Int64
    let nextBatch: @Sendable (_ after: Int64) async throws -> [RunEvent]
    var batch: ArraySlice<RunEvent> = []

    public mutating func next() async throws -> RunEvent? {
      if batch.isEmpty { batch = try await nextBatch(cursor)[...] }
      guard let event = batch.popFirst() else { return nil }
      cursor = event.seq
      return event
    }
  }
}
