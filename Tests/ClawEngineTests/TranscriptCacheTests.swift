import ClawCore
import Testing

@testable import ClawEngine

@Suite("The transcripts in memory")
struct TranscriptCacheTests {
  private let session = SessionID(unchecked: "s")

  private func rows(_ numbers: ClosedRange<Int64>, text: String = "x") -> [TranscriptMessage] {
    numbers.map {
      TranscriptMessage(
        seq: $0, id: MessageID(unchecked: "m\($0)"), run: nil, createdAt: Timestamp(milliseconds: 0),
        body: .user(UserMessage(text)))
    }
  }

  @Test("give the rows of a window that goes as far as the store's, and nothing else")
  func window() {
    let cache = TranscriptCache()
    cache.append(rows(1...2), to: session, isWhole: true)
    cache.append(rows(3...3), to: session)
    #expect(cache.rows(of: session, from: 1, to: 3)?.map(\.seq) == [1, 2, 3])
    #expect(cache.rows(of: session, from: 2, to: 3)?.map(\.seq) == [2, 3])
    // Another node has written since.
    #expect(cache.rows(of: session, from: 1, to: 4) == nil)
    #expect(cache.rows(of: SessionID(unchecked: "other"), from: 1, to: 3) == nil)
  }

  @Test("forget a session in which something was missed")
  func gap() {
    let cache = TranscriptCache()
    cache.append(rows(1...2), to: session, isWhole: true)
    cache.append(rows(4...4), to: session)
    #expect(cache.rows(of: session, from: 1, to: 2) == nil)
    #expect(cache.rows(of: session, from: 1, to: 4) == nil)
    // Rows in the middle of the transcript do not start a cache entry.
    cache.append(rows(5...5), to: session)
    #expect(cache.rows(of: session, from: 5, to: 5) == nil)
  }

  @Test("a read that is older than what was committed since changes nothing")
  func staleRead() {
    let cache = TranscriptCache()
    cache.put(rows(1...3), of: session)
    cache.append(rows(4...4), to: session)
    cache.put(rows(1...3), of: session)
    #expect(cache.rows(of: session, from: 1, to: 4)?.count == 4)
    cache.put(rows(1...2) + rows(4...6), of: session)
    #expect(cache.rows(of: session, from: 1, to: 6) == nil)
  }

  @Test("let go of what lies before the window")
  func trim() {
    let cache = TranscriptCache()
    cache.put(rows(1...10), of: session)
    cache.trim(session, to: 8)
    #expect(cache.rows(of: session, from: 8, to: 10)?.count == 3)
    #expect(cache.rows(of: session, from: 7, to: 10) == nil)
  }

  @Test("L35: are bounded, the longest unused first; a session that is too large is not kept")
  func bounded() {
    let cache = TranscriptCache()
    let text = String(repeating: "x", count: 400_000)
    for number in 0..<100 {
      cache.append(rows(1...1, text: text), to: SessionID(unchecked: "s\(number)"), isWhole: true)
    }
    let kept = (0..<100).filter { cache.rows(of: SessionID(unchecked: "s\($0)"), from: 1, to: 1) != nil }
    #expect((1...25).contains(kept.count) && kept.last == 99)
    cache.append(rows(1...1, text: text + text), to: session, isWhole: true)
    #expect(cache.rows(of: session, from: 1, to: 1) == nil)
  }
}
