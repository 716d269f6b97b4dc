import ClawJSON

/// A frame sent by the server: a response or an event.
public enum ServerFrame: Sendable {
  /// `id` is nil if the request had none that could be parsed.
  case response(id: RequestID?, Result<JSONValue, ErrorBody>)
  /// An unsolicited message. `seq` numbers the run events of a session and is nil for all others.
  case event(name: String, payload: JSONValue, seq: Int64?)

  /// The frame as it is sent. Throws ``JSONError`` if an error body can't be encoded.
  public var json: JSONValue {
    get throws(JSONError) {
      switch self {
      case .response(let id, .success(let payload)):
        return ["type": "res", "id": id?.json ?? .null, "ok": true, "payload": payload]
      case .response(let id, .failure(let error)):
        return ["type": "res", "id": id?.json ?? .null, "ok": false, "error": try JSONValue(encoding: error)]
      case .event(let name, let payload, let seq):
        var frame: JSONObject = ["type": "event", "event": .string(name), "payload": payload]
        if let seq { frame["seq"] = .integer(seq) }
        return .object(frame)
      }
    }
  }

  /// Decodes a frame of the server.
  /// - Throws: ``FrameError`` if it is neither a response nor an event.
  public init(_ value: JSONValue) throws(FrameError) {
    let id: RequestID? =
      switch value["id"] {
      case .string(let text)?: .string(text)
      case .integer(let number)?: .integer(number)
      default: nil
      }
    switch value["type"]?.stringValue {
    case "res":
      if value["ok"]?.boolValue == true {
        self = .response(id: id, .success(value["payload"] ?? .object([:])))
      } else {
        do {
          self = .response(id: id, .failure(try (value["error"] ?? .null).decode(ErrorBody.self)))
        } catch {
          throw FrameError(id: id, message: "the server answered with an error that can't be read: \(error)")
        }
      }
    case "event":
      guard let name = value["event"]?.stringValue else {
        throw FrameError(id: nil, message: "an event without a name")
      }
      self = .event(
        name: name, payload: value["payload"] ?? .object([:]), seq: value["seq"]?.intValue.map { Int64($0) })
    default:
      throw FrameError(id: id, message: "a frame that is neither res nor event")
    }
  }
}
