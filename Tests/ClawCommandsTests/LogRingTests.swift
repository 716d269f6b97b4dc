import ClawCore
import ClawJSON
import Testing

@testable import ClawCommands

@Suite("The last lines of the log")
struct LogRingTests {
  private func add(_ count: Int, to ring: LogRing, level: LogLevel = .info, text: String = "m") {
    for number in 0..<count {
      ring.add(
        time: Timestamp(milliseconds: 0), level: level, logger: "x", message: "\(text)\(number)", fields: [:])
    }
  }

  @Test("L35: no more lines are kept than was said, and the oldest go first")
  func bounded() {
    let ring = LogRing(capacity: 10)
    add(1000, to: ring)
    let (lines, last) = ring.recent(limit: 1000, atLeast: .trace, after: nil, of: nil)
    #expect(lines.map(\.seq) == Array(991...1000))
    #expect(last == 1000 && lines.last?.message == "m999")
    let none = LogRing(capacity: 0)
    add(3, to: none)
    #expect(none.recent(limit: 10, atLeast: .trace, after: nil, of: nil).lines.isEmpty)
  }

  @Test("L35: long lines go sooner, but the last one is always there")
  func bytes() {
    let ring = LogRing(capacity: 1000)
    let long = String(repeating: "a", count: 1024 * 1024)
    add(10, to: ring, text: long)
    #expect(ring.recent(limit: 1000, atLeast: .trace, after: nil, of: nil).lines.count == 3)
    add(1, to: ring, text: String(repeating: "b", count: 2 * LogRing.maxBytes))
    #expect(ring.recent(limit: 1000, atLeast: .trace, after: nil, of: nil).lines.map(\.seq) == [11])
  }

  @Test("Lines are chosen by level and by number")
  func chosen() {
    let ring = LogRing(capacity: 100)
    add(2, to: ring, level: .debug)
    add(2, to: ring, level: .error)
    add(2, to: ring, level: .notice)
    #expect(ring.recent(limit: 9, atLeast: .warning, after: nil, of: nil).lines.map(\.seq) == [3, 4])
    #expect(ring.recent(limit: 9, atLeast: .trace, after: 4, of: nil).lines.map(\.seq) == [5, 6])
    #expect(ring.recent(limit: 1, atLeast: .trace, after: nil, of: nil).lines.map(\.seq) == [6])
    #expect(ring.recent(limit: 9, atLeast: .trace, after: 7, of: nil).lines.count == 6)
  }
}
