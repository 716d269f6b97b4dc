import ClawJSON

/// The called API.
public enum FakeDialect: Sendable, Hashable {
  case openAI, anthropic
}

/// A request as the server received it.
public struct FakeRequest: Sendable {
  /// 1, 2, 3 … in the order of arrival.
  public let id: Int
  public let method: String
  /// Without the query.
  public let path: String
  /// Names in lower case.
  public let headers: [String: String]
  public let bytes: [UInt8]
  /// `null` if the body is not JSON.
  public let body: JSONValue
  public let dialect: FakeDialect

  init(id: Int, method: String, path: String, headers: [String: String], bytes: [UInt8]) {
    self.id = id
    self.method = method
    self.path = path
    self.headers = headers
    self.bytes = bytes
    body = (try? JSONValue(parsing: bytes)) ?? .null
    dialect = path.hasSuffix("/messages") || headers["anthropic-version"] != nil ? .anthropic : .openAI
  }

  public var model: String { body["model"]?.stringValue ?? "" }
  public var isStreaming: Bool { body["stream"]?.boolValue ?? false }
  public var messages: [JSONValue] { body["messages"]?.arrayValue ?? [] }

  /// The text of the last user message; of its last text part, if it has several.
  public var lastUserText: String {
    for message in messages.reversed() where message["role"]?.stringValue == "user" {
      if let text = message["content"]?.stringValue { return text }
      let texts = message["content"]?.arrayValue?.compactMap { $0["text"]?.stringValue } ?? []
      if let last = texts.last { return last }
    }
    return ""
  }

  /// The tool results at the end of the conversation, if any.
  public var lastToolResults: [String] {
    var results: [String] = []
    for message in messages.reversed() {
      if message["role"]?.stringValue == "tool" {
        results.insert(message["content"]?.stringValue ?? "", at: 0)
      } else {
        if dialect == .anthropic, results.isEmpty, message["role"]?.stringValue == "user" {
          let blocks = message["content"]?.arrayValue ?? []
          results = blocks.filter { $0["type"]?.stringValue == "tool_result" }.map { $0["content"]?.stringValue ?? "" }
        }
        break
      }
    }
    return results
  }

  /// The names of the tools offered.
  public var toolNames: [String] {
    body["tools"]?.arrayValue?.compactMap { $0["function"]?["name"]?.stringValue ?? $0["name"]?.stringValue } ?? []
  }
}
