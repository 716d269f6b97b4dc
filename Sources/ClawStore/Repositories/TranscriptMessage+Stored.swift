import ClawCore
import ClawJSON

/// Stored form of transcript rows: short keys, independent of the names in the code.
extension TranscriptMessage.Body {
  /// The stored JSON.
  var stored: JSONValue {
    let value: JSONObject =
      switch self {
      case .user(let message): ["parts": .array(message.parts.map(\.stored))]
      case .assistant(let message): message.stored
      case .tool(let callID, let result): result.stored.merging(["call": .string(callID)]) { $1 }
      case .system(let text): ["text": .string(text)]
      }
    return .object(NewerFormat.object(value))
  }

  /// Decodes rows of any version. An unknown role reads as a system notice, which is shown to users and not to models.
  init(role: String, stored value: JSONValue) {
    switch MessageRole(rawValue: role) {
    case .user: self = .user(UserMessage(parts: (value["parts"]?.arrayValue ?? []).map(ContentPart.init(stored:))))
    case .assistant: self = .assistant(AssistantMessage(stored: value))
    case .tool:
      self = .tool(callID: value["call"]?.stringValue ?? "", ToolResult(stored: value))
    case .system, nil: self = .system(value["text"]?.stringValue ?? "")
    }
  }
}

extension ContentPart {
  fileprivate var stored: JSONValue {
    switch self {
    case .text(let text): .string(text)
    case .image(let url): ["image": .string(url)]
    case .media(let part):
      [
        "media": .string(part.id.rawValue), "kind": .string(part.kind.rawValue), "sha256": .string(part.digest),
        "type": .string(part.type), "size": .integer(Int64(part.size)),
      ]
    }
  }

  fileprivate init(stored value: JSONValue) {
    if let text = value.stringValue {
      self = .text(text)
    } else if let url = value["image"]?.stringValue {
      self = .image(url: url)
    } else if let id = value["media"]?.stringValue, let digest = value["sha256"]?.stringValue {
      self = .media(
        MediaPart(
          id: MediaID(unchecked: id), kind: value["kind"]?.stringValue.flatMap(MediaPart.Kind.init(rawValue:)),
          digest: digest, type: value["type"]?.stringValue ?? MediaType.unknown, size: value["size"]?.intValue ?? 0))
    } else {
      self = .text("[a part that this version of the gateway can't show]")
    }
  }
}

extension ToolResult {
  /// Text alone is stored as before there were parts.
  fileprivate var stored: JSONObject {
    var value: JSONObject = ["content": .string(contentWithNotes), "error": .bool(isError)]
    if parts.contains(where: { $0.text == nil }) { value["parts"] = .array(parts.map(\.stored)) }
    return value
  }

  fileprivate init(stored value: JSONValue) {
    let isError = value["error"]?.boolValue ?? false
    if let parts = value["parts"]?.arrayValue, !parts.isEmpty {
      self.init(parts: parts.map(ContentPart.init(stored:)), isError: isError)
    } else {
      self.init(content: value["content"]?.stringValue ?? "", isError: isError)
    }
  }
}

extension ModelReference {
  fileprivate var stored: JSONValue { ["p": .string(provider), "m": .string(model)] }

  fileprivate init(stored value: JSONValue) {
    self.init(provider: value["p"]?.stringValue ?? "", model: value["m"]?.stringValue ?? "")
  }
}

extension AssistantMessage {
  fileprivate var stored: JSONObject {
    var value: JSONObject = ["text": .string(text)]
    if !calls.isEmpty {
      value["calls"] = .array(
        calls.map { ["id": .string($0.id), "name": .string($0.name), "arguments": $0.arguments] })
    }
    if !providerParts.isEmpty {
      value["private"] = .array(providerParts.map { ["origin": $0.origin.stored, "payload": $0.payload] })
    }
    if let usage {
      let counts = [usage.inputTokens, usage.outputTokens, usage.cachedInputTokens] + (usage.isEstimate ? [1] : [])
      value["usage"] = .array(counts.map { .integer(Int64($0)) })
    }
    value["model"] = model?.stored
    return value
  }

  fileprivate init(stored value: JSONValue) {
    let calls = (value["calls"]?.arrayValue ?? []).map { call in
      ToolCall(
        id: call["id"]?.stringValue ?? "", name: call["name"]?.stringValue ?? "",
        arguments: call["arguments"] ?? .object([:]))
    }
    let parts = (value["private"]?.arrayValue ?? []).map { part in
      ProviderPart(origin: ModelReference(stored: part["origin"] ?? .null), payload: part["payload"] ?? .null)
    }
    let counts = value["usage"]?.arrayValue?.compactMap(\.intValue) ?? []
    self.init(
      text: value["text"]?.stringValue ?? "", calls: calls, providerParts: parts,
      usage: counts.count >= 3
        ? TokenUsage(
          inputTokens: counts[0], outputTokens: counts[1], cachedInputTokens: counts[2],
          isEstimate: counts.dropFirst(3).first == 1) : nil,
      model: value["model"].map(ModelReference.init(stored:)))
  }
}
