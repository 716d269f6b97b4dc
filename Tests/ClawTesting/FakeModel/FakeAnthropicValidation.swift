import ClawJSON

enum FakeAnthropicValidation {
  private static let fields: Set<String> = [
    "model", "messages", "stream", "system", "tools", "tool_choice", "temperature", "top_p", "top_k", "max_tokens",
    "stop_sequences", "metadata", "thinking", "output_config",
  ]

  static func check(_ request: FakeRequest) -> [String] {
    let body = request.body
    var found = FakeValidation.unknown(body, allowed: fields, in: "the body")
    let maxTokens = body["max_tokens"]?.intValue ?? 0
    if maxTokens < 1 { found.append("max_tokens is missing") }
    for tool in body["tools"]?.arrayValue ?? [] {
      let name = tool["name"]?.stringValue
      if !FakeValidation.isToolName(name) { found.append("tool name \(name ?? "?") is not allowed") }
      found += FakeValidation.schema(tool["input_schema"], of: name ?? "?")
    }
    for block in body["system"]?.arrayValue ?? [] where block["text"]?.stringValue?.isEmpty != false {
      found.append("a block of system is empty")
    }
    if cacheMarks(body) > 4 { found.append("more than four blocks are marked for the cache") }
    found += thinking(body, maxTokens)
    return found + messages(request.messages, thinks: body["thinking"]?["type"]?.stringValue == "enabled")
  }

  private static func thinking(_ body: JSONValue, _ maxTokens: Int) -> [String] {
    guard let thinking = body["thinking"] else { return [] }
    var found: [String] = []
    if let budget = thinking["budget_tokens"]?.intValue, budget < 1024 || budget >= maxTokens {
      found.append("budget_tokens must be at least 1024 and less than max_tokens")
    }
    if body["temperature"] != nil || body["top_p"] != nil { found.append("thinking with temperature or top_p") }
    return found
  }

  private static func cacheMarks(_ value: JSONValue) -> Int {
    switch value {
    case .array(let items): return items.reduce(0) { $0 + cacheMarks($1) }
    case .object(let members):
      return members.reduce(0) { $0 + ($1.key == "cache_control" ? 1 : cacheMarks($1.value)) }
    default: return 0
    }
  }

  private static func messages(_ messages: [JSONValue], thinks: Bool) -> [String] {
    var found: [String] = []
    var awaited: [String] = []
    var before = ""
    for (index, message) in messages.enumerated() {
      let role = message["role"]?.stringValue ?? ""
      let place = "message \(index) (\(role))"
      if role != "user", role != "assistant" { found.append("message \(index) has the role '\(role)'") }
      if index == 0, role != "user" { found.append("the first message is not the user's") }
      if role == before { found.append("\(place) follows another of its role") }
      before = role
      let blocks = message["content"]?.arrayValue ?? []
      if blocks.isEmpty { found.append("\(place) has no content") }
      found += blocks.flatMap { block($0, role, place) }
      found += results(blocks, awaited, place)
      awaited = blocks.filter { $0["type"]?.stringValue == "tool_use" }.compactMap { $0["id"]?.stringValue }
      if Set(awaited).count != awaited.count { found.append("\(place) uses an id twice") }
    }
    if thinks { found += thinkingBeforeCalls(messages) }
    if before != "user" { found.append("the conversation ends with \(before)") }
    return found
  }

  /// Results answer exactly the calls of the previous message, and come first.
  private static func results(_ blocks: [JSONValue], _ awaited: [String], _ place: String) -> [String] {
    let types = blocks.map { $0["type"]?.stringValue ?? "" }
    let answered = blocks.compactMap { $0["tool_use_id"]?.stringValue }
    var found: [String] = []
    if Set(answered) != Set(awaited) || answered.count != awaited.count {
      found.append("\(place): results for \(answered) where \(awaited) were called")
    }
    if types.prefix(answered.count).contains(where: { $0 != "tool_result" }) {
      found.append("\(place): results are not first and together")
    }
    return found
  }

  /// With thinking on, calls since the last question must follow a thinking block.
  private static func thinkingBeforeCalls(_ messages: [JSONValue]) -> [String] {
    let isQuestion: (JSONValue) -> Bool = { message in
      message["role"]?.stringValue == "user"
        && message["content"]?.arrayValue?.contains { $0["type"]?.stringValue == "text" } == true
    }
    let start = messages.lastIndex(where: isQuestion) ?? 0
    return messages[start...].compactMap { message in
      let types = message["content"]?.arrayValue?.compactMap { $0["type"]?.stringValue } ?? []
      guard message["role"]?.stringValue == "assistant", types.contains("tool_use") else { return nil }
      return ["thinking", "redacted_thinking"].contains(types.first) ? nil : "expected thinking before tool_use"
    }
  }

  private static func block(_ block: JSONValue, _ role: String, _ place: String) -> [String] {
    switch block["type"]?.stringValue {
    case "text":
      let isBlank = block["text"]?.stringValue?.allSatisfy(\.isWhitespace) != false
      return isBlank ? ["\(place) has an empty text"] : []
    case "image": return role == "user" && block["source"] != nil ? [] : ["\(place) has a broken picture"]
    case "tool_use":
      let isRight =
        role == "assistant" && FakeValidation.isPlainIdentifier(block["id"]?.stringValue ?? "")
        && FakeValidation.isToolName(block["name"]?.stringValue) && block["input"]?.objectValue != nil
      return isRight ? [] : ["\(place) has a broken call"]
    case "tool_result":
      return role == "user" && block["content"] != nil ? [] : ["\(place) has a broken result"]
    case "thinking":
      let isSigned = block["signature"]?.stringValue?.isEmpty == false && block["cache_control"] == nil
      return role == "assistant" && isSigned ? [] : ["\(place) has thinking without its signature"]
    case "redacted_thinking": return block["data"] != nil ? [] : ["\(place) has broken thinking"]
    default: return ["\(place) has a part of unknown type"]
    }
  }
}
