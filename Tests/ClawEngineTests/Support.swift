import ClawCore
import Foundation
import Synchronization

/// A temporary directory for one test.
final class TestDirectory: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("claw-engine-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A value shared by many tasks.
final class Locked<Value: Sendable>: Sendable {
  private let mutex: Mutex<Value>

  init(_ value: Value) { mutex = Mutex(value) }

  var value: Value { mutex.withLock { $0 } }

  func withLock<T: Sendable>(_ body: (inout Value) -> T) -> T { mutex.withLock { body(&$0) } }
}

/// A mailbox between tasks.
final class Inbox<Element: Sendable>: Sendable {
  private struct State {
    var all: [Element] = []
    var taken = 0
    var nextWaiter = 0
    var waiters: [Int: (isDue: @Sendable ([Element]) -> Bool, continuation: CheckedContinuation<Void, Never>)] = [:]
  }

  private let state = Mutex(State())

  var all: [Element] { state.withLock { $0.all } }

  func put(_ element: Element) {
    let due = state.withLock { state in
      state.all.append(element)
      let all = state.all
      let due = state.waiters.filter { $0.value.isDue(all) }
      for ticket in due.keys { state.waiters[ticket] = nil }
      return due.values.map(\.continuation)
    }
    due.forEach { $0.resume() }
  }

  /// Waits until its content satisfies a condition. The suite's time limit cancels the test, and then this returns the
  /// current content.
  @discardableResult
  func wait(until isDue: @escaping @Sendable ([Element]) -> Bool) async -> [Element] {
    let ticket = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if isDue(state.all) || Task.isCancelled { return true }
          state.waiters[ticket] = (isDue, continuation)
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: ticket) }?.continuation.resume()
    }
    return all
  }

  /// The next element that was not taken yet. One consumer at a time. If the time limit passes first, the test program
  /// ends, since there is nothing to return.
  func next() async -> Element {
    let index = state.withLock { state in
      state.taken += 1
      return state.taken - 1
    }
    let all = await wait { $0.count > index }
    precondition(all.count > index, "the time limit passed while the test waited for number \(index + 1)")
    return all[index]
  }
}

/// A clock that moves only when told to.
final class ManualClock: Sendable {
  private let moment: Locked<Timestamp>

  init(_ start: Timestamp = Timestamp(milliseconds: 1_700_000_000_000)) { moment = Locked(start) }

  var now: Timestamp { moment.value }
  var source: TimeSource { TimeSource { [moment] in moment.value } }

  func advance(by duration: Duration) { moment.withLock { $0 = $0 + duration } }
}

struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// SplitMix64: a deterministic generator.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Yields until a condition holds; bounded by the suite's time limit.
func yield(until isDone: () async throws -> Bool) async rethrows {
  while !Task.isCancelled, !(try await isDone()) { await Task.yield() }
}
