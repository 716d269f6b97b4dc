import ClawCore
import Testing

@testable import ClawEngine

@Suite("Gathering what a model says", .timeLimit(.minutes(10)))
struct DeltaCoalescerTests {
  /// All ways to split a text into up to three pieces.
  private static func cuts(of text: String) -> [[String]] {
    let all = Array(text)
    var cuts = [[text]]
    for first in all.indices {
      for second in first...all.count {
        let pieces = [all[..<first], all[first..<second], all[second...]].map { String($0) }
        cuts.append(pieces.filter { !$0.isEmpty })
      }
    }
    return cuts
  }

  @Test(
    "L34: the sentinel is held back however it is cut, and anything else is let through whole",
    arguments: [
      ("NO_REPLY", true), (" NO_REPLY \n", true), ("NO_REPLY but more", false), ("NOT", false), ("NO", false),
      ("N", false), ("", false), ("NO_REPLYNO_REPLY", false), ("no_reply", false), ("  \n", false),
      ("NO_REPLY.", false),
    ])
  func sentinel(_ text: String, _ isSilent: Bool) async {
    for pieces in Self.cuts(of: text) {
      let joiner = DeltaCoalescer()
      var logged: [DeltaCoalescer.Piece] = []
      for piece in pieces {
        await joiner.push(.text(piece))
        let taken = joiner.take()
        if isSilent { #expect(taken.isEmpty, "\(pieces) let \(taken) through") }
        logged += taken
      }
      #expect(joiner.finish(isLast: true) == isSilent, "\(pieces)")
      logged += joiner.take()
      let whole = logged.map { if case .text(let text) = $0 { text } else { "?" } }.joined()
      #expect(whole == (isSilent ? "" : text), "\(pieces)")
      #expect(joiner.shown == whole)
    }
  }

  @Test("what could not be logged counts as pending again, so that a model is held back while nothing can be written")
  func putBackIsPending() async {
    let joiner = DeltaCoalescer()
    let much = String(repeating: "x", count: 64 * 1024 - 1)
    await joiner.push(.text(much))
    joiner.putBack(joiner.take())
    let isThrough = Locked(false)
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await joiner.push(.text("more"))
        isThrough.withLock { $0 = true }
      }
      for _ in 0..<50 { await Task.yield() }
      #expect(!isThrough.value)
      #expect(joiner.take().count == 1)
    }
    #expect(isThrough.value)
  }

  @Test("a new beginning forgets what was not logged, and tells of what was")
  func restart() async {
    let model = ModelReference(provider: "p", model: "m")
    let joiner = DeltaCoalescer(restarts: 2)
    await joiner.push(.text("never logged"))
    joiner.restart(with: model)
    #expect(joiner.take().isEmpty && joiner.shown == "" && joiner.restarts == 2)
    await joiner.push(.text("logged"))
    #expect(joiner.take() == [.text("logged")])
    await joiner.push(.text(" and more"))
    joiner.restart(with: model)
    await joiner.push(.text("NO_REPLY"))
    #expect(joiner.take() == [.restart(model, further: 3)])
    #expect(joiner.finish(isLast: true) && joiner.restarts == 3)
  }

  @Test("in a round that is not the last, the sentinel is text like any other")
  func notLast() async {
    let joiner = DeltaCoalescer()
    await joiner.push(.text("NO_REPLY"))
    #expect(joiner.finish(isLast: false) == false)
    #expect(joiner.take() == [.text("NO_REPLY")])
  }

  @Test("pieces of one kind are joined, and kinds keep their order")
  func joining() async {
    let joiner = DeltaCoalescer()
    await joiner.push(.thinking("a"))
    await joiner.push(.thinking("b"))
    await joiner.push(.text("hello "))
    await joiner.push(.text("you"))
    await joiner.push(.thinking("c"))
    #expect(joiner.take() == [.thinking("ab"), .text("hello you"), .thinking("c")])
    #expect(joiner.take().isEmpty)
    #expect(joiner.shown == "hello you")
  }

  @Test("what could not be logged goes back to the front")
  func putBack() async {
    let joiner = DeltaCoalescer()
    await joiner.push(.text("one "))
    let taken = joiner.take()
    await joiner.push(.text("two"))
    joiner.putBack(taken)
    #expect(joiner.take().map { if case .text(let text) = $0 { text } else { "" } }.joined() == "one two")
    #expect(joiner.shown == "one two")
  }

  @Test("a model that is faster than the log is held back, and goes on when there is room")
  func backpressure() async {
    let joiner = DeltaCoalescer()
    let pushed = Inbox<Int>()
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        for index in 0..<5 {
          await joiner.push(.text(String(repeating: "x", count: 40_000)))
          pushed.put(index)
        }
      }
      var total = 0
      while total < 200_000 {
        // In any order: at most the bound and one piece are buffered.
        guard await joiner.waitForPieces() else { break }
        for case .text(let text) in joiner.take() {
          #expect(text.utf8.count <= 64 * 1024 + 40_000)
          total += text.utf8.count
        }
      }
      #expect(total == 200_000)
      await group.waitForAll()
      #expect(pushed.all.count == 5)
    }
  }

  @Test("a model that is held back goes on when it is cancelled")
  func cancelled() async {
    let joiner = DeltaCoalescer()
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await joiner.push(.text(String(repeating: "x", count: 100_000))) }
      _ = await joiner.waitForPieces()
      group.cancelAll()
      await group.waitForAll()
    }
    #expect(joiner.shown.utf8.count == 100_000)
  }

  @Test("waiting for pieces ends with the model, and when it is cancelled")
  func waiting() async {
    let joiner = DeltaCoalescer()
    async let ended = joiner.waitForPieces()
    _ = joiner.finish(isLast: true)
    #expect(await ended == false)
    let other = DeltaCoalescer()
    let isThere = await withTaskGroup(of: Bool.self) { group in
      group.addTask { await other.waitForPieces() }
      group.cancelAll()
      return await group.next() ?? true
    }
    #expect(!isThere)
  }
}
