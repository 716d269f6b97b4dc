import ClawCore
import ClawJSON

/// The body of `POST /chat/completions` (https://platform.openai.com/docs/api-reference/chat/create) as the vendor
/// at hand wants it. The same request gives the same bytes, and a longer conversation begins with the bytes of the
/// shorter one.
struct OpenAIRequest {
  let origin: ModelReference
  let quirks: ModelQuirks
  let request: ModelRequest

  func body() -> JSONValue {
    var body: JSONObject = [
      "model": .string(origin.model), "stream": true, "messages": .array(messages()),
    ]
    if quirks.takesStreamOptions { body["stream_options"] = ["include_usage": true] }
    if quirks.takesTools, !request.tools.isEmpty { body["tools"] = .array(request.tools.map(tool)) }
    if quirks.takesUser, !request.conversation.isEmpty { body["user"] = .string(request.conversation) }
    addSampling(to: &body)
    if request.thinking { addThinking(to: &body) }
    return .object(body)
  }

  private func addSampling(to body: inout JSONObject) {
    let sampling = request.sampling
    if quirks.takesSampling {
      body["temperature"] = sampling.temperature.map(JSONValue.number)
      body["top_p"] = sampling.topP.map(JSONValue.number)
    }
    if let limit = sampling.maxOutputTokens { body[quirks.maxTokensField] = .integer(Int64(limit)) }
    if quirks.takesStop, !sampling.stop.isEmpty { body["stop"] = .array(sampling.stop.map(JSONValue.string)) }
    if let field = quirks.seedField, let seed = sampling.seed { body[field] = .integer(Int64(seed)) }
    if quirks.takesResponseFormat { body["response_format"] = sampling.responseFormat }
  }

  private func addThinking(to body: inout JSONObject) {
    switch quirks.thinking {
    case .effort(let effort): body["reasoning_effort"] = .string(effort)
    case .reasoningObject: body["reasoning"] = ["enabled": true]
    case .enabledObject: body["thinking"] = ["type": "enabled"]
    case .none, .budget, .adaptive: break
    }
  }

  private func tool(_ definition: ToolDefinition) -> JSONValue {
    [
      "type": "function",
      "function": [
        "name": .string(definition.name), "description": .string(definition.summary),
        "parameters": ToolSchema.object(definition.parameters, without: quirks.refusedSchemaKeywords),
      ],
    ]
  }

  private func messages() -> [JSONValue] {
    var messages: [JSONValue] = []
    let system = [request.system, request.systemSuffix].filter { !$0.isBlank }.joined(separator: "\n\n")
    if !system.isEmpty { messages.append(["role": .string(quirks.systemRole), "content": .string(system)]) }
    let dialogue = Dialogue(request, foldingTools: !quirks.takesTools)
    var ids = CallIdentifiers(quirks.callIDs)
    for (index, step) in dialogue.steps.enumerated() {
      switch step {
      case .user(let parts):
        if quirks.answersBeforeUser, index > 0, case .results = dialogue.steps[index - 1] {
          messages.append(["role": "assistant", "content": .string(Dialogue.continuation)])
        }
        messages.append(["role": "user", "content": content(parts)])
      case .assistant(let text, let parts, let calls):
        let isCurrent = index >= dialogue.lastTurnStart
        messages.append(assistant(text, parts, calls, isCurrent: isCurrent, &ids))
      case .results(let results):
        messages += results.map { result($0, &ids) }
      }
    }
    return messages
  }

  private func content(_ parts: [ContentPart]) -> JSONValue {
    let texts = parts.compactMap { part in
      part.text ?? (quirks.takesImages ? nil : "[a picture was left out: this model can't see]")
    }
    if texts.count == parts.count { return .string(texts.joined(separator: "\n")) }
    return .array(
      parts.map { part in
        switch part {
        case .text(let text): ["type": "text", "text": .string(text)]
        case .image(let url): ["type": "image_url", "image_url": ["url": .string(url)]]
        }
      })
  }

  private func result(_ completed: CompletedCall, _ ids: inout CallIdentifiers) -> JSONValue {
    [
      "role": "tool", "tool_call_id": .string(ids.wire(completed.call.id)), "content": .string(completed.shownResult),
    ]
  }

  private func assistant(
    _ text: String, _ parts: [ProviderPart], _ calls: [ToolCall], isCurrent: Bool, _ ids: inout CallIdentifiers
  ) -> JSONValue {
    let own = OpenAIPrivateParts(parts: parts, origin: origin)
    var text = text
    var message: JSONObject = ["role": "assistant"]
    if !calls.isEmpty {
      switch quirks.reasoningReplay {
      case .never: break
      case .field: if isCurrent { message["reasoning_content"] = own.reasoning.map(JSONValue.string) }
      case .details: message["reasoning_details"] = own.details.map(JSONValue.array)
      case .tags: if let reasoning = own.reasoning { text = "<think>\(reasoning)</think>\n\n\(text)" }
      }
      var encoded = calls.map { call(of: $0, extra: own.extras[$0.id], &ids) }
      if let placeholder = quirks.signaturePlaceholder, isCurrent, own.extras.isEmpty {
        encoded[0]["extra_content"] = ["google": ["thought_signature": .string(placeholder)]]
      }
      message["tool_calls"] = .array(encoded)
    }
    if !text.isEmpty { message["content"] = .string(text) }
    return .object(message)
  }

  private func call(of call: ToolCall, extra: JSONValue?, _ ids: inout CallIdentifiers) -> JSONValue {
    var encoded: JSONValue = [
      "id": .string(ids.wire(call.id)), "type": "function",
      "function": ["name": .string(call.name), "arguments": .string(call.arguments.serializedString())],
    ]
    if let extra { encoded["extra_content"] = extra }
    return encoded
  }
}
