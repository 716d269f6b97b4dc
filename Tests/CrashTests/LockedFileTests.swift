import ClawTesting
import Testing

/// Another process uses the database file. Without a timeout none of these would end.
@Suite("A database file that another program uses", .timeLimit(.minutes(10)))
struct LockedFileTests {
  @Test("one that reads it holds up neither a start nor a stop")
  func reader() async throws {
    let directory = try TemporaryDirectory(isOnPostgres: false)
    let first = try await GatewayProcess.start(in: directory)
    _ = try await first.connect().call("chat.send", ["message": "hello"])
    let reader = try OtherProgram(directory.path + "/swiftclaw.db")
    try reader.run("BEGIN; SELECT COUNT(*) FROM messages")
    // More than the reader's snapshot: the log can't be truncated while it reads.
    _ = try await first.connect().call("chat.send", ["message": "hello again"])
    #expect(await first.terminate() == 0)
    let second = try await GatewayProcess.start(in: directory)
    let history = try await second.connect().call("chat.history", ["sessionKey": "agent:default:ws:main"])
    #expect(history["messages"]?.arrayValue?.count == 4)
    #expect(await second.terminate() == 0)
    try reader.run("COMMIT")
  }

  @Test("one that writes to it makes requests fail as UNAVAILABLE and the gateway not ready, and keeps it from no stop")
  func writer() async throws {
    let directory = try TemporaryDirectory(isOnPostgres: false)
    let environment = ["SWIFTCLAW_STORE_SQLITE_WAIT": "300ms", "SWIFTCLAW_STORE_READY_TIMEOUT": "100ms"]
    let gateway = try await GatewayProcess.start(in: directory, environment: environment)
    let client = try await gateway.connect()
    #expect(try await RawHTTP.send(port: gateway.port, Self.ready).status == 200)
    let writer = try OtherProgram(directory.path + "/swiftclaw.db")
    try writer.run("BEGIN IMMEDIATE")
    #expect(try await RawHTTP.send(port: gateway.port, Self.ready).status == 503)
    let refused = try await client.failure("chat.send", ["message": "hello"])
    #expect(refused["code"] == "UNAVAILABLE" && refused["retryable"] == true)
    #expect(refused["message"]?.stringValue?.contains("another program has locked") == true)
    #expect(await gateway.terminate() == 0)
    try writer.run("ROLLBACK")
  }

  private static let ready = "GET /ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n"
}
