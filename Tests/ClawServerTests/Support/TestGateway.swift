import AsyncHTTPClient
import ClawCore
import ClawJSON
import ClawWebSocket
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing

@testable import ClawServer

/// A real server on its own port, with fake services.
struct TestGateway: Sendable {
  static let secret = "s3cret-token"

  let port: Int
  let chat: FakeChat
  let sessions: FakeSessions
  let feed: FakeFeed
  let logs: LogLines
  let shutDown: @Sendable () async -> Void

  var origin: String { "http://127.0.0.1:\(port)" }

  /// The default timing, but with short waits for lost peers, and no timeouts on a slow machine.
  private static var quickTiming: ServerTiming {
    var timing = ServerTiming()
    timing.closeTimeout = .seconds(2)
    timing.connectTimeout = .seconds(120)
    timing.bodyTimeout = .seconds(120)
    return timing
  }

  /// What a test may set.
  struct Setup: Sendable {
    var limits = ServerLimits()
    var timing = quickTiming
    var publicURL: String?
    var allowedOrigins: [String] = []
    var readiness = Readiness.ready
    var drain: @Sendable () async -> Void = {}

    static func with(_ change: (inout Setup) -> Void) -> Setup {
      var setup = Setup()
      change(&setup)
      return setup
    }
  }

  /// Runs a server while `body` runs.
  static func run(
    _ setup: Setup = Setup(), _ body: @escaping @Sendable (TestGateway) async throws -> Void
  ) async throws {
    let (chat, sessions, feed, logs) = (FakeChat(), FakeSessions(), FakeFeed(), LogLines())
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let server = GatewayServer(
      configuration: ServerConfiguration(
        port: 0, version: "1.2.3", token: try #require(GatewayToken(secret)), publicURL: setup.publicURL,
        allowedOrigins: setup.allowedOrigins, limits: setup.limits, timing: setup.timing),
      services: ServerServices(
        chat: chat, sessions: sessions, agents: FakeAgents(), status: FakeStatus(state: setup.readiness),
        models: FakeModels(), cron: FakeCron(), feed: feed, pairing: FakePairing(), access: FakeAccess(),
        apiKeys: FakeAccess(), tenants: FakeTenants(), users: FakeTenants(), secrets: FakeTenants(),
        providers: FakeProviders(), drain: setup.drain),
      time: TimeSource { Timestamp(milliseconds: 1_750_000_000_123) }, logger: logs.logger,
      onListening: { port.yield($0) })
    let services = ServiceGroup(services: [server], logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { port.finish() }
        try await services.run()
      }
      var iterator = ports.makeAsyncIterator()
      let bound = try #require(await iterator.next())
      let gateway = TestGateway(
        port: bound, chat: chat, sessions: sessions, feed: feed, logs: logs,
        shutDown: { await services.triggerGracefulShutdown() })
      try await body(gateway)
      await services.triggerGracefulShutdown()
      try await group.waitForAll()
    }
  }

  /// A server that is not started.
  static func bare(timing: ServerTiming) throws -> (server: GatewayServer, ports: AsyncStream<Int>) {
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let server = GatewayServer(
      configuration: ServerConfiguration(
        port: 0, version: "1", token: try #require(GatewayToken(secret)), timing: timing),
      services: ServerServices(
        chat: FakeChat(), sessions: FakeSessions(), agents: FakeAgents(), status: FakeStatus(state: .ready),
        models: FakeModels(), cron: FakeCron(), feed: FakeFeed(), pairing: FakePairing(), access: FakeAccess(),
        apiKeys: FakeAccess(), tenants: FakeTenants(), users: FakeTenants(), secrets: FakeTenants(),
        providers: FakeProviders(), drain: {}),
      time: .system, logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }, onListening: { port.yield($0) })
    return (server, ports)
  }

  // MARK: - WebSocket

  func socket(headers: [(String, String)] = [], path: String = "/ws") async throws -> TestSocket {
    TestSocket(
      connection: try await WebSocketClient().connect(
        url: "ws://127.0.0.1:\(port)\(path)", headers: headers,
        configuration: WebSocketConfiguration(closeTimeout: .seconds(1), acceptsBinary: true)))
  }

  /// A socket connected as the owner.
  func connected(_ params: JSONValue = ["token": .string(secret)]) async throws -> TestSocket {
    let socket = try await socket()
    let answer = try await socket.call("connect", params)
    #expect(answer["ok"] == true, "\(answer)")
    return socket
  }

  // MARK: - HTTP

  struct Answer: Sendable {
    let status: Int
    let headers: [(name: String, value: String)]
    let text: String

    var json: JSONValue { (try? JSONValue(parsing: text)) ?? .null }
    func header(_ name: String) -> String? {
      headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
  }

  func http(
    _ method: String, _ path: String, headers: [(String, String)] = [("Authorization", "Bearer \(secret)")],
    body: HTTPClientRequest.Body? = nil
  ) async throws -> Answer {
    var request = HTTPClientRequest(url: origin + path)
    request.method = .init(rawValue: method)
    for (name, value) in headers { request.headers.add(name: name, value: value) }
    request.body = body
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(120))
    let body = try await response.body.collect(upTo: 4 * 1024 * 1024)
    return Answer(
      status: Int(response.status.code), headers: response.headers.map { ($0.name, $0.value) },
      text: String(buffer: body))
  }

  func complete(_ body: JSONValue, headers: [(String, String)] = []) async throws -> Answer {
    try await http(
      "POST", "/v1/chat/completions", headers: [("Authorization", "Bearer \(Self.secret)")] + headers,
      body: .bytes(ByteBuffer(bytes: body.serialized())))
  }
}

/// A WebSocket client that sends and receives JSON.
struct TestSocket: Sendable {
  let connection: WebSocketConnection

  func send(_ frame: JSONValue) { connection.send(text: frame.serializedString()) }

  func request(_ id: JSONValue, _ method: String, _ params: JSONValue = [:]) {
    send(["type": "req", "id": id, "method": .string(method), "params": params])
  }

  func next() async throws -> JSONValue {
    let message = try #require(await connection.nextMessage(), "the connection has ended")
    return try JSONValue(parsing: String(buffer: message.payload))
  }

  /// Makes a call; the next frame must be its response.
  func call(_ method: String, _ params: JSONValue = [:]) async throws -> JSONValue {
    request(7, method, params)
    return try await next()
  }

  /// The code the server closed with.
  func closeCode() async -> Int {
    while await connection.nextMessage() != nil {}
    return Int(await connection.closed().code.rawValue)
  }
}

/// Logged lines with their metadata.
final class LogLines: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }

  var logger: Logger {
    Logger(label: "test") { _ in Handler(lines: self) }
  }

  private struct Handler: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
      lines.lines.withLock { $0.append("\(event.message) \(all)") }
    }
  }
}

/// An event of `run-1` in the owner's default session, or another.
func event(
  _ seq: Int64, _ body: RunEvent.Body, run: String = "run-1", session: String = "agent:default:ws:main",
  user: String = "owner"
) -> RunEvent {
  RunEvent(
    address: SessionAddress(
      tenant: .standard, user: UserID(unchecked: user), key: SessionKey(unchecked: session)),
    seq: seq, run: RunID(unchecked: run), at: Timestamp(milliseconds: 0), body: body)
}
