import ClawCore
import ClawProtocol

extension Usage {
  init(_ usage: TokenUsage) {
    self.init(
      prompt_tokens: usage.inputTokens, completion_tokens: usage.outputTokens, total_tokens: usage.totalTokens,
      estimated: usage.isEstimate ? true : nil)
  }
}

extension ChatSend.Result {
  init(_ accepted: AcceptedRun) {
    self.init(runId: accepted.run.rawValue, sessionKey: accepted.address.key.rawValue, status: "accepted")
  }

  /// - Throws: the failure, if the run failed.
  init(_ outcome: RunOutcome) throws(ClawError) {
    if outcome.state == .failed {
      throw outcome.failure.map { ClawError($0) } ?? ClawError(.internalError, "the run failed")
    }
    self.init(
      runId: outcome.run.rawValue, sessionKey: outcome.session.rawValue,
      status: outcome.state == .aborted ? "aborted" : "completed", content: outcome.content,
      usage: Usage(outcome.usage), iterations: outcome.iterations)
  }
}

extension ChatHistory.Message {
  init(_ message: TranscriptMessage) {
    self.init(
      seq: message.seq, id: message.id.rawValue, role: message.role.rawValue, content: nil,
      createdAt: message.createdAt.rfc3339, runId: message.run?.rawValue)
    switch message.body {
    case .user(let said):
      content = said.text
      media = said.parts.compactMap(\.media).map(ChatHistory.Media.init)
    case .system(let text): content = text
    case .assistant(let said):
      content = said.text
      tool_calls = said.calls.map { ChatHistory.ToolCall(id: $0.id, name: $0.name, arguments: $0.arguments) }
      usage = said.usage.map { Usage($0) }
    case .tool(let callID, let result):
      content = result.content
      media = result.parts.compactMap(\.media).map(ChatHistory.Media.init)
      tool_call_id = callID
      is_error = result.isError ? true : nil
    }
    if content?.isEmpty == true { content = nil }
    if tool_calls?.isEmpty == true { tool_calls = nil }
    if media?.isEmpty == true { media = nil }
  }
}

extension ChatHistory.Media {
  init(_ part: MediaPart) {
    self.init(id: part.id.rawValue, kind: part.kind.rawValue, type: part.type, size: part.size)
  }
}
