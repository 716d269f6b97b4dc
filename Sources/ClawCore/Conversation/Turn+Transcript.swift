import ClawJSON

extension Turn {
  /// Rebuilds turns from rows. Rows of one run belong together even where a later message was accepted in between;
  /// rows without a run (context that a caller brought along) begin a turn at each user message that follows an
  /// answer. A call without a stored result gets `missing`.
  public static func turns(
    from messages: some Sequence<TranscriptMessage>, missing: ToolResult = .interrupted
  ) -> [Turn] {
    var drafts: [Draft] = []
    var indexOfRun: [RunID: Int] = [:]
    for message in messages {
      let index = Self.draftIndex(for: message, in: &drafts, indexOfRun: &indexOfRun)
      drafts[index].append(message.body)
    }
    return drafts.map { $0.turn(missing: missing) }
  }

  private static func draftIndex(
    for message: TranscriptMessage, in drafts: inout [Draft], indexOfRun: inout [RunID: Int]
  ) -> Int {
    if let run = message.run {
      // Rows of one run mostly follow one another.
      if drafts.last?.run == run { return drafts.count - 1 }
      if let known = indexOfRun[run] { return known }
      indexOfRun[run] = drafts.count
    } else if let last = drafts.indices.last, drafts[last].run == nil,
      message.role != .user || drafts[last].answers.isEmpty
    {
      return last
    }
    drafts.append(Draft(run: message.run))
    return drafts.count - 1
  }
}

/// A turn in the making.
private struct Draft {
  let run: RunID?
  var input: [UserMessage] = []
  var answers: [AssistantMessage] = []
  /// Those of each answer: a provider may give the same ids again in the next round.
  var results: [UTF8Dictionary<ToolResult>] = []

  mutating func append(_ body: TranscriptMessage.Body) {
    switch body {
    case .user(let message): input.append(message)
    case .assistant(let message):
      answers.append(message)
      results.append([:])
    case .tool(let callID, let result):
      if let last = results.indices.last { results[last][callID] = result }
    case .system: break
    }
  }

  func turn(missing: ToolResult) -> Turn {
    Turn(
      input: input,
      rounds: zip(answers, results).map { answer, results in
        Round(
          text: answer.text, providerParts: answer.providerParts,
          calls: answer.calls.map { CompletedCall(call: $0, result: results[$0.id] ?? missing) })
      })
  }
}
