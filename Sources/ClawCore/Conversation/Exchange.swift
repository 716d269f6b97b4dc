/// An entry of a conversation, in the order in which a model sees it.
public enum Entry: Sendable, Hashable {
  /// A message of a user, or of a caller acting for one.
  case user(UserMessage)
  /// A model's answer with its calls and their results.
  case round(Round)
  /// Replaces earlier entries that are no longer sent.
  case summary(Summary)
}

/// A shorter text that replaces the beginning of a conversation.
public struct Summary: Sendable, Hashable {
  public let text: String

  public init(_ text: String) {
    self.text = text
  }
}

/// The entries of one run: the message it answers, the agent's rounds, and messages it received meanwhile. Always sent
/// to a model as a whole or not at all.
public struct Exchange: Sendable, Hashable {
  /// Oldest first. A message received during the run is placed where the model read it.
  public var entries: [Entry]

  public init(_ entries: [Entry]) {
    self.entries = entries
  }

  /// Messages followed by rounds.
  public init(input: [UserMessage], rounds: [Round] = []) {
    self.init(input.map(Entry.user) + rounds.map(Entry.round))
  }

  /// The user messages, including those received during the run.
  public var input: [UserMessage] {
    entries.compactMap { if case .user(let message) = $0 { message } else { nil } }
  }

  /// The rounds among the entries.
  public var rounds: [Round] {
    entries.compactMap { if case .round(let round) = $0 { round } else { nil } }
  }

  /// Whether it begins with a user message or a summary, and not with an answer whose question is missing.
  public var hasBeginning: Bool {
    if case .round? = entries.first { false } else { !entries.isEmpty }
  }
}
