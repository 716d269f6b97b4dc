import ClawCore
import ClawJSON
import Testing

@testable import ClawEngine

@Suite("Tools that do not do as they are told", .timeLimit(.minutes(10)))
struct StubbornToolTests {
  /// A tool that ignores cancellation until the test releases it.
  private static func deaf(begun: Inbox<String>, gate: Gate) -> FakeTool {
    FakeTool("deaf") { _, _ in
      begun.put("deaf")
      await gate.wait()
      return ToolResult(content: "at last")
    }
  }

  @Test("one that ignores its deadline is left to itself, and the run goes on with what became of the others")
  func deadline() async throws {
    let (begun, gate) = (Inbox<String>(), Gate())
    try await withEngine(
      FakeModels(), tools: [Self.deaf(begun: begun, gate: gate), FakeTool.echo],
      configure: {
        $0.toolTimeout = .milliseconds(5)
        $0.toolStopTimeout = .milliseconds(5)
      }
    ) { harness in
      let run = try await harness.send("x")
      await harness.models.calls.next().answer(
        "", calls: [ToolCall(id: "1", name: "deaf", arguments: [:]), .echo("hello", id: "2")])
      let next = await harness.models.calls.next()
      let results = next.request.exchanges.last?.rounds.last?.calls.map(\.result)
      #expect(results == [.interrupted, ToolResult(content: "hello")])
      #expect(harness.engine.parts.work.count == 1)
      await next.answer("ok")
      #expect(try await harness.engine.outcome(of: run, as: ann).state == .completed)
      gate.open()
      await yield { harness.engine.parts.work.count == 0 }
    }
  }

  @Test("one that ignores an abort holds up neither the abort, nor the session, nor the end of the process")
  func abort() async throws {
    let (begun, gate) = (Inbox<String>(), Gate())
    defer { gate.open() }
    try await withEngine(
      FakeModels(), tools: [Self.deaf(begun: begun, gate: gate)],
      configure: {
        $0.toolStopTimeout = .milliseconds(5)
        $0.lanes[.main] = 1
      }
    ) { harness in
      let run = try await harness.send("x")
      await harness.models.calls.next().answer("", calls: [ToolCall(id: "1", name: "deaf", arguments: [:])])
      _ = await begun.next()
      #expect(try await harness.engine.abort(.run(run), as: ann) == [run])
      #expect(try await harness.engine.outcome(of: run, as: ann).state == .aborted)
      let second = try await harness.send("y")
      await harness.models.calls.next().answer("ok")
      #expect(try await harness.engine.outcome(of: second, as: ann).content == "ok")
      try await harness.send("z")
      await harness.models.calls.next().answer("", calls: [ToolCall(id: "1", name: "deaf", arguments: [:])])
      _ = await begun.next()
      // Returns only if the engine does not wait for the tool.
      await harness.engine.drain()
    }
  }

  @Test(
    "a round has 8 tools at work at once, and 128 in all; what is beyond gets an error to read",
    arguments: [200, 1000], [ToolEffect.reads, .acts])
  func bounds(count: Int, effect: ToolEffect) async throws {
    let atWork = Locked((now: 0, most: 0, all: 0))
    let busy = FakeTool("busy", effect: effect) { _, _ in
      atWork.withLock { state in
        state.now += 1
        state.all += 1
        state.most = max(state.most, state.now)
      }
      for _ in 0..<20 { await Task.yield() }
      atWork.withLock { $0.now -= 1 }
      return ToolResult(content: "done")
    }
    try await withEngine(FakeModels(), tools: [busy]) { harness in
      let run = try await harness.send("x")
      let calls = (0..<count).map { ToolCall(id: "c\($0)", name: "busy", arguments: [:]) }
      await harness.models.calls.next().answer("", calls: calls)
      let next = await harness.models.calls.next()
      let results = try #require(next.request.exchanges.last?.rounds.last?.calls.map(\.result))
      #expect(results.prefix(128).allSatisfy { $0 == ToolResult(content: "done") })
      #expect(results.dropFirst(128).allSatisfy { $0.isError && $0.content.contains("128") })
      #expect(results.count == count && atWork.value.all == 128 && atWork.value.most <= 8)
      await next.answer("ok")
      #expect(try await harness.engine.outcome(of: run, as: ann).state == .completed)
      // Everything is stored: each call was announced in order, and has one result, one row and one event.
      let ids = calls.map(\.id)
      let events = try await harness.log()
      #expect(events.map(\.seq) == Array(1...Int64(events.count)))
      #expect(events.compactMap { if case .toolCall(let call) = $0.body { call.id } else { nil } } == ids)
      let shown = events.compactMap { if case .toolResult(let id, _, _, _, _) = $0.body { id } else { nil } }
      #expect(shown.count == count && Set(shown) == Set(ids))
      let history = try await harness.store.tenant(.standard).read { transaction in
        let session = try #require(try transaction.runs.header(of: run)).session
        return try transaction.messages.page(of: session, before: .max, limit: 10_000)
      }
      let stored = history.compactMap { if case .tool(let id, _) = $0.body { id } else { nil } }
      #expect(stored.count == count && Set(stored) == Set(ids))
      #expect(history.map(\.seq) == Array(1...Int64(count + 3)))
      let rows = try await harness.toolCalls(of: run)
      #expect(rows.map(\.id) == ids && rows.allSatisfy { $0.state == .done && $0.endedAt != nil })
      #expect(rows.count { $0.startedAt != nil } == 128)
    }
  }
}
