import ClawClient
import ClawJSON
import Foundation
import Synchronization
import Testing

@testable import ClawCommands

@Suite("Chat")
struct ChatTests {
  private func event(_ name: String, _ more: JSONObject = [:], seq: Int64 = 1) -> ServerEvent {
    let place: JSONObject = ["runId": "r", "sessionKey": "s", "agentId": "a"]
    return ServerEvent(name: name, payload: .object(place.merging(more) { $1 }), seq: seq)
  }

  private func completed(_ content: String) -> ServerEvent {
    event(
      "run.completed",
      [
        "content": .string(content), "iterations": 1, "durationMs": 1,
        "usage": ["prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2],
      ])
  }

  @Test("A person at a terminal is reconnected for as long as they sit there, a script for a minute")
  func patience() {
    let person = ChatCommand.reconnect(isInteractive: true)
    #expect(person.isEnabled && person.giveUpAfter == nil)
    #expect(ChatCommand.reconnect(isInteractive: false).giveUpAfter == .seconds(60))
  }

  @Test("With -m the answer alone is written, once")
  func answerOnly() {
    let written = WrittenText()
    let printer = ChatPrinter(format: .answerOnly, console: written.console())
    printer.show(event("chunk", ["content": "4"]))
    printer.show(event("tool.call", ["name": "calculator", "id": "1", "arguments": [:]]))
    printer.show(completed("42"))
    #expect(written.output == "42\n")
    #expect(written.errors.isEmpty)
  }

  @Test("On a terminal text comes as it is written, and tools are dimmed on lines of their own")
  func live() {
    let written = WrittenText()
    let printer = ChatPrinter(format: .live, console: written.console(isTerminal: true))
    printer.show(event("chunk", ["content": "Let me see"]))
    printer.show(event("tool.call", ["name": "calculator", "id": "1", "arguments": ["x": 1]]))
    printer.show(
      event(
        "tool.result", ["name": "calculator", "id": "1", "is_error": false, "preview": "42", "durationMs": 1]))
    printer.show(event("chunk", ["content": "It is "]))
    printer.show(event("chunk", ["content": "42"]))
    printer.show(completed("It is 42"))
    #expect(
      written.output
        == "Let me see\n\u{1B}[2m· calculator {\"x\":1}\u{1B}[0m\n\u{1B}[2m  → 42\u{1B}[0m\nIt is 42\n")
  }

  @Test("What a model says can't steer the terminal, but a pipe gets it as it is")
  func escapes() {
    let nasty = "a\u{1B}]0;title\u{7}b\u{202E}c\td\n"
    let terminal = WrittenText()
    ChatPrinter(format: .live, console: terminal.console(["NO_COLOR": "1"], isTerminal: true))
      .show(event("chunk", ["content": .string(nasty)]))
    #expect(terminal.output == "a]0;titlebc\td\n")
    let pipe = WrittenText()
    ChatPrinter(format: .answerOnly, console: pipe.console()).show(completed(nasty))
    #expect(pipe.output == nasty + "\n")
  }

  @Test("With --json every event is a line as it came")
  func json() throws {
    let written = WrittenText()
    let printer = ChatPrinter(format: .json, console: written.console())
    printer.show(event("chunk", ["content": "x\ny"], seq: 7))
    let line = try JSONValue(parsing: written.output)
    #expect(line["event"] == "chunk")
    #expect(line["seq"] == 7)
    #expect(line["payload"]?["content"] == "x\ny")
  }

  @Test("Lines of stdin are handed out one by one, and the end stays the end")
  func lines() async {
    let source = Mutex(["one", "two"])
    let reader = LineReader {
      source.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }
    #expect(await reader.next() == "one")
    #expect(await reader.next() == "two")
    #expect(await reader.next() == nil)
    #expect(await reader.next() == nil)
  }

  @Test("Waiting for a line ends when the task is cancelled, and the line is not lost")
  func cancelledLine() async {
    let (gate, open) = AsyncStream.makeStream(of: Void.self)
    let reading = Mutex(false)
    let release = Mutex(false)
    let reader = LineReader {
      reading.withLock { $0 = true }
      while !release.withLock({ $0 }) { sched_yield() }
      return "late"
    }
    let waiting = Task {
      open.yield()
      return await reader.next()
    }
    for await _ in gate { break }
    while !reading.withLock({ $0 }) { await Task.yield() }
    waiting.cancel()
    #expect(await waiting.value == nil)
    release.withLock { $0 = true }
    #expect(await reader.next() == "late")
  }

  @Test("Empty lines are passed over, and /exit leaves")
  func typed() async {
    let source = Mutex(["", "  ", "hello", "/exit", "never"])
    let written = WrittenText()
    let input = TypedMessages(
      prompts: false, console: written.console(),
      lines: LineReader { source.withLock { $0.isEmpty ? nil : $0.removeFirst() } })
    #expect(await input.next() == "hello")
    #expect(await input.next() == nil)
  }
}
