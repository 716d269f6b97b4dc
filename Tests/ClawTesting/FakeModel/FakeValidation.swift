import ClawJSON

/// What a strict vendor would reject.
enum FakeValidation {
  static func violations(of request: FakeRequest) -> [String] {
    var found: [String] = []
    if request.path.hasSuffix("/models") {
      if request.method != "GET" { found.append("the list of models is asked for with GET") }
      return found + authorization(request)
    }
    if request.method != "POST" { found.append("answers are asked for with POST") }
    if request.headers["content-type"] != "application/json" { found.append("content-type is not application/json") }
    if request.headers["user-agent"] == nil { found.append("user-agent is missing") }
    found += authorization(request)
    guard request.body.objectValue != nil else { return found + ["the body is not a JSON object"] }
    if request.model.isEmpty { found.append("model is missing") }
    if request.messages.isEmpty { found.append("messages are missing") }
    found +=
      request.dialect == .anthropic ? FakeAnthropicValidation.check(request) : FakeOpenAIValidation.check(request)
    return found
  }

  private static func authorization(_ request: FakeRequest) -> [String] {
    switch request.dialect {
    case .openAI:
      let isThere = request.headers["authorization"]?.hasPrefix("Bearer ") == true
      return isThere ? [] : ["the header authorization is missing"]
    case .anthropic:
      return (request.headers["x-api-key"]?.isEmpty == false ? [] : ["the header x-api-key is missing"])
        + (request.headers["anthropic-version"] == "2023-06-01" ? [] : ["the header anthropic-version is missing"])
    }
  }

  static func unknown(_ value: JSONValue, allowed: Set<String>, in place: String) -> [String] {
    (value.objectValue ?? [:]).keys.filter { !allowed.contains($0) }.sorted().map { "unknown field \($0) in \(place)" }
  }

  static func isToolName(_ name: String?) -> Bool {
    guard let name, (1...64).contains(name.utf8.count) else { return false }
    return isPlainIdentifier(name)
  }

  /// Letters, digits, `_` and `-`.
  static func isPlainIdentifier(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
          || byte == 0x2D
      }
  }

  static func schema(_ schema: JSONValue?, of tool: String) -> [String] {
    guard let schema, schema["type"]?.stringValue == "object", schema["properties"]?.objectValue != nil else {
      return ["the parameters of tool \(tool) are no object schema"]
    }
    return []
  }
}

extension FakeModelServer {
  /// What a strict vendor would reject in the body of a request, regardless of its headers.
  public static func violations(in body: JSONValue, dialect: FakeDialect) -> [String] {
    let path = dialect == .anthropic ? "/v1/messages" : "/v1/chat/completions"
    let request = FakeRequest(id: 0, method: "POST", path: path, headers: [:], bytes: body.serialized())
    return dialect == .anthropic ? FakeAnthropicValidation.check(request) : FakeOpenAIValidation.check(request)
  }
}
