import ClawCore
import DequeModule
import Synchronization

/// Delivers stored events to watchers, in commit order. With few watchers and no backlog of the same user, the
/// committing thread does it itself; a separate task serves large audiences and the backlog behind them. Users take
/// turns there, so that one with many sockets does not delay the events of others.
///
/// The backlog is bounded by the runs in progress: a step of a run returns only once there is room for the next, see
/// ``untilRoom(for:)``. While the task is not running (before the start and after the end), work is done at once.
final class FanOut: Sendable {
  /// The result of a piece of work.
  struct Handed: Sendable {
    /// The large audience with events not yet flushed; empty if few watch.
    var unflushed: [WatcherID: any RunEventWatcher] = [:]

    func flush() {
      for watcher in unflushed.values { watcher.flush() }
    }
  }

  /// A piece of work; nil if it was not about events.
  typealias Work = @Sendable () -> Handed?

  private struct Line {
    var waiting: Deque<Work> = []
    /// Work done before the next pause.
    var untilPause = 1
    /// The large audience with events since the last pause.
    var handed = Handed()
  }

  private struct State {
    var isServed = false
    var isEnding = false
    var lines: [EventHub.Person: Line] = [:]
    /// Users whose last events had a large audience.
    var crowds: Set<EventHub.Person>
    var ready: Deque<EventHub.Person> = []
    /// Users paused while their audience is flushed.
    var showings: [Showing] = []
    var server: CheckedContinuation<Void, Never>?
    var pacer: CheckedContinuation<Void, Never>?
    var writers: [EventHub.Person: [CheckedContinuation<Void, Never>]] = [:]
  }

  /// Up to this many watchers there is no pause.
  static let crowd = 32
  /// Limit of queued work of one user before their runs are held back.
  private static let maxWaiting = 64

  /// Pause per watcher of a large audience before the same user's next events are delivered. Events close together thus
  /// go into a socket with one write, and a large audience takes only part of the processor.
  private let pausePerWatcher: Duration
  private let longestPause: Duration
  private let state: Mutex<State>

  /// - Parameter crowds: Users known to have a large audience from the start.
  init(
    pausePerWatcher: Duration = .microseconds(200), longestPause: Duration = .milliseconds(100),
    crowds: Set<EventHub.Person> = []
  ) {
    state = Mutex(State(crowds: crowds))
    self.pausePerWatcher = pausePerWatcher
    self.longestPause = longestPause
  }

  private enum Admission {
    case queued(CheckedContinuation<Void, Never>?)
    /// Done by the caller; whether it occupies the user's queue meanwhile.
    case atOnce(holdsLine: Bool)
  }

  /// Runs work after all that was added before for the same user; at once if nothing is queued.
  func add(for person: EventHub.Person, _ work: @escaping Work) {
    let admission = state.withLock { state -> Admission in
      guard state.isServed else { return .atOnce(holdsLine: false) }
      guard state.lines[person] == nil else {
        state.lines[person]?.waiting.append(work)
        return .queued(nil)
      }
      guard state.crowds.contains(person) else {
        state.lines[person] = Line()
        return .atOnce(holdsLine: true)
      }
      state.lines[person] = Line(waiting: [work])
      state.ready.append(person)
      return .queued(state.server.take())
    }
    switch admission {
    case .queued(let server): server?.resume()
    case .atOnce(holdsLine: false): work()?.flush()
    case .atOnce(holdsLine: true):
      var next: Work? = work
      while let work = next { next = finished(work(), for: person) }
    }
  }

  /// Returns once the user's queue has room.
  func untilRoom(for person: EventHub.Person) async {
    let hasRoom = state.withLock { state in state.lines[person]?.waiting.count ?? 0 < Self.maxWaiting }
    if hasRoom { return }
    await withCheckedContinuation { continuation in
      let hasRoom = state.withLock { state in
        guard state.lines[person]?.waiting.count ?? 0 >= Self.maxWaiting else { return true }
        state.writers[person, default: []].append(continuation)
        return false
      }
      if hasRoom { continuation.resume() }
    }
  }

  // MARK: - Serving

  var isServed: Bool { state.withLock { $0.isServed } }

