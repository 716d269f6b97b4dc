import ClawCore
import ClawJSON

/// The demo model's rules for answering a conversation.
struct DemoConversation {
  enum Move: Equatable {
    case say(String)
    case call(tool: String, arguments: JSONValue)
    case count(to: Int, slowly: Bool)
  }

  /// The highest number it counts to.
  static let countLimit = 10_000

  private let request: ModelRequest
  /// The user's messages so far, oldest first; the last one is being answered.
  private let said: [String]

  init(_ request: ModelRequest) {
    self.request = request
    said = request.exchanges.flatMap { $0.input.map(\.text) }.map(\.trimmed)
  }

  func move() -> Move {
    if case .round(let round)? = request.exchanges.last?.entries.last, !round.calls.isEmpty {
      return .say(report(round.calls))
    }
    let text = said.last ?? ""
    let words = Self.words(text)
    if let count = Self.counting(words) { return count }
    if let answer = memory(words) ?? introduction(text, words) { return .say(answer) }
    if let expression = DemoArithmetic.expression(in: text) {
      return call("calculator", ["expression": .string(expression)], for: "work that out")
    }
    if Self.asksForTime(words) { return call("datetime", [:], for: "look at the clock") }
    return .say(smallTalk(text))
  }

  private func call(_ tool: String, _ arguments: JSONValue, for purpose: String) -> Move {
    guard request.tools.contains(where: { $0.name.hasSameBytes(as: tool) }) else {
      return .say("I'm the demo model, and without the tool \(tool) I can't \(purpose). This agent doesn't have it.")
    }
    return .call(tool: tool, arguments: arguments)
  }

  private func report(_ calls: [CompletedCall]) -> String {
    calls.map { completed in
      completed.result.isError
        ? "The tool \(completed.call.name) failed: \(completed.shownResult(withImages: false))"
        : "The tool \(completed.call.name) answered: \(completed.shownResult(withImages: false))"
    }.joined(separator: "\n")
  }

  /// Questions about earlier messages.
  private func memory(_ words: [String]) -> String? {
    let line = words.joined(separator: " ")
    let earlier = said.dropLast().filter { !$0.isEmpty }
    if line.contains("my name") && Self.isQuestion(words) {
      return name(in: earlier).map { "Your name is \($0); you told me." } ?? "You haven't told me your name yet."
    }
    if line.contains("did i say") || line.contains("i said") || line.contains("i asked") || line.contains("did i ask") {
      let isFirst = words.contains("first")
      guard let found = isFirst ? earlier.first : earlier.last else { return "You haven't said anything before this." }
      return isFirst ? "The first thing you said was: \(found)" : "Before this you said: \(found)"
    }
    if line.contains("how many messages") {
      return said.count == 1
        ? "This is your first message here." : "You have sent me \(said.count) messages, this one included."
    }
    return nil
  }

  /// The user states a name. The transcript contains it from now on, so nothing is stored.
  private func introduction(_ text: String, _ words: [String]) -> String? {
    guard !Self.isQuestion(words), let name = name(in: [text]) else { return nil }
    return "Pleased to meet you, \(name). I'm the built-in demo model; ask me later what your name is."
  }

  private func name(in texts: [String]) -> String? {
    for text in texts.reversed() {
      let words = text.split(whereSeparator: \.isWhitespace)
      let lower = words.map { $0.lowercased() }
      for index in lower.indices.dropLast(3)
      where lower[index] == "my" && lower[index + 1] == "name" && lower[index + 2] == "is" {
        let name = words[index + 3].filter { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "'" }
        if !name.isEmpty { return String(name) }
      }
    }
    return nil
  }

  private func smallTalk(_ text: String) -> String {
    if said.count <= 1 {
      let heard = text.isEmpty ? "" : " You said: \(text)"
      return "Hello! I'm the demo model that comes with SwiftClaw: I run offline and only know a few tricks. "
        + "Ask me for the time, for a sum like 2+3*4, to count to ten, or what you said first. "
        + "For real answers set a provider's key, such as SWIFTCLAW_ANTHROPIC_API_KEY or SWIFTCLAW_OPENAI_API_KEY, "
        + "and restart.\(heard)"
    }
    return text.isEmpty
      ? "That message had no text, and the demo model can only read." : "You said: \(text) (I'm only the demo model.)"
  }

  private static func asksForTime(_ words: [String]) -> Bool {
    let line = words.joined(separator: " ")
    return ["what time", "the time", "what date", "the date", "what day", "today's date", "current time"]
      .contains(where: line.contains)
  }

  /// "count to 10", "count slowly to 10", "please count slowly to 10".
  private static func counting(_ words: [String]) -> Move? {
    guard let start = words.firstIndex(of: "count"), let to = words[start...].firstIndex(of: "to"),
      to + 1 < words.count, let last = number(words[to + 1]), last >= 1
    else { return nil }
    return .count(to: min(last, countLimit), slowly: words[start...].contains("slowly"))
  }

  private static func number(_ word: String) -> Int? {
    let names = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    return Int(word) ?? names.firstIndex(of: word).map { $0 + 1 }
  }

  private static func isQuestion(_ words: [String]) -> Bool {
    ["what", "what's", "whats", "who", "do", "tell", "say", "remember"].contains { words.contains($0) }
  }

  /// In lower case, without surrounding punctuation.
  private static func words(_ text: String) -> [String] {
    text.lowercased().split(whereSeparator: \.isWhitespace).map { word in
      var rest = word
      while let last = rest.last, last.isPunctuation { rest = rest.dropLast() }
      while let first = rest.first, first.isPunctuation { rest = rest.dropFirst() }
      return String(rest)
    }
  }
}
