import ClawClient
import ClawJSON
import ClawProtocol
import ClawTesting
import Testing

@Suite("The Swift client on a bad line")
struct ClientRecoveryTests {
  private static func configuration(_ relay: CuttingRelay) -> ClientConfiguration {
    ClientConfiguration(
      url: "ws://127.0.0.1:\(relay.port)/ws", token: GatewayHarness.token,
      reconnect: ReconnectPolicy(firstDelay: .milliseconds(1), maxDelay: .milliseconds(20)))
  }

  @Test(
    "L9: an answer whose line breaks at any event, or before it was accepted, is read without a gap or a repetition")
  func everyEvent() async throws {
    let talk = try await SteppedTalk.start()
    try await GatewayHarness.run(models: talk.models) { gateway in
      try await CuttingRelay.run(to: gateway.port) { relay in
        try await GatewayClient.withConnection(to: Self.configuration(relay)) { client in
          for broken in 0..<SteppedTalk.eventCount {
            let message = "what is 12 * 7? \(broken)"
            let before = relay.accepted
            if broken == 0 { relay.loseNextAnswer() }
            var names: [String] = []
            var seqs: [Int64] = []
            var answer = ""
            for try await event in client.send(message, session: "agent:default:broken-\(broken)") {
              names.append(event.name)
              seqs.append(event.seq ?? 0)
              if case .runCompleted(let run) = event.content { answer = run.content }
              if names.count == broken { relay.cut() }
              talk.gate(after: names.count, of: message).open()
            }
            #expect(seqs == Array(1...Int64(seqs.count)), "broken after \(broken)")
            // Pieces written while disconnected may be merged.
            #expect(names.filter { $0 != "chunk" } == SteppedTalk.names.filter { $0 != "chunk" })
            #expect(answer == SteppedTalk.answer)
            // The last event is the end: later failures do not affect this reply.
            #expect(relay.accepted > before)
            let history = try await client.call(
              ChatHistory.self, .init(sessionKey: "agent:default:broken-\(broken)"))
            #expect(history.messages.filter { $0.role == "user" }.count == 1)
          }
        }
      }
    }
    #expect(talk.models.violations.isEmpty)
    await talk.models.stop()
  }

  @Test("Events of a subscribed session go on over broken lines")
  func subscription() async throws {
    try await GatewayHarness.run { gateway in
      try await CuttingRelay.run(to: gateway.port) { relay in
        try await GatewayClient.withConnection(to: Self.configuration(relay)) { client in
          let key = "agent:default:watched"
          _ = try await client.send("first", session: key).text()
          _ = try await client.subscribe(to: key, after: 0)
          var seen: [Int64] = []
          var ends = 0
          try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
              try await GatewayClient.withConnection(
                to: ClientConfiguration(url: "ws://127.0.0.1:\(gateway.port)/ws", token: GatewayHarness.token)
              ) { other in
                for number in 1...5 {
                  relay.cut()
                  _ = try await other.send("more \(number)", session: key).text()
                }
              }
            }
            for try await event in client.events where event.sessionKey == key {
              seen.append(event.seq ?? 0)
              if case .runCompleted = event.content { ends += 1 }
              if ends == 6 { break }
            }
            try await tasks.waitForAll()
          }
          #expect(seen == Array(1...Int64(seen.count)))
        }
      }
    }
  }

  @Test("Cancelling the reading task stops the run in the gateway")
  func cancelled() async throws {
    let talk = try await SteppedTalk.start()
    try await GatewayHarness.run(models: talk.models) { gateway in
      let watcher = try await gateway.connect()
      try await watcher.subscribe(to: "agent:default:main", after: 0)
      let url = "ws://127.0.0.1:\(gateway.port)/ws"
      try await GatewayClient.withConnection(
        to: ClientConfiguration(url: url, token: GatewayHarness.token, abortTimeout: .seconds(60))
      ) { client in
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        await withTaskGroup(of: Void.self) { tasks in
          tasks.addTask {
            let error = await #expect(throws: ClientError.self) {
              for try await _ in client.send("what?") { begin.yield() }
            }
            #expect(error == .cancelled)
          }
          for await _ in begun { break }
          tasks.cancelAll()
        }
      }
      let last = try await watcher.events(through: "run.failed").last
      #expect(last?["payload"]?["error"]?["code"] == "ABORTED")
    }
    await talk.models.stop()
  }
}
