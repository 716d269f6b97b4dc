import ClawCore
import ClawJSON

/// The body of `POST /v1/messages` (https://docs.anthropic.com/en/api/messages).
///
/// What stays the same comes first and is marked for the prompt cache: the tools, the stable part of the system
/// prompt, the exchanges before the current one, and the current one as far as it has come. Those are four marks, the
/// most that are allowed.
struct AnthropicRequest {
  let origin: ModelReference
  let quirks: ModelQuirks
  let request: ModelRequest
  /// In tokens, where thinking is counted in tokens.
  let thinkingBudget: Int
  var adjustments = RequestAdjustments()

  /// The least a budget may be.
  private static let leastBudget = 1024
  /// The length of an answer that every model takes, for when a figure was refused; the field itself is demanded.
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

  /// Whether the vendor ends the answer at these sequences by itself: it takes none of white space alone.
  func stopsAtProvider(_ sequences: [String]) -> Bool {
    takes(.stop) && !sequences.contains { $0.isBlank }
  }

  private func takes(_ field: OptionalField) -> Bool { !adjustments.omitted.contains(field) }

  private func addSampling(to body: inout JSONObject) {
    // The scale ends at 1 here, at 2 in the other dialect.
    let temperature = takes(.temperature) ? request.sampling.temperature.map { min(max($0, 0), 1) } : nil
    body["temperature"] = temperature.map(JSONValue.number)
    if takes(.topP), temperature == nil || quirks.takesBothSamplingOptions {
      body["top_p"] = request.sampling.topP.map(JSONValue.number)
    }
  }

  /// What the caller said of the effort, in the vendor's words; nil to leave it at that.
  private func effort(thinks: Bool) -> String? {
    guard takes(.thinking), thinks || quirks.alwaysThinks else { return nil }
    guard case .adaptive(_, let efforts) = quirks.thinking, let asked = request.sampling.reasoningEffort else {
      return nil
    }
    return asked.nearest(among: efforts).map(\.rawValue)
  }

  /// How long the answer may be, and how it thinks. The caller's limit is for the answer; thinking comes on top as
  /// far as the model goes. What is left for it must be at least the least budget, else there is no thinking.
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

  /// With a budget, calls of the current exchange must come after thinking. Those another model made (after a failover)
  /// don't, so for the rest of such an exchange there is none.
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

  /// There is no `response_format` here; a caller that asked for JSON is served by saying so.
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
      // Results and what the user said next are one message; so are all results of a round.
      if messages.last?.role == role {
        messages[messages.count - 1].blocks += blocks
      } else {
        messages.append((role, blocks))
      }
    }
    Self.mark(&messages)
    return messages.map { ["role": .string($0.role), "content": .array($0.blocks)] }
  }

  /// Marks what is there so far for the cache.
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
    var block: JSONValue = [
      "type": "tool_result", "tool_use_id": .string(ids.wire(completed.call.id)),
      "content": .string(completed.shownResult),
    ]
    if completed.result.isError { block["is_error"] = true }
    return block
  }

  /// An answer as it came: its own private parts go back wherever there are any (a model may think without being
  /// asked), in the order in which they stood.
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
        // Blank ones are refused.
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
      guard let data = DataURL(url) else { return ["type": "image", "source": ["type": "url", "url": .string(url)]] }
      return [
        "type": "image",
        "source": [
          "type": "base64", "media_type": .string(data.mediaType), "data": .string(data.base64),
        ],
      ]
    }
  }
}
