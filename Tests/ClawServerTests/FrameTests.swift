import ClawCore
import ClawJSON
import ClawWebSocket
import NIOCore
import Testing

@testable import ClawServer

@Suite("Frames", .timeLimit(.minutes(10)))
struct FrameTests {
  @Test(
    "A frame that is no request is answered INVALID_REQUEST with the id it had, and the connection stays open",
    arguments: [
      (#"nonsense"#, .null), (#"[1]"#, .null), (#"{"type":"req","method":"status"}"#, .null),
      (#"{"type":"req","id":null,"method":"status"}"#, .null),
      (#"{"type":"req","id":[1],"method":"status"}"#, .null),
      (#"{"type":"req","id":1.5,"method":"status"}"#, .null),
      (#"{"type":"event","id":4,"method":"status"}"#, 4), (#"{"id":"x","method":"status"}"#, "x"),
      (#"{"type":"req","id":5}"#, 5), (#"{"type":"req","id":5,"method":7}"#, 5),
      (#"{"type":"req","id":6,"method":"status","params":[]}"#, 6), (#"{"type":"req","id":6,"method":""}"#, 6),
    ] as [(String, JSONValue)])
  func badFrames(text: String, id: JSONValue) async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.connected()
      socket.connection.send(text: text)
      let answer = try await socket.next()
      #expect(answer["type"] == "res" && answer["ok"] == false)
      #expect(answer["id"] == id)
      #expect(answer["error"]?["code"] == "INVALID_REQUEST")
      #expect(try await socket.call("health")["ok"] == true)
    }
  }

  @Test("S32: JSON that is nested too deeply is INVALID_REQUEST")
  func deepJSON() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.connected()
      socket.connection.send(text: String(repeating: "[", count: 50_000))
      #expect(try await socket.next()["error"]?["code"] == "INVALID_REQUEST")
      #expect(try await socket.call("health")["ok"] == true)
    }
  }

  @Test("S32: Twenty bad frames are borne, one more closes with 1008")
  func flood() async throws {
    // However slow the machine, all of them count.
    try await TestGateway.run(.with { $0.timing.badFrameWindow = .seconds(3600) }) { gateway in
      let socket = try await gateway.connected()
      for _ in 0..<20 {
        socket.connection.send(text: "x")
        #expect(try await socket.next()["ok"] == false)
      }
      #expect(try await socket.call("health")["ok"] == true)
      socket.connection.send(text: "x")
      #expect(await socket.closeCode() == 1008)
    }
  }

  @Test("The meter forgets what is older than its window")
  func meter() {
    var meter = BadFrameMeter(limit: 2, window: .seconds(10))
    let start = ContinuousClock.now
    let answers = [0, 1, 10, 10].map { meter.note(at: start + .seconds($0)) }
    #expect(answers == [false, false, false, true])
  }

  @Test("S32: A message over 64 KiB before connect, and over 512 KiB after it, closes with 1009")
  func oversize() async throws {
    try await TestGateway.run { gateway in
      let early = try await gateway.socket()
      early.connection.send(text: String(repeating: " ", count: 64 * 1024 + 1))
      #expect(await early.closeCode() == 1009)

      let late = try await gateway.connected()
      let padding = JSONValue.string(String(repeating: "a", count: 100 * 1024))
      late.request(1, "health", ["padding": padding])
      #expect(try await late.next()["ok"] == true)
      late.connection.send(text: String(repeating: " ", count: 512 * 1024 + 1))
      #expect(await late.closeCode() == 1009)
    }
  }

  @Test("S32: A binary message closes with 1003")
  func binary() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.connected()
      socket.connection.send(.binary(ByteBuffer(string: "{}")))
      #expect(await socket.closeCode() == 1003)
    }
  }

  @Test("An unknown method is named, shortened to 100 characters")
  func unknownMethod() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.connected()
      #expect(try await socket.call("no.such")["error"]?["message"] == "unknown method: no.such")
      let long = try await socket.call(String(repeating: "m", count: 300))
      #expect(long["error"]?["message"]?.stringValue == "unknown method: " + String(repeating: "m", count: 100))
    }
  }

  @Test("Ids come back in the type they were sent in")
  func ids() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.connected()
      for id in [1, "1", "", -5] as [JSONValue] {
        socket.request(id, "health")
        #expect(try await socket.next()["id"] == id)
      }
    }
  }

  @Test("A parameter of the wrong type is named")
  func parameterPath() async throws {
    try await TestGateway.run { gateway in
      let socket = try await gateway.connected()
      let answer = try await socket.call("chat.history", ["sessionKey": 5])
      #expect(answer["error"]?["code"] == "INVALID_REQUEST")
      #expect(answer["error"]?["message"]?.stringValue?.contains("params.sessionKey") == true)
    }
  }
}
