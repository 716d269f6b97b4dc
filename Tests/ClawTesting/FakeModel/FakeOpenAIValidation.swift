import ClawJSON

enum FakeOpenAIValidation {
  private static let fields: Set<String> = [
    "model", "messages", "stream", "stream_options", "tools", "tool_choice", "temperature", "top_p", "max_tokens",
    "max_completion_tokens", "stop", "seed", "random_seed", "response_format", "user", "reasoning_effort", "reasoning",
    "thinking", "parallel_tool_calls",
  ]
  private static let messageFields: [String: Set<String>] = [
    "system": ["role", "content"], "developer": ["role", "content"], "user": ["role", "content"],
    "assistant": ["role", "content", "tool_calls", "reasoning_content", "reasoning_details"],
    "tool": ["role", "content", "tool_call_id"],
  ]

  static func check(_ request: FakeRequest) -> [String] {
    var found = FakeValidation.unknown(request.body, allowed: fields, in: "the body")
    found += messages(request.messages)
    for tool in request.body["tools"]?.arrayValue ?? [] {
      let function = tool["function"]
      let name = function?["name"]?.stringValue ?? "?"
      if tool["type"]?.stringValue != "function" { found.append("tool \(name) is no function") }
      if !FakeValidation.isToolName(name) { found.append("tool name \(name) is not allowed") }
      found += FakeValidation.schema(function?["parameters"], of: name)
    }
    if request.body["tools"]?.arrayValue?.isEmpty == true { found.append("tools is empty") }
    if request.body["max_tokens"] != nil, request.body["max_completion_tokens"] != nil {
      found.append("both max_tokens and max_completion_tokens are set")
    }
    return found
  }

  private static func messages(_ messages: [JSONValue]) -> [String] {
    var found: [String] = []
    var awaited: [String] = []
    var before = ""
    for (index, message) in messages.enumerated() {
      let role = message["role"]?.stringValue ?? ""
      let place = "message \(index) (\(role))"
      guard let allowed = messageFields[role] else {
        found.append("message \(index) has the role '\(role)'")
        continue
      }
      found += FakeValidation.unknown(message, allowed: allowed, in: place)
      if (role == "system" || role == "developer") && index > 0 { found.append("\(place) is not the first") }
      if role == "tool" {
        let id = message["tool_call_id"]?.stringValue ?? ""
        if awaited.contains(id) {
          awaited.removeAll { $0 == id }
        } else {
          found.append("\(place) answers '\(id)', which nobody called")
        }
      } else if !awaited.isEmpty {
        found.append("\(place) comes while \(awaited.joined(separator: ", ")) have no result")
        awaited = []
      }
      if role == before, role != "tool" { found.append("\(place) follows another of its role") }
      if role == "assistant", before != "user", before != "tool" { found.append("\(place) follows no question") }
      found += content(message, role: role, place)
      if role == "assistant" { awaited = calls(message, place, &found) }
      before = role
    }
    if !awaited.isEmpty { found.append("\(awaited.joined(separator: ", ")) have no result") }
    if before != "user", before != "tool" { found.append("the conversation ends with \(before)") }
    return found
  }

  private static func content(_ message: JSONValue, role: String, _ place: String) -> [String] {
    switch message["content"] {
    case .string(let text)?: return text.isEmpty ? ["\(place) has empty content"] : []
    case .array(let parts)?:
      let bad =
        parts.isEmpty
        || parts.contains { part in
          switch part["type"]?.stringValue {
          case "text": part["text"]?.stringValue?.isEmpty != false
          case "image_url": part["image_url"]?["url"]?.stringValue?.isEmpty != false
          default: true
          }
        }
      return bad ? ["\(place) has an empty or unknown part"] : []
    default:
      return role == "assistant" && message["tool_calls"] != nil ? [] : ["\(place) has no content"]
    }
  }

  private static func calls(_ message: JSONValue, _ place: String, _ found: inout [String]) -> [String] {
    guard let calls = message["tool_calls"]?.arrayValue else { return [] }
    if calls.isEmpty { found.append("\(place) has an empty list of calls") }
    var ids: [String] = []
    for call in calls {
      let id = call["id"]?.stringValue ?? ""
      if !FakeValidation.isPlainIdentifier(id) || id.utf8.count > 40 { found.append("\(place): call id '\(id)'") }
      if ids.contains(id) { found.append("\(place): call id '\(id)' twice") }
      ids.append(id)
      if call["type"]?.stringValue != "function" || !FakeValidation.isToolName(call["function"]?["name"]?.stringValue) {
        found.append("\(place): call '\(id)' names no function")
      }
      let text = call["function"]?["arguments"]?.stringValue
      let arguments = text.flatMap { try? JSONValue(parsing: $0) }
      if arguments?.objectValue == nil { found.append("\(place): arguments of '\(id)' are no JSON object in a string") }
    }
    return ids
  }
}
