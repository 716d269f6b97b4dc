import ClawJSON
import ClawWebSocket
import NIOCore

/// A client with only sockets and JSON, independent of our client. One task at a time.
public final class WireConnection {
  public let socket: WebSocketConnection
  /// Events received while waiting for something else, oldest first.
  public private(set) var events: [JSONValue] = []
  private var responses: [JSONValue] = []
  private var nextID: Int64 = 1
  /// Timeout of each wait.
  private let deadline: Duration

  public struct Closed: Error, CustomStringConvertible {
    public let description: String
  }

  public init(socket: WebSocketConnection, deadline: Duration = .seconds(300)) {
    self.socket = socket
    self.deadline = deadline
  }

  /// Opens a socket without sending anything.
  public static func open(port: Int, headers: [(String, String)] = [], path: String = "/ws") async throws
    -> WireConnection
  {
    let socket = try await WebSocketClient().connect(
      url: "ws://127.0.0.1:\(port)\(path)", headers: headers,
      configuration: WebSocketConfiguration(maxMessageBytes: 8 << 20), connectTimeout: .seconds(60))
    return WireConnection(socket: socket)
  }

  /// Opens a socket and authenticates.
  public static func connect(
    port: Int, token: String, user: String? = nil, dialect: String? = nil
  ) async throws -> WireConnection {
    let connection = try await open(port: port)
    var params: JSONValue = ["token": .string(token), "protocol": 3]
    params["user_id"] = user.map { .string($0) }
    params["dialect"] = dialect.map { .string($0) }
    _ = try await connection.call("connect", params)
    return connection
  }

  public func send(_ frame: JSONValue) {
    socket.send(text: ByteBuffer(bytes: frame.serialized()))
  }

  public func send(raw text: String) {
    socket.send(text: ByteBuffer(string: text))
  }

  /// Sends a request and returns its id.
  @discardableResult
  public func request(_ method: String, _ params: JSONValue = [:]) -> Int64 {
    defer { nextID += 1 }
    send(["type": "req", "id": .integer(nextID), "method": .string(method), "params": params])
    return nextID
  }

  /// Makes a call and returns the payload of a success.
  public func call(_ method: String, _ params: JSONValue = [:]) async throws -> JSONValue {
    let response = try await response(to: request(method, params))
    guard response["ok"] == true else {
      throw Closed(description: "\(method) failed: \(response.serializedString())")
    }
    return response["payload"] ?? .null
  }

  /// Makes a call and returns the error of a failure.
  public func failure(_ method: String, _ params: JSONValue = [:]) async throws -> JSONValue {
    let response = try await response(to: request(method, params))
    guard response["ok"] == false else {
      throw Closed(description: "\(method) should have failed: \(response.serializedString())")
    }
    return response["error"] ?? .null
  }

  /// The response to a request; events before it are kept.
  public func response(to id: Int64) async throws -> JSONValue {
    if let index = responses.firstIndex(where: { $0["id"] == .integer(id) }) { return responses.remove(at: index) }
    while true {
      let frame = try await frame()
      if frame["type"] == "event" {
        events.append(frame)
      } else if frame["id"] == .integer(id) {
        return frame
      } else {
        responses.append(frame)
      }
    }
  }

  /// Keeps a frame that was read manually.
  public func keep(_ frame: JSONValue) {
    if frame["type"] == "event" { events.append(frame) } else { responses.append(frame) }
  }

  /// Drops kept events, such as those before a subscription's response.
  public func forgetEvents() {
    events = []
  }

  /// Subscribes like a client that resumes: events delivered automatically before the response are repeated after it.
  @discardableResult
  public func subscribe(to session: JSONValue, after seq: Int) async throws -> JSONValue {
    let answer = try await call("sessions.subscribe", ["sessionKey": session, "afterSeq": .integer(Int64(seq))])
    forgetEvents()
    return answer
  }

  /// The next event, kept or new.
  public func event() async throws -> JSONValue {
    if !events.isEmpty { return events.removeFirst() }
    while true {
      let frame = try await frame()
      if frame["type"] == "event" { return frame }
      responses.append(frame)
    }
  }

  /// Events up to and including the first with the given name.
  public func events(through name: String) async throws -> [JSONValue] {
    var found: [JSONValue] = []
    repeat { found.append(try await event()) } while found.last?["event"]?.stringValue != name
    return found
  }

  /// The next frame of any kind.
  /// - Throws: ``Closed`` when the socket ends or at the timeout.
  public func frame() async throws -> JSONValue {
    let (socket, deadline) = (socket, deadline)
    let message = try await withThrowingTaskGroup(of: WebSocketMessage?.self) { group in
      group.addTask { await socket.nextMessage() }
      group.addTask {
        try await Task.sleep(for: deadline)
        throw Closed(description: "nothing came for \(deadline)")
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
    guard case .text(let buffer)? = message else {
      let end = await socket.closed()
      throw Closed(description: "the socket ended: \(end)")
    }
    return try JSONValue(parsing: Array(buffer.readableBytesView))
  }

  /// Reads until the socket ends and returns how.
  public func end() async -> WebSocketClose {
    while await socket.nextMessage() != nil {}
    return await socket.closed()
  }

  /// Closes the socket.
  public func drop() async {
    socket.close(code: .normal)
    _ = await end()
  }
}

extension [JSONValue] {
  /// The names of events.
  public var names: [String] { compactMap { $0["event"]?.stringValue } }
  /// The numbers of events.
  public var seqs: [Int] { compactMap { $0["seq"]?.intValue } }
  /// The text of the chunks among them.
  public var text: String {
    filter { $0["event"] == "chunk" }.compactMap { $0["payload"]?["content"]?.stringValue }.joined()
  }
}