  /// Runs until cancelled, then until the queues are empty.
  func run() async {
    state.withLock { $0.isServed = true }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.pace() }
      while let (person, work) = await next() {
        finished(work(), for: person)
        await Task.yield()
      }
      group.cancelAll()
    }
  }

  /// The next work in turn; nil once the task is cancelled and nothing is queued.
  private func next() async -> (EventHub.Person, Work)? {
    while true {
      let (found, left) = state.withLock { state -> ((EventHub.Person, Work)?, [any RunEventWatcher]) in
        // Checked once: a cancellation in between would end the service with pauses still active.
        let isCancelled = Task.isCancelled
        let left = isCancelled ? Self.endPauses(&state) : []
        while let person = state.ready.popFirst() {
          if let work = state.lines[person]?.waiting.popFirst() { return ((person, work), left) }
          // Work added to a queue that is not in `ready` would never run.
          state.lines[person] = nil
        }
        if isCancelled { state.isServed = false }
        return (nil, left)
      }
      for watcher in left { watcher.flush() }
      if let found { return found }
      if state.withLock({ !$0.isServed }) { return nil }
      await wait(.server) { !$0.ready.isEmpty }
    }
  }

  private static func endPauses(_ state: inout State) -> [any RunEventWatcher] {
    defer { state.showings = [] }
    state.isEnding = true
    state.ready.append(contentsOf: state.showings.map(\.person))
    return state.showings.flatMap(\.watchers)
  }

  /// Passes the turn on. Returns work left to the caller, if the service has ended meanwhile.
  @discardableResult
  private func finished(_ handed: Handed?, for person: EventHub.Person) -> Work? {
    typealias Continuation = CheckedContinuation<Void, Never>
    let (left, next, writers, unflushed) = state.withLock { state -> (Work?, Continuation?, [Continuation], Handed?) in
      guard var line = state.lines[person] else { return (nil, nil, [], handed) }
      line.untilPause -= 1
      if let handed {
        line.handed.unflushed.merge(handed.unflushed) { $1 }
        if handed.unflushed.isEmpty { state.crowds.remove(person) } else { state.crowds.insert(person) }
      }
      let left = state.isServed ? nil : line.waiting.popFirst()
      let writers = line.waiting.count < Self.maxWaiting ? state.writers.removeValue(forKey: person) ?? [] : []
      if line.untilPause <= 0, !line.handed.unflushed.isEmpty, !state.isEnding {
        state.showings.append(Showing(line.handed, to: person, pause(for: line.handed.unflushed.count)))
        line.handed = Handed()
        state.lines[person] = line
        return (nil, state.pacer.take(), writers, nil)
      }
      // At the end there are no more pauses.
      let unflushed = state.isEnding ? line.handed : nil
      if state.isEnding { line.handed = Handed() }
      state.lines[person] = left == nil && line.waiting.isEmpty ? nil : line
      guard left == nil, !line.waiting.isEmpty else { return (left, nil, writers, unflushed) }
      state.ready.append(person)
      return (nil, state.server.take(), writers, unflushed)
    }
    unflushed?.flush()
    next?.resume()
    for writer in writers { writer.resume() }
    return left
  }

  private func pause(for watchers: Int) -> Duration { min(pausePerWatcher * watchers, longestPause) }

  /// Flushes large audiences in portions, and ends their pauses.
  private func pace() async {
    while !Task.isCancelled {
      await wait(.pacer) { !$0.showings.isEmpty }
      guard let due = state.withLock({ $0.showings.map(\.due).min() }) else { continue }
      try? await Task.sleep(until: due, clock: .continuous)
      let (watchers, server) = state.withLock { state in takeDue(&state, at: .now) }
      for watcher in watchers { watcher.flush() }
      server?.resume()
    }
  }

  private func takeDue(
    _ state: inout State, at now: ContinuousClock.Instant
  ) -> ([any RunEventWatcher], CheckedContinuation<Void, Never>?) {
    var watchers: [any RunEventWatcher] = []
    var isAnyReady = false
    for index in state.showings.indices where state.showings[index].due <= now {
      watchers += state.showings[index].takeNext(at: now)
    }
    for showing in state.showings where showing.isOver(at: now) {
      guard let line = state.lines[showing.person], !line.waiting.isEmpty else {
        state.lines[showing.person] = nil
        continue
      }
      state.lines[showing.person]?.untilPause = line.waiting.count
      state.ready.append(showing.person)
      isAnyReady = true
    }
    state.showings.removeAll { $0.isOver(at: now) }
    return (watchers, isAnyReady ? state.server.take() : nil)
  }

  private enum Waiter {
    case server, pacer
  }

  /// Returns once a condition holds, or when cancelled. One caller for each kind.
  private func wait(_ waiter: Waiter, until isMet: @Sendable (borrowing State) -> Bool) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if isMet(state) || Task.isCancelled { return true }
          switch waiter {
          case .server: state.server = continuation
          case .pacer: state.pacer = continuation
          }
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      let continuation = state.withLock { state in
        switch waiter {
        case .server: state.server.take()
        case .pacer: state.pacer.take()
        }
      }
      continuation?.resume()
    }
  }
}

/// A large audience that is flushed a few watchers at a time, so that writing to its sockets delays others only
/// briefly.
private struct Showing {
  /// Approximate interval of the portions.
  private static let step = Duration.milliseconds(2)

  let person: EventHub.Person
  private var left: ArraySlice<any RunEventWatcher>
  private let atOnce: Int
  private let step: Duration
  /// When the next portion is flushed, or the pause ends.
  private(set) var due: ContinuousClock.Instant

  init(_ handed: FanOut.Handed, to person: EventHub.Person, _ pause: Duration) {
    self.person = person
    left = Array(handed.unflushed.values)[...]
    let parts = max(1, min(left.count, Int((pause / Self.step).rounded())))
    atOnce = (left.count + parts - 1) / parts
    step = pause / parts
    due = .now
  }

  /// Watchers not flushed yet.
  var watchers: ArraySlice<any RunEventWatcher> { left }

  func isOver(at now: ContinuousClock.Instant) -> Bool { left.isEmpty && due <= now }

  mutating func takeNext(at now: ContinuousClock.Instant) -> ArraySlice<any RunEventWatcher> {
    defer {
      // Once all are flushed, the pause lasts as long as one portion.
      if !left.isEmpty { due = now + step }
      left = left.dropFirst(atOnce)
    }
    return left.prefix(atOnce)
  }
}
