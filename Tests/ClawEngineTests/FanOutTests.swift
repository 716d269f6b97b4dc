import ClawCore
import Synchronization
import Testing

@testable import ClawEngine

@Suite("Events are handed on beside the commits", .timeLimit(.minutes(10)))
struct FanOutTests {
  private final class Order: Sendable {
    private let names = Mutex<[String]>([])

    var all: [String] { names.withLock { $0 } }

    func add(_ name: String) { names.withLock { $0.append(name) } }

    func note(_ name: String, watchers: Int = 1) -> FanOut.Handed? {
      add(name)
      return FanOutTests.crowd(of: watchers)
    }
  }

  /// The work for this many watchers.
  private static func crowd(of watchers: Int) -> FanOut.Handed {
    guard watchers > FanOut.crowd else { return FanOut.Handed() }
    let pairs = (0..<watchers).map { (WatcherID(rawValue: UInt64($0)), Recorder() as any RunEventWatcher) }
    return FanOut.Handed(unflushed: Dictionary(uniqueKeysWithValues: pairs))
  }

  private let a = EventHub.Person(tenant: .standard, user: UserID(unchecked: "a"))
  private let b = EventHub.Person(tenant: .standard, user: UserID(unchecked: "b"))

  /// Serves a queue: the first work item adds the others, and then it runs to its end.
  /// - Parameter end: Signals when to stop; by default after the first work item.
  private func serve(
    _ fanOut: FanOut, until end: AsyncStream<Void>? = nil, _ first: @escaping @Sendable () -> FanOut.Handed?
  ) async {
    await withTaskGroup(of: Void.self) { group in
      let (done, isDone) = AsyncStream.makeStream(of: Void.self)
      group.addTask { await fanOut.run() }
      while !fanOut.isServed { await Task.yield() }
      fanOut.add(for: a) {
        defer { isDone.finish() }
        return first()
      }
      for await _ in end ?? done {}
      group.cancelAll()
    }
  }

  @Test("people take turns, whoever has more waiting, and each one's events keep their order")
  func turns() async {
    let (fanOut, order) = (FanOut(crowds: [a, b]), Order())
    let (a, b) = (a, b)
    await serve(fanOut) {
      order.add("a1")
      for name in ["a2", "a3"] { fanOut.add(for: a) { order.note(name) } }
      for name in ["b1", "b2"] { fanOut.add(for: b) { order.note(name) } }
      return nil
    }
    #expect(order.all == ["a1", "b1", "a2", "b2", "a3"])
  }

  @Test("a person with a crowd of watchers pauses, others do not, and at the end nothing is lost")
  func crowd() async {
    let (fanOut, order) = (FanOut(pausePerWatcher: .seconds(3600), longestPause: .seconds(3600)), Order())
    let (a, b) = (a, b)
    let (seen, isSeen) = AsyncStream.makeStream(of: Void.self)
    await serve(fanOut, until: seen) {
      order.add("a1")
      for number in 2...100 { fanOut.add(for: a) { order.note("a\(number)", watchers: 500) } }
      for name in ["b1", "b2"] {
        fanOut.add(for: b) {
          order.add(name)
          if name == "b2" { isSeen.finish() }
          return nil
        }
      }
      return Self.crowd(of: 500)
    }
    #expect(order.all.prefix(3) == ["a1", "b1", "b2"])
    #expect(order.all.dropFirst(3) == (2...100).map { "a\($0)" }[...])
  }

  @Test("a crowd is shown what it was handed a few at a time, all of it, and before the next events")
  func showing() async {
    let (fanOut, order) = (FanOut(pausePerWatcher: .milliseconds(1), longestPause: .milliseconds(20)), Order())
    let recorders = (0..<500).map { _ in Recorder() }
    let a = a
    let (seen, isSeen) = AsyncStream.makeStream(of: Void.self)
    await serve(fanOut, until: seen) {
      fanOut.add(for: a) {
        order.add(recorders.allSatisfy { $0.flushed.withLock { $0 } == 1 } ? "all were shown it" : "too early")
        isSeen.finish()
        return nil
      }
      let pairs = recorders.enumerated().map { (WatcherID(rawValue: UInt64($0)), $1 as any RunEventWatcher) }
      return FanOut.Handed(unflushed: Dictionary(uniqueKeysWithValues: pairs))
    }
    #expect(order.all == ["all were shown it"])
  }

  @Test("where few watch and nothing waits, events are handed on at once; what comes meanwhile keeps the order")
  func atOnce() async {
    let (fanOut, order) = (FanOut(), Order())
    let a = a
    await withTaskGroup(of: Void.self) { group in
      let (seen, isSeen) = AsyncStream.makeStream(of: Void.self)
      group.addTask { await fanOut.run() }
      while !fanOut.isServed { await Task.yield() }
      fanOut.add(for: a) {
        fanOut.add(for: a) {
          order.add("a2")
          isSeen.finish()
          return nil
        }
        return order.note("a1")
      }
      order.add("after a1")
      for await _ in seen {}
      group.cancelAll()
    }
    #expect(order.all.first == "a1" && Set(order.all) == ["a1", "a2", "after a1"])
    #expect(order.all.last != "a1")
  }

  /// Records delivered events, and whether it was on a task.
  private final class Recorder: RunEventWatcher {
    let events = Inbox<(event: ShownEvent, isOnTask: Bool)>()
    let flushed = Mutex(0)

    func deliver(_ event: ShownEvent, isLast: Bool) { events.put((event, withUnsafeCurrentTask { $0 != nil })) }
    func flush() { flushed.withLock { $0 += 1 } }
    func deliverPaced(_ events: [RunEvent]) async -> Bool { false }
  }

  @Test("a crowd of watchers is handed the same event once, and not by the thread that commits")
  func sharing() async throws {
    try await withEngine { harness in
      let recorders = (0..<40).map { _ in Recorder() }
      for recorder in recorders { _ = harness.engine.feed.attach(recorder, as: ann) }
      // The first events reveal the number of watchers.
      _ = try await harness.ask("hello")
      let first = recorders[0].events.all.count
      _ = try await harness.ask("hello again")
      let seen = [recorders[0].events.all, recorders[39].events.all]
      #expect(first >= 3 && seen[0].count > first && seen[0].count == seen[1].count)
      #expect(!seen.contains { $0.dropFirst(first).contains { !$0.isOnTask } })
      for (one, other) in zip(seen[0], seen[1]) { #expect(one.event === other.event) }
      let made = Mutex(0)
      for _ in 0..<3 {
        let form = seen[0][0].event.form(7) { event in
          made.withLock { $0 += 1 }
          return "\(event.seq)"
        }
        #expect(form == "1")
      }
      #expect(made.withLock { $0 } == 1)
    }
  }
}
