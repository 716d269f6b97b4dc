import ClawJSON
import ClawWebSocket
import NIOCore

/// One user on one connection. It parses as little as possible, to keep the load generator cheap. One task at a time.
struct GatewayUser: Sendable {
  let socket: WebSocketConnection
  let name: String

  static let message = "What is the capital of France, and on which river does it lie?"

  /// Opens a socket and authenticates as a user of its own.
  /// - Parameter tenant: Nil for the first one.
  static func connect(
    to gateway: GatewayProcess, as name: String, tenant: String? = nil
  ) async throws -> GatewayUser {
    let socket = try await WebSocketClient().connect(
      url: gateway.url,
      configuration: WebSocketConfiguration(
        maxMessageBytes: 8 << 20, pingInterval: .seconds(120),
        idleTimeout: .seconds(300)), connectTimeout: .seconds(30))
    let user = GatewayUser(socket: socket, name: name)
    var params: JSONValue = ["token": .string(GatewayProcess.token), "protocol": 3, "user_id": .string(name)]
    params["tenant"] = tenant.map { .string($0) }
    let frame: JSONValue = ["type": "req", "id": 0, "method": "connect", "params": params]
    socket.send(text: frame.serializedString())
    try await user.response()
    return user
  }

  /// Sends a message without waiting.
  func send(to session: String, stream: Bool, id: Int = 1) {
    socket.send(
      text: #"{"type":"req","id":\#(id),"method":"chat.send","params":{"sessionKey":"agent:default:\#(session)","#
        + #""message":"\#(Self.message)","stream":\#(stream)}}"#)
  }

  /// Creates a one-time job.
  /// - Parameter time: In Unix milliseconds.
  func makeJob(_ name: String, at time: Int64) async throws {
    socket.send(
      text: #"{"type":"req","id":1,"method":"cron.create","params":{"name":"\#(name)","message":"\#(Self.message)","#
        + #""schedule":{"kind":"at","atMs":\#(time)}}}"#)
    try await response()
  }

  /// Sends a message and waits for the end of the run; returns the time in nanoseconds.
  @discardableResult
  func turn(in session: String, stream: Bool = true) async throws -> Int64 {
    let began = Moment.now
    send(to: session, stream: stream)
    try await response()
    return Moment.now - began
  }

  /// Reads up to the next response, which must be a success; skips events.
  func response(each event: (borrowing ByteBuffer) -> Void = { _ in }) async throws {
    while true {
      let frame = try await frame()
      switch Self.kind(of: frame) {
      case .event: event(frame)
      case .success: return
      case .other: throw BenchFailure("the gateway answered \(String(buffer: frame))")
      }
    }
  }

  /// Reads up to and including an event of that name.
  func events(until name: StaticString, each event: (borrowing ByteBuffer) -> Void) async throws {
    while true {
      let frame = try await frame()
      guard frame.readableBytesView.prefix(10).elementsEqual(#"{"event":""#.utf8) else { continue }
      event(frame)
      if frame.readableBytesView.prefix(60).contains(name) { return }
    }
  }

  private func frame() async throws -> ByteBuffer {
    guard case .text(let buffer)? = await socket.nextMessage() else {
      throw BenchFailure("\(name): the socket ended: \(await socket.closed())")
    }
    return buffer
  }

  private enum Kind {
    case event, success, other
  }

  /// The gateway writes keys in sorted order, so the first few bytes suffice; anything else is parsed.
  private static func kind(of frame: ByteBuffer) -> Kind {
    let head = frame.readableBytesView.prefix(40)
    if head.starts(with: #"{"event":"#.utf8) { return .event }
    if head.starts(with: #"{"id":"#.utf8), head.contains(#"ok":true"#) { return .success }
    let json = frame.withUnsafeReadableBytes { try? JSONValue(parsing: $0) }
    if json?["type"] == "event" { return .event }
    return json?["ok"] == true ? .success : .other
  }
}

extension Sequence<UInt8> where Self: Collection {
  /// Whether a text occurs in it.
  func contains(_ text: StaticString) -> Bool {
    text.withUTF8Buffer { wanted in
      indices.contains { self[$0...].starts(with: wanted) }
    }
  }
}
