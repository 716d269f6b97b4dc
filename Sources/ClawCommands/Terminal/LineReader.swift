import NIOPosix
import Synchronization

/// Reads lines of stdin on a thread of its own, so that waiting for a user blocks no thread of the pool.
final class LineReader: Sendable {
  private typealias Waiter = CheckedContinuation<String?, Never>

  private struct State {
    var waiter: Waiter?
    /// A read is in progress; it can't be cancelled, so its line is kept for the next caller.
    var isReading = false
    var kept: [String?] = []
  }

  private let state = Mutex(State())
  private let thread = NIOThreadPool(numberOfThreads: 1)
  private let read: @Sendable () -> String?

  init(read: @escaping @Sendable () -> String? = { readLine(strippingNewline: true) }) {
    self.read = read
    thread.start()
  }

  deinit { thread.shutdownGracefully { _ in } }

  /// The next line; nil at the end of the input and on cancellation. For one caller at a time.
  func next() async -> String? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        let (line, mustRead) = state.withLock { state -> (line: String??, mustRead: Bool) in
          if !state.kept.isEmpty { return (.some(state.kept.removeFirst()), false) }
          if Task.isCancelled { return (.some(nil), false) }
          state.waiter = waiter
          defer { state.isReading = true }
          return (nil, !state.isReading)
        }
        if let line { waiter.resume(returning: line) }
        if mustRead { readOne() }
      }
    } onCancel: {
      let waiter = state.withLock { state -> Waiter? in
        defer { state.waiter = nil }
        return state.waiter
      }
      waiter?.resume(returning: nil)
    }
  }

  private func readOne() {
    thread.submit { [self] _ in
      let line = read()
      let waiter = state.withLock { state -> Waiter? in
        state.isReading = false
        defer { state.waiter = nil }
        if state.waiter == nil { state.kept.append(line) }
        return state.waiter
      }
      waiter?.resume(returning: line)
    }
  }
}
