import ClawJSON
import ClawTesting
import Synchronization
import Testing

/// Clients that send messages through nodes that come and go, and others that watch. Each message has a key, and is
/// resent to any available node until it is answered.
struct Load: Sendable {
  let fleet: Fleet
  let sessions: Int
  let messages: Int
  private let answers: AsyncStream<Void>
  private let answered: AsyncStream<Void>.Continuation

  init(fleet: Fleet, sessions: Int, messages: Int) {
    self.fleet = fleet
    self.sessions = sessions
    self.messages = messages
    (answers, answered) = AsyncStream.makeStream()
  }

  /// A model that calls a tool for every other message, and answers in several words.
  static func models() async throws -> FakeModelServer {
    try await FakeModelServer.start { request in
      let messages = request.body["messages"]?.arrayValue ?? []
      let said = messages.last { $0["role"] == "user" }?["content"]?.stringValue ?? ""
      return needsTool(said) && messages.last?["role"] != "tool"
        ? .call("calculator", ["expression": "12*7"]) : .text(answer(to: said)).paced(.milliseconds(2))
    }
  }

  private static func answer(to message: String) -> String { "this answers \(message) and nothing else" }
  private static func needsTool(_ message: String) -> Bool { message.hasSuffix("0") || message.hasSuffix("5") }
  private static func key(_ session: Int) -> JSONValue { .string("agent:default:ws:load\(session)") }
  private func said(_ session: Int) -> [String] { (0..<messages).map { "s\(session) m\($0)" } }

  /// Runs the load while `disturb` runs, which receives a signal for each answer.
  func run(_ disturb: @escaping @Sendable (inout AsyncStream<Void>.Iterator) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for session in 0..<sessions {
        group.addTask { try await speak(session) }
        group.addTask { try await watch(session) }
      }
      group.addTask {
        var answers = answers.makeAsyncIterator()
        try await disturb(&answers)
      }
      try await group.waitForAll()
    }
    for session in 0..<sessions { try await expectWhole(session) }
  }

  private func speak(_ session: Int) async throws {
    var connection: WireConnection?
    for message in said(session) {
      let params: JSONValue = [
        "message": .string(message), "sessionKey": Self.key(session), "idempotencyKey": .string("key of \(message)"),
      ]
      var answer: JSONValue?
      while answer == nil {
        do {
          let open = if let connection { connection } else { try await fleet.connect() }
          connection = open
          let response = try await open.response(to: open.request("chat.send", params))
          if response["ok"] == true {
            answer = response["payload"]?["content"]
          } else {
            // The only error allowed from a node that is stopping, or has lost its store.
            let error = response["error"]
            #expect(error?["code"] == "UNAVAILABLE" && error?["retryable"] == true, "\(response.serializedString())")
            connection = nil
            try await Self.pause()
          }
        } catch  where !Task.isCancelled {
          connection = nil
          try await Self.pause()
        }
      }
      #expect(answer?.stringValue == Self.answer(to: message))
      answered.yield()
      if Bool.random() { connection = nil }
    }
  }

  /// A client's retry delay.
  private static func pause() async throws { try await Task.sleep(for: .milliseconds(20)) }

  /// Follows a session from its first event to the end of its last run, over any number of connections.
  private func watch(_ session: Int) async throws {
    var seen: [JSONValue] = []
    while seen.names.filter({ $0 == "run.completed" }).count < messages {
      do {
        let connection = try await fleet.connect()
        try await connection.subscribe(to: Self.key(session), after: seen.seqs.last ?? 0)
        while seen.names.last != "run.completed" || seen.names.filter({ $0 == "run.completed" }).count < messages {
          let event = try await connection.event()
          if event["seq"] != nil, event["payload"]?["sessionKey"] == Self.key(session) { seen.append(event) }
        }
      } catch  where !Task.isCancelled {
        try await Self.pause()
      }
    }
    #expect(seen.seqs == Array(1...seen.count), "gaps or doubles in what the watcher of \(session) saw")
    let runs = Set(seen.compactMap { $0["payload"]?["runId"]?.stringValue })
    #expect(runs.count == messages)
    for run in runs {
      let names = seen.filter { $0["payload"]?["runId"]?.stringValue == run }.names
      #expect(names.first == "run.started" && names.last == "run.completed")
      #expect(names.filter { $0 == "run.completed" || $0 == "run.failed" }.count == 1)
    }
  }

  /// Every message is in the history once, in order, with one answer.
  private func expectWhole(_ session: Int) async throws {
    let client = try await fleet.connect()
    let history = try await client.call("chat.history", ["sessionKey": Self.key(session), "limit": 500])
    let rows = try #require(history["messages"]?.arrayValue)
    #expect(rows.compactMap { $0["seq"]?.intValue } == Array(1...rows.count))
    let expected = said(session).flatMap { message -> [String] in
      let tool = Self.needsTool(message) ? ["assistant: ", "tool: 84"] : []
      return ["user: \(message)"] + tool + ["assistant: \(Self.answer(to: message))"]
    }
    #expect(
      rows.map { "\($0["role"]?.stringValue ?? ""): \($0["content"]?.stringValue ?? "")" } == expected)
  }
}
