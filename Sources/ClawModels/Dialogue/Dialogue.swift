import ClawCore
import ClawJSON

/// One dialect-independent step of the conversation.
enum DialogueStep: Sendable, Hashable {
  case user([ContentPart])
  case assistant(text: String, parts: [ProviderPart], calls: [ToolCall])
  /// The results of all calls of the previous step, in order.
  case results([CompletedCall])
}

/// The exchanges of a request as a sequence of alternating roles that every vendor accepts: it begins with the user and
/// ends with the user or with results, no step is empty, and results directly follow their calls.
struct Dialogue: Sendable {
  private(set) var steps: [DialogueStep] = []
  /// Start of the last exchange, which is being answered; earlier steps do not change any more.
  private(set) var lastExchangeStart = 0

  /// Placeholder for a user message without text.
  static let emptyInput = "(no text)"
  /// Placeholder for an empty tool result, which some vendors reject.
  static let emptyResult = "(no output)"
  /// Replaces an image if the model can't read images.
  static let unseenImage = "[a picture was left out: this model can't see]"
  /// Heading of images given by tools, if tool results are limited to text.
  static let imagesHeading = "Images from the results above:"
  /// Placeholder where a conversation begins or ends with the assistant.
  static let continuation = "(the conversation continues)"
  /// Heading of a summary of messages that are no longer sent.
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
    // Consecutive messages form one step.
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
      // Two consecutive answers become one message with both texts. Private parts of the first are no longer needed,
      // since no calls followed them.
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
    let notes = round.calls.map { "[\($0.call.name) answered: \($0.shownResult(withImages: false))]" }
    return Round(text: ([round.text] + notes).filter { !$0.isBlank }.joined(separator: "\n"))
  }
}

extension CompletedCall {
  /// The result as text, never empty.
  /// - Parameter withImages: Whether the model gets the images separately; otherwise the text mentions them.
  func shownResult(withImages: Bool) -> String {
    let images = withImages ? [] : images.map { _ in Dialogue.unseenImage }
    let text = result.contentWithNotes
    let shown = images.isEmpty ? text : ([text] + images).filter { !$0.isBlank }.joined(separator: "\n")
    return shown.isBlank ? Dialogue.emptyResult : shown
  }

  /// The images of the result.
  var images: [ContentPart] {
    result.parts.filter { if case .image = $0 { true } else { false } }
  }
}
