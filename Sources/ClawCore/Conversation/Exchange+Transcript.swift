import ClawJSON

extension Exchange {
  /// Rebuilds exchanges from rows. Rows of one run belong together even if a later message was accepted in between;
  /// rows without a run (context that a caller supplied) begin an exchange at each user message that follows an answer.
  /// A call without a stored result gets `missing`.
  public static func exchanges(
    from messages: some Sequence<TranscriptMessage>, missing: ToolResult = .interrupted
  ) -> [Exchange] {
    var drafts: [Draft] = []
    var indexOfRun: [RunID: Int] = [:]
    for message in messages {
      let index = Self.draftIndex(for: message, in: &drafts, indexOfRun: &indexOfRun)
      drafts[index].append(message.body)
    }
    return drafts.map { $0.exchange(missing: missing) }
  }

  private static func draftIndex(
    for message: TranscriptMessage, in drafts: inout [Draft], indexOfRun: inout [RunID: Int]
  ) -> Int {
    if let run = message.run {
      // Rows of one run are mostly consecutive.
      if drafts.last?.run == run { return drafts.count - 1 }
      if let known = indexOfRun[run] { return known }
      indexOfRun[run] = drafts.count
    } else if let last = drafts.indices.last, drafts[last].run == nil,
      message.role != .user || !drafts[last].hasAnswer
    {
      return last
    }
    drafts.append(Draft(run: message.run))
    return drafts.count - 1
  }
}

/// An exchange under construction.
private struct Draft {
  private enum Part {
    case user(UserMessage)
    /// An answer with the results of its own calls: a provider may reuse the same IDs in the next round.
    case answer(AssistantMessage, results: UTF8Dictionary<ToolResult>)
  }

  let run: RunID?
  private var parts: [Part] = []
  /// The index of the last answer.
  private var lastAnswer: Int?

  init(run: RunID?) { self.run = run }

  var hasAnswer: Bool { lastAnswer != nil }

  mutating func append(_ body: TranscriptMessage.Body) {
    switch body {
    case .user(let message): parts.append(.user(message))
    case .assistant(let message):
      lastAnswer = parts.count
      parts.append(.answer(message, results: [:]))
    case .tool(let callID, let result):
      guard let place = lastAnswer, case .answer(let message, var results) = parts[place] else { return }
      results[callID] = result
      parts[place] = .answer(message, results: results)
    case .system: break
    }
  }

  func exchange(missing: ToolResult) -> Exchange {
    Exchange(
      parts.map { part in
        switch part {
        case .user(let message): .user(message)
        case .answer(let answer, let results):
          .round(
            Round(
              text: answer.text, providerParts: answer.providerParts,
              calls: answer.calls.map { CompletedCall(call: $0, result: results[$0.id] ?? missing) }))
        }
      })
  }
}
