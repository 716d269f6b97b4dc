import DequeModule
import NIOCore

/// Frames accepted for sending and not yet written to the socket, and the senders waiting for room. A value type,
/// guarded by the connection's lock.
///
/// Live frames are bounded by `maxBytes`. Paced frames enter one by one when the queue is nearly empty, exceed
/// ``lowWater`` by at most one frame, and do not count against that bound.
struct WebSocketOutboundQueue {
  struct Frame: Sendable {
    var type: WebSocketFrameType
    var payload: ByteBuffer
    var wireBytes: Int
    var isPaced: Bool
  }

  struct CloseRequest: Sendable {
    var code: WebSocketCloseCode
    var reason: String
  }

  typealias Waiter = CheckedContinuation<Bool, Never>

  enum Admission: Hashable {
    /// `needsDrain`: the event loop was not yet asked to write.
    case accepted(needsDrain: Bool)
    /// Rejected; close the connection with 1013.
    case full
    /// Paced frames only: wait.
    case later
    case closed
  }

  private let maxBytes: Int
  /// At or below this the queue counts as nearly empty.
  private let lowWater: Int
  private var frames = Deque<Frame>()
  private var waiters = Deque<(id: UInt64, frame: Frame, waiter: Waiter)>()
  private var nextWaiter: UInt64 = 0
  private var isDrainScheduled = false
  private var isClosed = false
  private var liveBytes = 0
  private var pacedBytes = 0
  private(set) var closeRequest: CloseRequest?

  init(maxBytes: Int) {
    self.maxBytes = maxBytes
    lowWater = min(64 * 1024, maxBytes / 4)
  }

  var bytes: Int { liveBytes + pacedBytes }
  var hasFrames: Bool { !frames.isEmpty }
  private var isAccepting: Bool { !isClosed && closeRequest == nil }

  // MARK: - Entering

  /// - Parameter isFlushed: False if the frame may wait until a drain is requested.
  mutating func admit(_ frame: Frame, isFlushed: Bool = true) -> Admission {
    guard isAccepting else { return .closed }
    if liveBytes > 0, liveBytes + frame.wireBytes > maxBytes {
      dropFrames()
      closeRequest = CloseRequest(code: .tryAgainLater, reason: "reads too slowly; reconnect and resume")
      return .full
    }
    return append(frame, isFlushed: isFlushed)
  }

  /// Whether the event loop has to be asked to write the queue; true once.
  mutating func needsDrain() -> Bool {
    guard !frames.isEmpty, !isDrainScheduled else { return false }
    isDrainScheduled = true
    return true
  }

  mutating func admitPaced(_ frame: Frame) -> Admission {
    guard isAccepting else { return .closed }
    guard waiters.isEmpty, bytes <= lowWater else { return .later }
    return append(frame)
  }

  /// Queues behind the other waiters; nil if there is no need to wait, so that `admitPaced` should be called again.
  mutating func wait(_ frame: Frame, _ waiter: Waiter) -> UInt64? {
    guard isAccepting, !waiters.isEmpty || bytes > lowWater else { return nil }
    nextWaiter += 1
    waiters.append((nextWaiter, frame, waiter))
    return nextWaiter
  }

  mutating func removeWaiter(_ id: UInt64) -> Waiter? {
    guard let index = waiters.firstIndex(where: { $0.id == id }) else { return nil }
    return waiters.remove(at: index).waiter
  }

  private mutating func append(_ frame: Frame, isFlushed: Bool = true) -> Admission {
    frames.append(frame)
    if frame.isPaced { pacedBytes += frame.wireBytes } else { liveBytes += frame.wireBytes }
    guard isFlushed else { return .accepted(needsDrain: false) }
    defer { isDrainScheduled = true }
    return .accepted(needsDrain: !isDrainScheduled)
  }

  // MARK: - Leaving

  /// The event loop has started writing; the next frame has to ask it again.
  mutating func drainStarted() {
    isDrainScheduled = false
  }

  mutating func removeFirst() -> Frame? {
    let frame = frames.popFirst()
    // Release the capacity of a burst instead of keeping it for the lifetime of an idle connection.
    if frames.isEmpty, frame != nil { frames = Deque() }
    return frame
  }

  /// Frames were written to the socket (or lost with it). Admits waiters for which there is room now.
  mutating func written(live: Int, paced: Int) -> (resume: [Waiter], needsDrain: Bool) {
    liveBytes -= live
    pacedBytes -= paced
    var resumed: [Waiter] = []
    var needsDrain = false
    while isAccepting, bytes <= lowWater, let next = waiters.popFirst() {
      if case .accepted(true) = append(next.frame) { needsDrain = true }
      resumed.append(next.waiter)
    }
    return (resumed, needsDrain)
  }

  // MARK: - Closing

  /// Stops accepting; queued frames are still sent. Returns the waiters, or nil if it was closing already.
  mutating func close(code: WebSocketCloseCode, reason: String) -> [Waiter]? {
    guard isAccepting else { return nil }
    closeRequest = CloseRequest(code: code, reason: reason)
    return removeWaiters()
  }

  /// The connection is over, or data may no longer be sent on it.
  mutating func abandon() -> [Waiter] {
    isClosed = true
    dropFrames()
    return removeWaiters()
  }

  mutating func removeWaiters() -> [Waiter] {
    defer { waiters = Deque() }
    return waiters.map(\.waiter)
  }

  private mutating func dropFrames() {
    for frame in frames {
      if frame.isPaced { pacedBytes -= frame.wireBytes } else { liveBytes -= frame.wireBytes }
    }
    frames = Deque()
  }
}
