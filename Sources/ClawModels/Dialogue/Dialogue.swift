import ClawCore
import ClawJSON

/// One step of the conversation as every dialect knows it.
enum DialogueStep: Sendable, Hashable {
  case user([ContentPart])
  case assistant(text: String, parts: [ProviderPart], calls: [ToolCall])
  /// The results of all calls of the step before, in their order.
  case results([CompletedCall])
}

/// The exchanges of a request as a sequence in which the roles alternate the way every vendor accepts: it begins with
/// the user and ends with the user or with results, no step is empty, and results stand right behind their calls.
struct Dialogue: Sendable {
  private(set) var steps: [DialogueStep] = []
  /// Where the last exchange (the one being answered) begins; what is before it stays the same from now on.
  private(set) var lastExchangeStart = 0

  /// The stand-in for what a person didn't put into words.
  static let emptyInput = "(no text)"
  /// The stand-in for the result of a tool that had nothing to say; some vendors refuse empty ones.
  static let emptyResult = "(no output)"
  /// Stands where a conversation begins or ends with the assistant.
  static let continuation = "(the conversation continues)"
  /// Stands above a summary of what the model is not shown any more.
  static let summaryHeading = "Summary of the conversation so far:\n"

  /// With `foldingTools`, calls and their results become part of the assistant's text, for models without tools.
  init(_ request: ModelRequest, foldingTools: Bool = false) {
    for (index, exchange) in request.exchanges.enumerated() {
      if index == request.exchanges.count - 1 { lastExchangeStart = steps.count }
      append(exchange, foldingTools: foldingTools)
    }
    switch steps.first {
    case .user?: break
    default:
      steps.insert(.user([.text(Self.continuation)]), at: 0)
      if lastExchangeStart > 0 { lastExchangeStart += 1 }
    }
    if case .assistant? = steps.last { steps.append(.user([.text(Self.continuation)])) }
  }

  private mutating func append(_ exchange: Exchange, foldingTools: Bool) {
    // Messages that follow one another are one step.
    var messages: [UserMessage] = []
    for entry in exchange.entries {
      switch entry {
      case .user(let message): messages.append(message)
      case .summary(let summary): messages.append(UserMessage(Self.summaryHeading + summary.text))
      case .round(let round):
        append(messages)
        messages = []
        append(foldingTools ? Self.folded(round) : round)
      }
    }
    append(messages)
  }

  private mutating func append(_ input: [UserMessage]) {
    guard !input.isEmpty else { return }
    var parts: [ContentPart] = []
    for message in input {
      parts += message.parts.filter { $0.text?.isBlank != true }
    }
    if parts.isEmpty { parts = [.text(Self.emptyInput)] }
    if case .user(let before)? = steps.last {
      steps[steps.count - 1] = .user(before + parts)
      lastExchangeStart = min(lastExchangeStart, steps.count - 1)
    } else {
      steps.append(.user(parts))
    }
  }

  private mutating func append(_ round: Round) {
    let text = round.text.isBlank ? "" : round.text
    let calls = round.calls.map(\.call)
    guard !text.isEmpty || !calls.isEmpty else { return }
    if case .assistant(let before, _, _)? = steps.last {
      // Two answers in a row (one that nobody asked for): one message with both texts. Private parts of the first
      // are not needed any more, since no calls followed them.
      let joined = [before, text].filter { !$0.isEmpty }.joined(separator: "\n\n")
      steps[steps.count - 1] = .assistant(text: joined, parts: round.providerParts, calls: calls)
      lastExchangeStart = min(lastExchangeStart, steps.count - 1)
    } else {
      steps.append(.assistant(text: text, parts: round.providerParts, calls: calls))
    }
    if !round.calls.isEmpty { steps.append(.results(round.calls)) }
  }
}

extension Dialogue {
  private static func folded(_ round: Round) -> Round {
    let notes = round.calls.map { "[\($0.call.name) answered: \($0.shownResult)]" }
    return Round(text: ([round.text] + notes).filter { !$0.isBlank }.joined(separator: "\n"))
  }
}

extension CompletedCall {
  /// The result as text, never empty.
  var shownResult: String { result.content.isBlank ? Dialogue.emptyResult : result.content }
}
