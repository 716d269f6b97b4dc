import ClawCore
import ClawJSON

/// The body of `POST /chat/completions` (https://platform.openai.com/docs/api-reference/chat/create), adapted to the
/// vendor. Deterministic, and a longer conversation has the bytes of the shorter one as its prefix.
struct OpenAIRequest {
  let origin: ModelReference
  let quirks: ModelQuirks
  let request: ModelRequest
  var adjustments = RequestAdjustments()

  func body() -> JSONValue {
    var body: JSONObject = [
      "model": .string(origin.model), "stream": true, "messages": .array(messages()),
    ]
    if quirks.takesStreamOptions, takes(.streamOptions) { body["stream_options"] = ["include_usage": true] }
    if quirks.takesTools, !request.tools.isEmpty { body["tools"] = .array(request.tools.map(tool)) }
    if quirks.takesUser, takes(.user), !request.conversation.isEmpty { body["user"] = .string(request.conversation) }
    addSampling(to: &body)
    if takes(.thinking) { addThinking(to: &body) }
    return .object(body)
  }

  /// Whether the vendor supports stop sequences.
  func stopsAtProvider(_ sequences: [String]) -> Bool {
    quirks.takesStop && takes(.stop)
  }

  private func takes(_ field: OptionalField) -> Bool { !adjustments.omitted.contains(field) }

  private func addSampling(to body: inout JSONObject) {
    let sampling = request.sampling
    if quirks.takesSampling {
      if takes(.temperature) { body["temperature"] = sampling.temperature.map(JSONValue.number) }
      if takes(.topP) { body["top_p"] = sampling.topP.map(JSONValue.number) }
    }
    if let limit = sampling.maxOutputTokens, let field = lengthField {
      body[field] = .integer(Int64(min(limit, adjustments.mostOutputTokens ?? limit)))
    }
    if !sampling.stop.isEmpty, stopsAtProvider(sampling.stop) {
      body["stop"] = .array(sampling.stop.map(JSONValue.string))
    }
    if let field = quirks.seedField, takes(.seed), let seed = sampling.seed { body[field] = .integer(Int64(seed)) }
    if quirks.takesResponseFormat { body["response_format"] = sampling.responseFormat }
  }

  /// The field for the answer's length limit: the vendor's, or else the other of the two; nil if both were rejected.
  private var lengthField: String? {
    let fields: [(field: OptionalField, name: String)] = [
      (.maxTokens, "max_tokens"), (.maxCompletionTokens, "max_completion_tokens"),
    ]
    let usable = fields.filter { takes($0.field) }.map(\.name)
    return usable.contains(quirks.maxTokensField) ? quirks.maxTokensField : usable.first
  }

  private func addThinking(to body: inout JSONObject) {
    let effort = request.sampling.reasoningEffort
    guard request.wantsThinking || effort != nil else { return }
    switch quirks.thinking {
    case .effort(let standard, let efforts):
      let asked = effort ?? (request.thinking ? standard : nil)
      body["reasoning_effort"] = asked?.nearest(among: efforts).map { .string($0.rawValue) }
    case .reasoningObject:
      body["reasoning"] =
        effort.map { ["effort": .string(($0.nearest(among: ReasoningEffort.openRouter) ?? $0).rawValue)] }
        ?? ["enabled": true]
    case .enabledObject: if request.wantsThinking { body["thinking"] = ["type": "enabled"] }
    case .passed: body["reasoning_effort"] = effort.map { .string($0.rawValue) }
    case .none, .budget, .adaptive: break
    }
  }

  private func tool(_ definition: ToolSpec) -> JSONValue {
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
    var images: [ContentPart] = []
    for (index, step) in dialogue.steps.enumerated() {
      switch step {
      case .user(let parts):
        if quirks.answersBeforeUser, index > 0, case .results = dialogue.steps[index - 1] {
          messages.append(["role": "assistant", "content": .string(Dialogue.continuation)])
        }
        messages.append(["role": "user", "content": content(images + parts)])
        images = []
      case .assistant(let text, let parts, let calls):
        let isCurrent = index >= dialogue.lastExchangeStart
        messages.append(assistant(text, parts, calls, isCurrent: isCurrent, &ids))
      case .results(let results):
        messages += results.map { result($0, &ids) }
        // A tool message is limited to text, so its images go into a user message.
        images = quirks.takesImages ? results.flatMap(\.images) : []
        guard !images.isEmpty else { continue }
        images.insert(.text(Dialogue.imagesHeading), at: 0)
        if case .user? = dialogue.steps.dropFirst(index + 1).first { continue }
        if quirks.answersBeforeUser {
          messages.append(["role": "assistant", "content": .string(Dialogue.continuation)])
        }
        messages.append(["role": "user", "content": content(images)])
        images = []
      }
    }
    return messages
  }

  private func content(_ parts: [ContentPart]) -> JSONValue {
    let texts = parts.compactMap { part in
      part.text ?? part.media?.note ?? (quirks.takesImages ? nil : Dialogue.unseenImage)
    }
    if texts.count == parts.count { return .string(texts.joined(separator: "\n")) }
    return .array(
      parts.map { part in
        switch part {
        case .text(let text): ["type": "text", "text": .string(text)]
        case .image(let url): ["type": "image_url", "image_url": ["url": .string(url)]]
        case .media(let media): ["type": "text", "text": .string(media.note)]
        }
      })
  }

  private func result(_ completed: CompletedCall, _ ids: inout CallIdentifiers) -> JSONValue {
    [
      "role": "tool", "tool_call_id": .string(ids.wire(completed.call.id)),
      "content": .string(completed.shownResult(withImages: quirks.takesImages)),
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
