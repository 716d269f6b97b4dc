import ClawCore
import ClawJSON

/// The built-in model for trying the gateway without a key. It needs no network, introduces itself, remembers the
/// conversation, calls a tool when asked for the time or a sum, and counts as far and as slowly as requested.
struct DemoModel: ModelClient {
  /// Its name in the list of models.
  static let name = "demo"
  /// Pause between two numbers of "count slowly to …".
  static let slowPause: Duration = .milliseconds(200)

  let provider: String
  let ticker: Ticker
  /// Pause after each word.
  let wordDelay: Duration

  func reply(
    to request: ModelRequest, model: String, adjustments: RequestAdjustments,
    observe: @escaping ModelTransport.Observer
  ) async throws -> ModelReply {
    let origin = ModelReference(provider: provider, model: model)
    let talk = DemoConversation(request)
    switch talk.move() {
    case .say(let text):
      return try await speak(Self.words(text), pause: wordDelay, request, origin, observe)
    case .count(let last, let slowly):
      let numbers = (1...last).map { $0 == last ? "\($0)." : "\($0), " }
      return try await speak(numbers, pause: slowly ? Self.slowPause : wordDelay, request, origin, observe)
    case .call(let tool, let arguments):
      var numbering = CallNumbering(request)
      let call = ToolCall(id: numbering.id(nil), name: tool, arguments: arguments)
      return ModelReply(
        text: "", calls: [call], usage: Self.usage(request, spoken: 3), stopReason: .toolCalls, model: origin)
    }
  }

  func models() async throws -> [ListedModel] {
    [ListedModel(id: Self.name, name: "Built-in demo model (offline)")]
  }

  private func speak(
    _ pieces: [String], pause: Duration, _ request: ModelRequest, _ origin: ModelReference,
    _ observe: ModelTransport.Observer
  ) async throws -> ModelReply {
    for (index, piece) in pieces.enumerated() {
      try Task.checkCancellation()
      if index > 0, pause > .zero { try await ticker.sleep(pause) }
      do {
        try await observe(.text(piece))
      } catch {
        throw ObserverFailure(underlying: error)
      }
    }
    return ModelReply(text: pieces.joined(), usage: Self.usage(request, spoken: pieces.count), model: origin)
  }

  /// The words of a text, each with its trailing white space, so that they concatenate to the text.
  static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = ""
    for character in text {
      if let last = word.last, last.isWhitespace, !character.isWhitespace {
        words.append(word)
        word = ""
      }
      word.append(character)
    }
    return word.isEmpty ? words : words + [word]
  }

  /// An estimate: one token per word.
  private static func usage(_ request: ModelRequest, spoken: Int) -> TokenUsage {
    func count(_ text: String) -> Int { text.split(whereSeparator: \.isWhitespace).count }
    var heard = count(request.system) + count(request.systemSuffix)
    for entry in request.exchanges.lazy.flatMap(\.entries) {
      switch entry {
      case .user(let message): heard += count(message.text)
      case .round(let round):
        heard += count(round.text) + round.calls.reduce(0) { $0 + count($1.result.content) }
      case .summary(let summary): heard += count(summary.text)
      }
    }
    return TokenUsage(inputTokens: heard, outputTokens: spoken)
  }
}
