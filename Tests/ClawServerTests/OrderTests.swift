import ClawCore
import ClawJSON
import Testing

@testable import ClawServer

@Suite("Order of answers", .timeLimit(.minutes(10)))
struct OrderTests {
  @Test("chat.sends of one connection are accepted in order, however long each takes, and hold back nothing else")
  func acceptedInOrder() async throws {
    try await TestGateway.run { gateway in
      let gate = Signal()
      gateway.chat.set { chat in
        chat.onAccept = { inbound in
          if inbound.message.text == "m0" { await gate.wait() }
        }
      }
      let socket = try await gateway.connected()
      for index in 0..<10 { socket.request(.integer(Int64(index)), "chat.send", ["message": "m\(index)"]) }
      // Answered while the first accept is still waiting.
      socket.request("other", "status")
      #expect(try await socket.next()["id"] == "other")
      #expect(gateway.chat.inbounds.isEmpty)
      gate.send()
      var ids: Set<JSONValue> = []
      for _ in 0..<10 {
        let answer = try await socket.next()
        #expect(answer["ok"] == true)
        ids.insert(try #require(answer["id"]))
      }
      #expect(ids.count == 10)
      #expect(gateway.chat.inbounds.map(\.message.text) == (0..<10).map { "m\($0)" })
    }
  }

  @Test("A run that takes its time holds back neither the next chat.send nor anything else")
  func slowOutcome() async throws {
    try await TestGateway.run { gateway in
      let gate = Signal()
      gateway.chat.set { chat in
        chat.onOutcome = { run in
          if run.rawValue == "run-1" { await gate.wait() }
          return nil
        }
      }
      let socket = try await gateway.connected()
      socket.request(1, "chat.send", ["message": "slow"])
      socket.request(2, "chat.send", ["message": "fast"])
      #expect(try await socket.next()["id"] == 2)
      #expect(try await socket.call("chat.abort", ["runId": "run-1"])["payload"]?["runIds"] == ["run-1"])
      gate.send()
      #expect(try await socket.next()["id"] == 1)
    }
  }

  @Test("A refused chat.send does not stop the line")
  func refusedInLine() async throws {
    try await TestGateway.run { gateway in
      gateway.chat.set { chat in
        chat.onAccept = { inbound in
          if inbound.message.text == "bad" { throw ClawError(.resourceExhausted, "slow down", retryAfter: .seconds(2)) }
        }
      }
      let socket = try await gateway.connected()
      let refused = try await socket.call("chat.send", ["message": "bad"])
      #expect(refused["error"]?["code"] == "RESOURCE_EXHAUSTED")
      #expect(refused["error"]?["retryable"] == true)
      #expect(refused["error"]?["retryAfterMs"] == 2000)
      #expect(try await socket.call("chat.send", ["message": "good"])["ok"] == true)
    }
  }

  @Test("Too many runs waited for on one connection are refused before they are accepted")
  func waitingBound() async throws {
    try await TestGateway.run(.with { $0.limits.maxWaitingRuns = 1 }) { gateway in
      let gate = Signal()
      gateway.chat.set { chat in
        chat.onOutcome = { _ in
          await gate.wait()
          return nil
        }
      }
      let socket = try await gateway.connected()
      socket.request(1, "chat.send", ["message": "a"])
      socket.request(2, "chat.send", ["message": "b"])
      let refused = try await socket.next()
      #expect(refused["id"] == 2)
      #expect(refused["error"]?["code"] == "RESOURCE_EXHAUSTED")
      gate.send()
      #expect(try await socket.next()["id"] == 1)
      #expect(gateway.chat.inbounds.count == 1)
    }
  }

  @Test("With all slots taken reading waits, and goes on when one is free")
  func slots() async throws {
    try await TestGateway.run(.with { $0.limits.maxConcurrentCalls = 2 }) { gateway in
      let gates = [Signal(), Signal()]
      let calls = Recorder<Void>()
      gateway.chat.set { chat in
        chat.onHistory = { _, _, _ in
          let mine = calls.number(())
          if mine < gates.count { await gates[mine].wait() }
          return HistoryPage(messages: [], nextBefore: nil, resumeSeq: 0)
        }
      }
      let socket = try await gateway.connected()
      for id in 1...3 {
        socket.request(.integer(Int64(id)), "chat.history", ["sessionKey": "agent:default:ws:main"])
      }
      gates[0].send()
      gates[1].send()
      var ids: Set<JSONValue> = []
      for _ in 1...3 { ids.insert(try #require(try await socket.next()["id"])) }
      #expect(ids == [1, 2, 3])
    }
  }

  @Test("What a client sent before it left is accepted")
  func leavingClient() async throws {
    try await TestGateway.run { gateway in
      let (began, gate) = (Signal(), Signal())
      gateway.chat.set { chat in
        chat.onAccept = { _ in
          began.send()
          await gate.wait()
          try Task.checkCancellation()
        }
      }
      let socket = try await gateway.connected()
      socket.request(1, "chat.send", ["message": "last words"])
      await began.wait()
      socket.connection.close(code: .normal)
      _ = await socket.connection.closed()
      gate.send()
      while gateway.feed.watcherCount > 0 { await Task.yield() }
      #expect(gateway.chat.inbounds.map(\.message.text) == ["last words"])
    }
  }

  @Test("Turns come in the order of the tickets, whoever asks first and whoever gives back early")
  func turnQueue() async {
    let queue = TicketQueue()
    let tickets = (0..<4).map { _ in queue.ticket() }
    let order = Recorder<Int>()
    await withTaskGroup(of: Void.self) { group in
      for ticket in tickets.reversed() {
        group.addTask {
          await queue.turn(of: ticket)
          order.note(ticket)
          queue.giveBack(ticket)
        }
      }
    }
    #expect(order.all == tickets)
  }
}
