import ClawCore
import DequeModule
import Synchronization

/// Hands stored events to those who watch, in the order of their commits, on a task of its own: the thread that commits
/// only appends to a queue. People take turns, so that somebody with many sockets does not hold up the events of others.
///
/// What waits is bounded by the runs that are under way: a step of a run returns only once there is room for the next,
/// see ``untilRoom(for:)``. While nothing serves the queue (before the start and after the end), work is done at once.
final class FanOut: Sendable {
  /// Does a piece of work; returns how many watchers it had.
  typealias Work = @Sendable () -> Int

  private struct Line {
    var waiting: Deque<Work> = []
    /// Work that is done before the next pause.
    var untilPause = 0
    /// The most watchers that a piece of work had since the last pause.
    var watchers = 0
  }

  private struct State {
    var isServed = false
    var isEnding = false
    var lines: [EventHub.Person: Line] = [:]
    var ready: Deque<EventHub.Person> = []
    var paused: Deque<(person: EventHub.Person, until: ContinuousClock.Instant)> = []
    var server: CheckedContinuation<Void, Never>?
    var pacer: CheckedContinuation<Void, Never>?
    var writers: [EventHub.Person: [CheckedContinuation<Void, Never>]] = [:]
  }

  /// Work that may wait for one person before their runs are held back.
  private static let maxWaiting = 64
  /// With this many watchers or fewer there is no pause.
  private static let crowd = 32

  /// For each watcher of a crowd, the time until the same person's next events are handed on: so that what comes close
  /// together goes into a socket with one write, and a crowd takes a part of the processor alone.
  private let pausePerWatcher: Duration
  private let longestPause: Duration
  private let state = Mutex(State())

  init(pausePerWatcher: Duration = .microseconds(20), longestPause: Duration = .milliseconds(15)) {
    self.pausePerWatcher = pausePerWatcher
    self.longestPause = longestPause
  }

  /// Has work done behind all that was added before for the same person. Never blocks.
  func add(for person: EventHub.Person, _ work: @escaping Work) {
    let (isQueued, server) = state.withLock { state -> (Bool, CheckedContinuation<Void, Never>?) in
      guard state.isServed else { return (false, nil) }
      if state.lines[person] == nil {
        state.lines[person] = Line(waiting: [work], untilPause: 1)
        state.ready.append(person)
        return (true, state.server.take())
      }
      state.lines[person]?.waiting.append(work)
      return (true, nil)
    }
    server?.resume()
    if !isQueued { _ = work() }
  }

  /// Returns once little enough waits for a person that more may be added.
  func untilRoom(for person: EventHub.Person) async {
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

  /// Runs until cancelled, and then until nothing waits any more.
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

  /// The work whose turn it is; nil once the task is cancelled and nothing waits.
  private func next() async -> (EventHub.Person, Work)? {
    while true {
      let found = state.withLock { state -> (EventHub.Person, Work)? in
        // Asked once: a cancellation in between would end the serving with the pauses still on.
        let isCancelled = Task.isCancelled
        if isCancelled { Self.endPauses(&state) }
        while let person = state.ready.popFirst() {
          if let work = state.lines[person]?.waiting.popFirst() { return (person, work) }
          // Whoever has a line without being ready would wait for ever with what is added now.
          state.lines[person] = nil
        }
        if isCancelled { state.isServed = false }
        return nil
      }
      if let found { return found }
      if state.withLock({ !$0.isServed }) { return nil }
      await wait(.server) { !$0.ready.isEmpty }
    }
  }

  private static func endPauses(_ state: inout State) {
    state.isEnding = true
    state.ready.append(contentsOf: state.paused.map(\.person))
    state.paused = []
  }

  private func finished(_ watchers: Int, for person: EventHub.Person) {
    let (pacer, writers) = state.withLock {
      state -> (CheckedContinuation<Void, Never>?, [CheckedContinuation<Void, Never>]) in
      guard var line = state.lines[person] else { return (nil, []) }
      line.watchers = max(line.watchers, watchers)
      line.untilPause -= 1
      let writers = line.waiting.count < Self.maxWaiting ? state.writers.removeValue(forKey: person) ?? [] : []
      guard line.untilPause <= 0, line.watchers > Self.crowd, !state.isEnding else {
        state.lines[person] = line.waiting.isEmpty ? nil : line
        if !line.waiting.isEmpty { state.ready.append(person) }
        return (nil, writers)
      }
      let pause = min(pausePerWatcher * line.watchers, longestPause)
      line.watchers = 0
      state.lines[person] = line
      state.paused.append((person, .now + pause))
      return (state.pacer.take(), writers)
    }
    pacer?.resume()
    for writer in writers { writer.resume() }
  }

  /// Ends pauses when their time has come.
  private func pace() async {
    while !Task.isCancelled {
      await wait(.pacer) { !$0.paused.isEmpty }
      guard let until = state.withLock({ $0.paused.first?.until }) else { continue }
      try? await Task.sleep(until: until, clock: .continuous)
      let server = state.withLock { state -> CheckedContinuation<Void, Never>? in
        guard let (person, _) = state.paused.popFirst(), var line = state.lines[person] else { return nil }
        guard !line.waiting.isEmpty else {
          state.lines[person] = nil
          return nil
        }
        line.untilPause = line.waiting.count
        state.lines[person] = line
        state.ready.append(person)
        return state.server.take()
      }
      server?.resume()
    }
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
