import ClawCore
import Testing

@testable import ClawEngine

@Suite("What of a transcript a model is shown")
struct ContextWindowTests {
  /// Writes rows like the engine.
  private struct Script {
    var rows: [TranscriptMessage] = []

    mutating func add(_ body: TranscriptMessage.Body, of run: String?) {
      let seq = Int64(rows.count + 1)
      rows.append(
        TranscriptMessage(
          seq: seq, id: MessageID(unchecked: "m\(seq)"), run: run.map { RunID(unchecked: $0) },
          createdAt: Timestamp(milliseconds: seq), body: body))
    }

    mutating func ask(_ run: String) { add(.user(UserMessage("ask \(run)")), of: run) }
    /// A message read by a run in progress.
    mutating func steer(_ run: String, _ text: String) { add(.user(UserMessage(text)), of: run) }
    mutating func answer(_ run: String, calls: [ToolCall] = []) {
      add(.assistant(AssistantMessage(text: "answer \(run)", calls: calls)), of: run)
    }
    mutating func result(_ run: String, _ id: String, _ text: String = "done") {
      add(.tool(callID: id, ToolResult(content: text)), of: run)
    }

    func window(_ run: String, maxRows: Int = 100, from start: Int64 = 1) -> ContextWindow {
      let asked = rows.first { $0.run?.rawValue == run }?.seq ?? 0
      return ContextWindow(
        rows: rows.filter { $0.seq >= start }, run: RunID(unchecked: run), messageSeq: asked, maxRows: maxRows)
    }
  }

  private func texts(_ exchanges: [Exchange]) -> [[String]] {
    exchanges.map { exchange in
      exchange.entries.map { entry in
        switch entry {
        case .user(let message): message.text
        case .round(let round): round.text
        case .summary(let summary): summary.text
        }
      }
    }
  }

  @Test("a message that came while an earlier one was answered is shown after that answer, and not before its turn")
  func interleaved() {
    var script = Script()
    script.ask("a")
    script.ask("b")
    script.answer("a", calls: [.echo("x", id: "1")])
    script.ask("c")
    script.result("a", "1")
    script.answer("a")
    #expect(texts(script.window("a").earlier).isEmpty)
    #expect(texts([script.window("a").current]) == [["ask a", "answer a", "answer a"]])
    #expect(texts(script.window("b").earlier) == [["ask a", "answer a", "answer a"]])
    #expect(texts([script.window("b").current]) == [["ask b"]])
    script.answer("b")
    #expect(texts(script.window("c").exchanges(within: 100_000)).map(\.first) == ["ask a", "ask b", "ask c"])
  }

  @Test("a message that a run read on its way stands between its rounds, for it and for those after it")
  func betweenRounds() {
    var script = Script()
    script.ask("a")
    script.answer("a", calls: [.echo("x", id: "1")])
    script.ask("b")
    script.result("a", "1")
    script.steer("a", "rather so")
    let shown = ["ask a", "answer a", "rather so"]
    #expect(texts([script.window("a").current]) == [shown])
    #expect(script.window("a").current.rounds[0].calls.map(\.result.content) == ["done"])
    script.answer("a")
    #expect(texts(script.window("b").exchanges(within: 100_000)) == [shown + ["answer a"], ["ask b"]])
  }

  @Test("a window never begins in the midst of an exchange")
  func cutBesideSteering() {
    var script = Script()
    for number in 0..<3 {
      script.ask("r\(number)")
      for piece in 0..<6 {
        script.answer("r\(number)", calls: [.echo("x", id: "\(number).\(piece)")])
        script.result("r\(number)", "\(number).\(piece)")
        script.steer("r\(number)", "more")
      }
    }
    script.ask("last")
    for maxRows in 2...60 {
      let window = script.window("last", maxRows: maxRows)
      #expect(window.earlier.allSatisfy { $0.input.first?.text.hasPrefix("ask") == true })
      guard let start = window.newStart else { continue }
      #expect(script.rows[Int(start) - 1].body == .user(UserMessage(start == 58 ? "ask last" : "ask r\(start / 19)")))
      #expect(script.window("last", maxRows: maxRows, from: start).earlier == window.earlier)
    }
  }

  @Test("calls without results are known, those with are not, even when an id comes again")
  func openCalls() {
    var script = Script()
    script.ask("a")
    script.answer("a", calls: [.echo("x", id: "1"), .echo("y", id: "2")])
    #expect(script.window("a").openCalls.map(\.id) == ["1", "2"])
    script.result("a", "1")
    #expect(script.window("a").openCalls.map(\.id) == ["2"])
    script.result("a", "2")
    #expect(script.window("a").openCalls.isEmpty)
    script.answer("a", calls: [.echo("z", id: "1")])
    #expect(script.window("a").openCalls.map(\.id) == ["1"])
  }

