import ClawCore
import ClawJSON

/// Token estimate for providers that report no usage: one per four bytes, or three if the text is not ASCII.
enum UsageEstimate {
  /// Tokens per image.
  private static let imageTokens = 1000

  static func usage(of request: ModelRequest, answeredBy reply: ModelReply) -> TokenUsage {
    var input = tokens(request.system) + tokens(request.systemSuffix)
    for tool in request.tools {
      input += tokens(tool.name) + tokens(tool.summary) + tokens(tool.parameters.serializedString())
    }
    for entry in request.exchanges.lazy.flatMap(\.entries) {
      switch entry {
      case .user(let message):
        input += tokens(message.parts)
      case .round(let round):
        input += tokens(round.text)
        for completed in round.calls { input += tokens(completed.call) + tokens(completed.result.parts) }
      case .summary(let summary): input += tokens(summary.text)
      }
    }
    let output = tokens(reply.text) + reply.calls.reduce(0) { $0 + tokens($1) }
    return TokenUsage(inputTokens: input, outputTokens: output, isEstimate: true)
  }

  private static func tokens(_ parts: [ContentPart]) -> Int {
    parts.reduce(0) { $0 + ($1.text.map(tokens) ?? imageTokens) }
  }

  private static func tokens(_ call: ToolCall) -> Int {
    tokens(call.name) + tokens(call.arguments.serializedString())
  }

  private static func tokens(_ text: String) -> Int {
    let ascii = text.utf8.reduce(0) { $0 + ($1 < 0x80 ? 1 : 0) }
    return (ascii + 3) / 4 + (text.utf8.count - ascii + 2) / 3
  }
}
