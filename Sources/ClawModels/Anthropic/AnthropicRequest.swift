import ClawCore
import ClawJSON

/// The body of `POST /v1/messages` (https://docs.anthropic.com/en/api/messages).
///
/// Stable content comes first and is marked for the prompt cache: the tools, the stable part of the system prompt, the
/// exchanges before the current one, and the current one so far. That is four marks, the maximum.
struct AnthropicRequest {
  let origin: ModelReference
  let quirks: ModelQuirks
  let request: ModelRequest
  /// In tokens, for models with a thinking budget.
  let thinkingBudget: Int
  var adjustments = RequestAdjustments()

  /// The minimum budget.
  private static let leastBudget = 1024
  /// An answer length that every model accepts, used after a value was rejected; the field is required.
  private static let safeOutputTokens = 4096
  private static let cacheMark: JSONValue = ["type": "ephemeral"]

  func body() -> JSONValue {
    let dialogue = Dialogue(request)
    let plan = outputPlan(dialogue)
    var body: JSONObject = [
      "model": .string(origin.model), "stream": true, "max_tokens": .integer(Int64(plan.maxTokens)),
      "messages": .array(messages(dialogue)),
    ]
    let system = systemBlocks()
    if !system.isEmpty { body["system"] = .array(system) }
    if !request.tools.isEmpty { body["tools"] = .array(tools()) }
    if quirks.takesUser, takes(.user), !request.conversation.isEmpty {
      body["metadata"] = ["user_id": .string(request.conversation)]
    }
    if !request.sampling.stop.isEmpty, stopsAtProvider(request.sampling.stop) {
      body["stop_sequences"] = .array(request.sampling.stop.map(JSONValue.string))
    }
    body["thinking"] = plan.thinking
    if let effort = effort(thinks: plan.thinking != nil) { body["output_config"] = ["effort": .string(effort)] }
    if plan.thinking == nil, quirks.takesSampling { addSampling(to: &body) }
    return .object(body)
  }

  /// Whether the vendor supports these stop sequences: it rejects those that are only white space.
  func stopsAtProvider(_ sequences: [String]) -> Bool {
    takes(.stop) && !sequences.contains { $0.isBlank }
  }

  private func takes(_ field: OptionalField) -> Bool { !adjustments.omitted.contains(field) }

  private func addSampling(to body: inout JSONObject) {
    // The range ends at 1 here, at 2 in OpenAI's dialect.
    let temperature = takes(.temperature) ? request.sampling.temperature.map { min(max($0, 0), 1) } : nil
    body["temperature"] = temperature.map(JSONValue.number)
    if takes(.topP), temperature == nil || quirks.takesBothSamplingOptions {
      body["top_p"] = request.sampling.topP.map(JSONValue.number)
    }
  }

  /// The caller's reasoning effort in the vendor's terms; nil to omit it.
  private func effort(thinks: Bool) -> String? {
    guard takes(.thinking), thinks || quirks.alwaysThinks else { return nil }
    guard case .adaptive(_, let efforts) = quirks.thinking, let asked = request.sampling.reasoningEffort else {
      return nil
    }
    return asked.nearest(among: efforts).map(\.rawValue)
  }

  /// The answer's length limit and its thinking. The caller's limit applies to the answer; thinking comes on top, up to
  /// the model's limit. If less than the minimum budget is left, thinking is off.
  private func outputPlan(_ dialogue: Dialogue) -> (maxTokens: Int, thinking: JSONValue?) {
    let most = adjustments.mostOutputTokens ?? quirks.mostOutputTokens
    guard takes(.maxTokens) else {
      return (min(Self.safeOutputTokens, request.sampling.maxOutputTokens.map { max($0, 1) } ?? .max), nil)
    }
    let answer = min(max(request.sampling.maxOutputTokens ?? quirks.standardOutputTokens, 1), most)
    let budget = min(request.sampling.reasoningEffort?.budget(of: thinkingBudget) ?? thinkingBudget, most - answer)
    let wants = takes(.thinking) && request.wantsThinking
    switch quirks.thinking {
    case .adaptive(let display, _) where wants:
      var thinking: JSONValue = ["type": "adaptive"]
      if let display { thinking["display"] = .string(display) }
      return (answer + max(budget, 0), thinking)
    case .budget
    where wants && budget >= Self.leastBudget && hasThinkingBeforeCalls(dialogue):
      return (answer + budget, ["type": "enabled", "budget_tokens": .integer(Int64(budget))])
    default:
      return (quirks.alwaysThinks ? answer + max(budget, 0) : answer, nil)
    }
  }

  /// With a budget, calls of the current exchange must follow thinking. Those of another model (after a failover) do
  /// not, so thinking is off for the rest of such an exchange.
  private func hasThinkingBeforeCalls(_ dialogue: Dialogue) -> Bool {
    dialogue.steps[dialogue.lastExchangeStart...].allSatisfy { step in
      guard case .assistant(_, let parts, let calls) = step, !calls.isEmpty else { return true }
      return parts.contains { $0.origin == origin }
    }
  }