  @Test("a result belongs to the round that asked for it, even when an id comes again")
  func repeatedIDs() {
    var script = Script()
    script.ask("a")
    script.answer("a", calls: [.echo("x", id: "call_0")])
    script.result("a", "call_0", "first")
    script.answer("a", calls: [.echo("y", id: "call_0")])
    let open = script.window("a").current.rounds.flatMap(\.calls).map(\.result)
    #expect(open == [ToolResult(content: "first"), .interrupted])
    script.result("a", "call_0", "second")
    let closed = script.window("a").current.rounds.flatMap(\.calls).map(\.result.content)
    #expect(closed == ["first", "second"])
  }

  @Test("a window that is too long loses its older half at once, begins with a person, and then stays for many turns")
  func cut() throws {
    var script = Script()
    var start: Int64 = 1
    var cuts: [Int] = []
    for turn in 0..<100 {
      script.ask("r\(turn)")
      let window = script.window("r\(turn)", maxRows: 20, from: start)
      if let newStart = window.newStart {
        #expect(newStart > start)
        #expect(script.rows[Int(newStart) - 1].role == .user)
        cuts.append(turn)
        start = newStart
        // The same rows are used whether the window was cut now or starts there.
        let again = script.window("r\(turn)", maxRows: 20, from: start)
        #expect(again.newStart == nil && again.earlier == window.earlier)
      }
      let shown = window.exchanges(within: 100_000)
      #expect(shown.last?.input.first?.text == "ask r\(turn)")
      #expect(shown.count * 2 <= 21)
      #expect(turn < 4 || shown.count >= 5)
      script.answer("r\(turn)")
    }
    // About every fifth turn, not every turn, so that a provider's prompt cache can keep the prefix.
    #expect(cuts.count >= 10 && cuts.count <= 25)
  }

  @Test("the newer turns that fit are shown, and the current one whatever it costs")
  func budget() {
    var script = Script()
    for turn in 0..<10 {
      script.add(.user(UserMessage(String(repeating: "x", count: 300))), of: "r\(turn)")
      if turn < 9 { script.answer("r\(turn)") }
    }
    let window = script.window("r9")
    #expect(window.exchanges(within: 0).count == 1)
    #expect(window.exchanges(within: 250).count == 2)
    #expect(window.exchanges(within: 100_000).count == 10)
    #expect(window.exchanges(within: 250).last == window.current)
  }

  @Test("L16: whatever the rows, no call is without its result, and every answer is in the turn of its own question")
  func property() {
    for seed in UInt64(0)..<300 {
      var random = SeededGenerator(seed: seed)
      var script = Script()
      var waiting: [String] = []
      var made = 0
      while script.rows.count < 60 {
        if waiting.isEmpty || Int.random(in: 0..<3, using: &random) == 0 {
          made += 1
          if Int.random(in: 0..<6, using: &random) == 0 {
            script.add(.user(UserMessage("context")), of: nil)
            script.add(
              .assistant(AssistantMessage(text: "old", calls: [.echo("x", id: "old")])), of: nil)
            if Bool.random(using: &random) {
              script.add(.tool(callID: "old", ToolResult(content: "done")), of: nil)
            }
          }
          script.ask("r\(made)")
          waiting.append("r\(made)")
        } else {
          let run = waiting[0]
          let calls = (0..<Int.random(in: 0..<3, using: &random)).map {
            ToolCall.echo("x", id: "c\(script.rows.count).\($0)")
          }
          script.answer(run, calls: calls)
          // Some are interrupted.
          for call in calls where Int.random(in: 0..<4, using: &random) > 0 { script.result(run, call.id) }
          if Bool.random(using: &random) { waiting.removeFirst() }
        }
      }
      let maxRows = Int.random(in: 1..<70, using: &random)
      guard let run = waiting.first else { continue }
      let window = script.window(run, maxRows: maxRows)
      let turns = window.exchanges(within: 1_000_000)
      #expect(turns.last == window.current)
      #expect(window.current.input.map(\.text) == ["ask \(run)"])
      for turn in turns {
        #expect(!turn.input.isEmpty)
        guard let question = turn.input.last?.text, question.hasPrefix("ask ") else { continue }
        let answer = "answer " + question.dropFirst(4)
        #expect(turn.rounds.allSatisfy { $0.text == answer })
      }
      for waitingLater in waiting.dropFirst() {
        #expect(!turns.contains { $0.input.contains { $0.text == "ask \(waitingLater)" } })
      }
      let open = script.rows.filter { $0.run?.rawValue == run }
      let asked = open.reduce(0) { if case .assistant(let message) = $1.body { $0 + message.calls.count } else { $0 } }
      let done = open.count { $0.role == .tool }
      #expect(window.openCalls.count == asked - done)
    }
  }
}
