/// One thing in a conversation, in the order in which a model is shown it.
public enum Entry: Sendable, Hashable {
  /// What a person, or a caller that stands for one, said.
  case user(UserMessage)
  /// An answer of the model with its calls and their results.
  case round(Round)
  /// Stands for earlier entries that are not shown any more.
  case summary(Summary)
}

/// A shorter text in place of the beginning of a conversation.
public struct Summary: Sendable, Hashable {
  public let text: String

  public init(_ text: String) {
    self.text = text
  }
}

/// The entries of one run: what was said to the agent, all it did about it, and what was said to it meanwhile. It is
/// shown to a model whole or not at all.
public struct Exchange: Sendable, Hashable {
  /// Oldest first. A message that was said while the agent worked stands where the model read it.
  public var entries: [Entry]

  public init(_ entries: [Entry]) {
    self.entries = entries
  }

  /// Messages followed by rounds.
  public init(input: [UserMessage], rounds: [Round] = []) {
    self.init(input.map(Entry.user) + rounds.map(Entry.round))
  }

  /// The messages among the entries, whether they began it or came meanwhile.
  public var input: [UserMessage] {
    entries.compactMap { if case .user(let message) = $0 { message } else { nil } }
  }

  /// The rounds among the entries.
  public var rounds: [Round] {
    entries.compactMap { if case .round(let round) = $0 { round } else { nil } }
  }

  /// Whether it begins with what the agent was asked, or with a summary, and not with an answer whose question is
  /// missing.
  public var hasBeginning: Bool {
    if case .round? = entries.first { false } else { !entries.isEmpty }
  }
}
