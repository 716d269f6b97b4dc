import ClawCore
import Testing

@Suite("One timer for all who wait", .timeLimit(.minutes(10)))
struct SharedClockTests {
  private let clock = SharedClock()

  @Test("timers fire at their deadlines, in any order of registration")
  func order() async throws {
    let start = clock.now
    let woken = try await withThrowingTaskGroup(of: Int.self) { group in
      for delay in [60, 20, 40, 0, 20] {
        group.addTask { [clock] in
          try await clock.sleep(for: .milliseconds(delay))
          #expect(start.duration(to: clock.now) >= .milliseconds(delay))
          return delay
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(woken.sorted() == [0, 20, 20, 40, 60])
  }

  @Test("an action is done at its time, unless it was taken back")
  func actions() async {
    let start = clock.now
    let (done, isDone) = AsyncStream.makeStream(of: String.self)
    clock.schedule(at: start + .milliseconds(10)) { isDone.yield("taken back") }.cancel()
    _ = clock.schedule(at: start + .milliseconds(30)) { isDone.finish() }
    _ = clock.schedule(at: start + .milliseconds(20)) { isDone.yield("done") }
    var seen: [String] = []
    for await name in done { seen.append(name) }
    #expect(seen == ["done"] && start.duration(to: clock.now) >= .milliseconds(30))
  }

  @Test("many at once are all woken")
  func many() async throws {
    let woken = try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<2_000 {
        group.addTask { [clock] in try await clock.sleep(for: .microseconds(number * 10)) }
      }
      return try await group.reduce(into: 0) { count, _ in count += 1 }
    }
    #expect(woken == 2_000)
  }

  @Test("cancelling ends a wait at once, and takes nobody else's with it")
  func cancelled() async throws {
    let long = Task { [clock] in try await clock.sleep(for: .seconds(3_600)) }
    let already = Task { [clock] in
      withUnsafeCurrentTask { $0?.cancel() }
      try await clock.sleep(for: .seconds(3_600))
    }
    let short = Task { [clock] in try await clock.sleep(for: .milliseconds(30)) }
    long.cancel()
    await #expect(throws: CancellationError.self) { try await long.value }
    await #expect(throws: CancellationError.self) { try await already.value }
    try await short.value
  }

  @Test("times that can never come do no harm")
  func extremes() async throws {
    let far = Task { [clock] in try await clock.sleep(for: .seconds(Int64.max / 4)) }
    try await clock.sleep(until: clock.now - .seconds(1_000_000), tolerance: nil)
    far.cancel()
    await #expect(throws: CancellationError.self) { try await far.value }
  }
}
