import ClawJSON

/// `{"type":"req","id":…,"method":…,"params":{…}}`
public struct RequestFrame: Sendable {
  /// Echoed in the response with its JSON type.
  public let id: RequestID
  /// The name of the method, such as `chat.send`; not validated here.
  public let method: String
  /// An object; empty if the request had none.
  public let params: JSONValue

  /// Creates a request; the params must be an object.
  public init(id: RequestID, method: String, params: JSONValue = .object([:])) {
    self.id = id
    self.method = method
    self.params = params
  }

  /// Parses a received frame.
  /// - Throws: ``FrameError`` naming the problem and, if it could be parsed, the id to respond to.
  public init(parsing bytes: UnsafeBufferPointer<UInt8>) throws(FrameError) {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: UnsafeRawBufferPointer(bytes))
    } catch {
      throw FrameError(id: nil, message: "the frame is not valid JSON: \(error)")
    }
    try self.init(value)
  }

  /// Decodes a frame from parsed JSON.
  public init(_ value: JSONValue) throws(FrameError) {
    guard case .object(let members) = value else {
      throw FrameError(id: nil, message: "a frame must be a JSON object")
    }
    let id: RequestID? =
      switch members["id"] {
      case .string(let text)?: .string(text)
      case .integer(let number)?: .integer(number)
      default: nil
      }
    guard members["type"]?.stringValue == "req" else {
      let found = members["type"].map { "not \($0.serializedString())" } ?? "and is missing"
      throw FrameError(id: id, message: "type must be \"req\", \(String(found.prefix(80)))")
    }
    guard let id else { throw FrameError(id: nil, message: "id must be a string or an integer") }
    guard let method = members["method"]?.stringValue, !method.isEmpty else {
      throw FrameError(id: id, message: "method must be a string with the name of a method")
    }
    let params = members["params"] ?? .object([:])
    switch params {
    case .object: self.init(id: id, method: method, params: params)
    case .null: self.init(id: id, method: method)
    default: throw FrameError(id: id, message: "params must be an object")
    }
  }

  /// The frame as it is sent, one JSON object per message.
  public var json: JSONValue {
    ["type": "req", "id": id.json, "method": .string(method), "params": params]
  }
}

/// An invalid frame: answered with INVALID_REQUEST, with the id if it had one.
public struct FrameError: Error, Sendable {
  /// The id to respond to; nil if none could be parsed, in which case the response's id is `null`.
  public let id: RequestID?
  /// The problem, as reported in the response.
  public let message: String

  /// The server responds with INVALID_REQUEST and keeps the connection open, up to 20 times within 10 s.
  public init(id: RequestID?, message: String) {
    self.id = id
    self.message = message
  }
}