  private func systemBlocks() -> [JSONValue] {
    var blocks: [JSONValue] = []
    if !request.system.isBlank {
      blocks.append(["type": "text", "text": .string(request.system), "cache_control": Self.cacheMark])
    }
    if !request.systemSuffix.isBlank { blocks.append(["type": "text", "text": .string(request.systemSuffix)]) }
    if let instruction = formatInstruction() { blocks.append(["type": "text", "text": .string(instruction)]) }
    return blocks
  }

  /// There is no `response_format` in this API; a request for JSON becomes an instruction.
  private func formatInstruction() -> String? {
    guard let format = request.sampling.responseFormat, let type = format["type"]?.stringValue, type != "text" else {
      return nil
    }
    let schema = format["json_schema"]?["schema"].map { " that fits this JSON Schema: \($0.serializedString())" } ?? ""
    return "Answer with one JSON object and nothing else\(schema)."
  }

  private func tools() -> [JSONValue] {
    var tools: [JSONValue] = request.tools.map { tool in
      [
        "name": .string(tool.name), "description": .string(tool.summary),
        "input_schema": ToolSchema.object(tool.parameters, without: quirks.refusedSchemaKeywords),
      ]
    }
    tools[tools.count - 1]["cache_control"] = Self.cacheMark
    return tools
  }

  private func messages(_ dialogue: Dialogue) -> [JSONValue] {
    var messages: [(role: String, blocks: [JSONValue])] = []
    var ids = CallIdentifiers(quirks.callIDs)
    for (index, step) in dialogue.steps.enumerated() {
      if index == dialogue.lastExchangeStart { Self.mark(&messages) }
      let (role, blocks) = blocks(of: step, &ids)
      // Results and the user's next message form one message; so do all results of a round.
      if messages.last?.role == role {
        messages[messages.count - 1].blocks += blocks
      } else {
        messages.append((role, blocks))
      }
    }
    Self.mark(&messages)
    return messages.map { ["role": .string($0.role), "content": .array($0.blocks)] }
  }

  /// Marks everything so far for the cache.
  private static func mark(_ messages: inout [(role: String, blocks: [JSONValue])]) {
    guard let last = messages.last, !last.blocks.isEmpty else { return }
    messages[messages.count - 1].blocks[last.blocks.count - 1]["cache_control"] = cacheMark
  }

  private func blocks(of step: DialogueStep, _ ids: inout CallIdentifiers) -> (role: String, blocks: [JSONValue]) {
    switch step {
    case .user(let parts):
      return ("user", parts.map(userBlock))
    case .assistant(let text, let parts, let calls):
      return ("assistant", assistantBlocks(text, parts, calls, &ids))
    case .results(let results):
      return ("user", results.map { resultBlock($0, &ids) })
    }
  }

  private func resultBlock(_ completed: CompletedCall, _ ids: inout CallIdentifiers) -> JSONValue {
    let text = completed.shownResult(withImages: true)
    var content = JSONValue.string(text)
    if !completed.images.isEmpty {
      let texts: [ContentPart] = completed.result.content.isBlank ? [] : [.text(text)]
      content = .array((texts + completed.images).map(userBlock))
    }
    var block: JSONValue = [
      "type": "tool_result", "tool_use_id": .string(ids.wire(completed.call.id)), "content": content,
    ]
    if completed.result.isError { block["is_error"] = true }
    return block
  }

  /// An answer as it was received: its own private parts are sent back if there are any (a model may think unasked), in
  /// their original order.
  private func assistantBlocks(
    _ text: String, _ parts: [ProviderPart], _ calls: [ToolCall], _ ids: inout CallIdentifiers
  ) -> [JSONValue] {
    let payloads = parts.filter { $0.origin == origin }.map(\.payload)
    var own = payloads.filter { !AnthropicOrder.isOrder($0) }[...]
    var left = calls[...]
    var bytes = text.utf8[...]
    let usual =
      own.map { _ in AnthropicOrder.Item.part } + (text.isEmpty ? [] : [.text(text.utf8.count)])
      + calls.map { _ in .call }
    let items = AnthropicOrder.items(in: payloads, parts: own.count, text: text, calls: calls.count) ?? usual
    var blocks: [JSONValue] = []
    for item in items {
      switch item {
      case .part:
        if let part = own.popFirst() { blocks.append(part) }
      case .text(let count):
        let piece = String(decoding: bytes.prefix(count), as: UTF8.self)
        bytes = bytes.dropFirst(count)
        // Blank ones are rejected.
        if !piece.isBlank { blocks.append(["type": "text", "text": .string(piece)]) }
      case .call:
        guard let call = left.popFirst() else { continue }
        blocks.append([
          "type": "tool_use", "id": .string(ids.wire(call.id)), "name": .string(call.name), "input": call.arguments,
        ])
      }
    }
    return blocks
  }

  private func userBlock(_ part: ContentPart) -> JSONValue {
    switch part {
    case .text(let text): return ["type": "text", "text": .string(text)]
    case .image(let url):
      guard let data = DataURL(url), let base64 = data.base64 else {
        return ["type": "image", "source": ["type": "url", "url": .string(url)]]
      }
      return [
        "type": "image",
        "source": [
          "type": "base64", "media_type": .string(data.mediaType), "data": .string(base64),
        ],
      ]
    case .media(let media): return ["type": "text", "text": .string(media.note)]
    }
  }
}
