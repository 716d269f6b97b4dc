import ClawCore
import ClawJSON

/// The body of `POST /v1/messages` (https://docs.anthropic.com/en/api/messages).
///
/// What stays the same comes first and is marked for the prompt cache: the tools, the stable part of the system
/// prompt, the turns before the current one, and the current one as far as it has come. Those are four marks, the
/// most that are allowed.
struct AnthropicRequest {
  let origin: ModelReference
  let quirks: ModelQuirks
  let request: ModelRequest
  /// In tokens, where thinking is counted in tokens.
  let thinkingBudget: Int

  /// The least a budget may be.
  private static let leastBudget = 1024
  private static let cacheMark: JSONValue = ["type": "ephemeral"]

  func body() -> JSONValue {
    let dialogue = Dialogue(request)
    let plan = outputPlan(dialogue)
    var body: JSONObject = [
      "model": .string(origin.model), "stream": true, "max_tokens": .integer(Int64(plan.maxTokens)),
      "messages": .array(messages(dialogue, replaysThinking: plan.thinking != nil)),
    ]
    let system = systemBlocks()
    if !system.isEmpty { body["system"] = .array(system) }
    if !request.tools.isEmpty { body["tools"] = .array(tools()) }
    if quirks.takesUser, !request.conversation.isEmpty {
      body["metadata"] = ["user_id": .string(request.conversation)]
    }
    if !request.sampling.stop.isEmpty {
      body["stop_sequences"] = .array(request.sampling.stop.filter { !$0.isBlank }.map(JSONValue.string))
    }
    body["thinking"] = plan.thinking
    if plan.thinking == nil, quirks.takesSampling { addSampling(to: &body) }
    return .object(body)
  }

  private func addSampling(to body: inout JSONObject) {
    // The scale ends at 1 here, at 2 in the other dialect.
    let temperature = request.sampling.temperature.map { min(max($0, 0), 1) }
    body["temperature"] = temperature.map(JSONValue.number)
    if temperature == nil || quirks.takesBothSamplingOptions {
      body["top_p"] = request.sampling.topP.map(JSONValue.number)
    }
  }

  /// How long the answer may be, and how it thinks. The caller's limit is for the answer; thinking comes on top as
  /// far as the model goes. What is left for it must be at least the least budget, else there is no thinking.
  private func outputPlan(_ dialogue: Dialogue) -> (maxTokens: Int, thinking: JSONValue?) {
    let answer = min(max(request.sampling.maxOutputTokens ?? quirks.standardOutputTokens, 1), quirks.mostOutputTokens)
    guard request.thinking else { return (answer, nil) }
    let budget = min(thinkingBudget, quirks.mostOutputTokens - answer)
    switch quirks.thinking {
    case .adaptive:
      return (answer + max(budget, 0), ["type": "adaptive"])
    case .budget where budget >= Self.leastBudget && hasThinkingBeforeCalls(dialogue):
      return (answer + budget, ["type": "enabled", "budget_tokens": .integer(Int64(budget))])
    case .budget, .none, .effort, .reasoningObject, .enabledObject:
      return (answer, nil)
    }
  }

  /// With a budget, calls of the current turn must come after thinking. Those another model made (after a failover)
  /// don't, so for the rest of such a turn there is none.
  private func hasThinkingBeforeCalls(_ dialogue: Dialogue) -> Bool {
    dialogue.steps[dialogue.lastTurnStart...].allSatisfy { step in
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

  private func messages(_ dialogue: Dialogue, replaysThinking: Bool) -> [JSONValue] {
    var messages: [(role: String, blocks: [JSONValue])] = []
    var ids = CallIdentifiers(quirks.callIDs)
    for (index, step) in dialogue.steps.enumerated() {
      if index == dialogue.lastTurnStart { Self.mark(&messages) }
      let (role, blocks) = blocks(of: step, replaysThinking: replaysThinking, &ids)
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

  private func blocks(
    of step: DialogueStep, replaysThinking: Bool, _ ids: inout CallIdentifiers
  ) -> (role: String, blocks: [JSONValue]) {
    switch step {
    case .user(let parts):
      return ("user", parts.map(userBlock))
    case .assistant(let text, let parts, let calls):
      var blocks: [JSONValue] = []
      if replaysThinking { blocks += parts.filter { $0.origin == origin }.map(\.payload) }
      if !text.isEmpty { blocks.append(["type": "text", "text": .string(text)]) }
      for call in calls {
        blocks.append([
          "type": "tool_use", "id": .string(ids.wire(call.id)), "name": .string(call.name), "input": call.arguments,
        ])
      }
      return ("assistant", blocks)
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

  private func userBlock(_ part: ContentPart) -> JSONValue {
    switch part {
    case .text(let text): return ["type": "text", "text": .string(text)]
    case .image(let url):
      // data:image/png;base64,…
      guard url.startsWith("data:"), let comma = url.firstIndex(ofASCII: ",") else {
        return ["type": "image", "source": ["type": "url", "url": .string(url)]]
      }
      let type = (url[..<comma].droppingPrefix("data:") ?? "").upTo(";")
      return [
        "type": "image",
        "source": [
          "type": "base64", "media_type": .string(String(type)),
          "data": .string(String(url.after(comma))),
        ],
      ]
    }
  }
}
