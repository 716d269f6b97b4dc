/// Somebody who watches: a connection.
public struct WatcherID: Sendable, Hashable {
  public let rawValue: UInt64

  public init(rawValue: UInt64) {
    self.rawValue = rawValue
  }
}

/// Takes events for a connection.
public protocol RunEventWatcher: AnyObject, Sendable {
  /// Live events, in order, as they are stored. Must not block and must not call back into the feed; whoever can't
  /// keep up is closed by its own bounded queue.
  /// - Parameter isLast: False if ``flush()`` follows soon, with which the event may wait.
  func deliver(_ event: ShownEvent, isLast: Bool)

  /// Shows what was delivered before.
  func flush()

  /// Events out of the log, at the reader's pace: returns when there is room for more, false if nobody reads on.
  func deliverPaced(_ events: [RunEvent]) async -> Bool
}

/// Where a subscription stands.
public struct SubscriptionInfo: Sendable {
  public let session: SessionKey
  /// The last event there is; 0 if there was none yet.
  public let headSeq: Int64
  /// The oldest that is kept; `headSeq + 1` if none is.
  public let oldestSeq: Int64
  public let activeRun: RunID?

  public init(session: SessionKey, headSeq: Int64, oldestSeq: Int64, activeRun: RunID?) {
    self.session = session
    self.headSeq = headSeq
    self.oldestSeq = oldestSeq
    self.activeRun = activeRun
  }
}

/// A subscription that is announced but does not flow yet: the answer goes out first, then `run()` is called.
public struct PendingSubscription: Sendable {
  public let info: SubscriptionInfo
  private let body: @Sendable () async -> Void

  public init(info: SubscriptionInfo, body: @escaping @Sendable () async -> Void) {
    self.info = info
    self.body = body
  }

  /// Delivers what the log holds after the cursor, hands over to live delivery, and catches up again should the watcher
  /// fall behind; returns when the subscription has ended or when cancelled. Call it once, after the answer to the
  /// subscriber is on its way.
  public func run() async { await body() }
}

/// The log of events, for those who watch. Every watcher sees each event of a session at most once and in order.
public protocol EventFeed: Sendable {
  /// From now on the watcher gets the live events of all the principal's own sessions.
  func attach(_ watcher: any RunEventWatcher, as principal: Principal) -> WatcherID
  func detach(_ watcher: WatcherID)

  /// Replaces automatic delivery of one session, on one watcher, by everything after `afterSeq` (nil: after the head).
  /// - Throws: `failedPrecondition` with `details.oldestSeq` if that is no longer kept, or if it is beyond the head.
  func subscribe(
    _ watcher: WatcherID, to session: SessionKey, user: UserID?, after afterSeq: Int64?, as principal: Principal
  ) async throws -> PendingSubscription

  /// Back to automatic delivery.
  func unsubscribe(_ watcher: WatcherID, from session: SessionKey, user: UserID?, as principal: Principal) async throws

  /// The events of a session with `seq > after`: those in the log, then each as it comes; ends when the caller stops
  /// asking. At the reader's pace, so nothing is lost on a slow one.
  func events(of address: SessionAddress, after: Int64) -> RunEventSequence
}

/// Events pulled one batch at a time. For one iterator.
public struct RunEventSequence: AsyncSequence, Sendable {
  public typealias Element = RunEvent
  private let after: Int64
  private let nextBatch: @Sendable (_ after: Int64) async throws -> [RunEvent]

  /// - Parameter nextBatch: Waits until there is at least one event after the given number; empty means the end.
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
