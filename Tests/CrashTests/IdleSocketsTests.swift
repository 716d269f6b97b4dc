import ClawJSON
import ClawTesting
import ClawWebSocket
import Foundation
import Testing

@Suite("More sockets than the shell allowed for", .timeLimit(.minutes(10)))
struct IdleSocketsTests {
  /// Descriptors that this process may need besides the sockets of this test.
  private static let reserve = 2000
  private static let sockets = 1000...10_000

  @Test(
    "S32: ten thousand idle sockets, or as many as the system grants, are all in, and a turn among them is answered")
  func idleSockets() async throws {
    let limit = Self.raiseLimit()
    let count = min(max(limit - Self.reserve, Self.sockets.lowerBound), Self.sockets.upperBound)
    let directory = try TemporaryDirectory()
    let gateway = try await GatewayProcess.start(in: directory, openFiles: 128)
    // Few at a time: a full backlog rejects connections.
    let perTask = (count + 7) / 8
    try await withThrowingTaskGroup(of: (Int, [WebSocketConnection]).self) { group in
      for first in stride(from: 0, to: count, by: perTask) {
        group.addTask {
          var opened: [WebSocketConnection] = []
          for number in first..<min(first + perTask, count) {
            opened.append(
              try await WireConnection.connect(
                port: gateway.port, token: GatewayHarness.token, user: "idle\(number)"
              ).socket)
          }
          return (first, opened)
        }
      }
      var idle: [Int: [WebSocketConnection]] = [:]
      for try await (first, opened) in group { idle[first] = opened }
      let client = try await gateway.connect()
      #expect(try await client.call("status")["clients"] == .integer(Int64(count + 1)))
      #expect(
        try await client.call("chat.send", ["message": "what is 6 * 7?"])["content"]?.stringValue?.contains("42")
          == true)
      // They receive only their own user's runs.
      let speaker = try await WireConnection.connect(
        port: gateway.port, token: GatewayHarness.token, user: "idle0")
      _ = try await speaker.call("chat.send", ["message": "hello"])
      let watcher = WireConnection(socket: try #require(idle[0]?.first))
      #expect(try await watcher.events(through: "run.completed") == speaker.events)
    }
    #expect(await gateway.terminate() == 0)
  }

  /// Raises the limit of open files to the maximum; returns it.
  private static func raiseLimit() -> Int {
    var limit = rlimit()
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let resource = RLIMIT_NOFILE
    #endif
    guard getrlimit(resource, &limit) == 0 else { return 1024 }
    limit.rlim_cur = limit.rlim_max
    guard setrlimit(resource, &limit) == 0, getrlimit(resource, &limit) == 0 else { return 1024 }
    return Int(min(limit.rlim_cur, 1_000_000))
  }
}
