import ClawCore
import ClawJSON

/// The order of an answer's blocks. The vendor wants them back in that order, but private parts, text and calls are
/// stored separately. An order other than the usual one (private parts, text, calls) is stored as a private part of its
/// own that is never sent.
enum AnthropicOrder {
  enum Item: Sendable, Hashable {
    /// The next private part.
    case part
    /// This many bytes of the text.
    case text(Int)
    /// The next call.
    case call
  }

  private static let type = "block_order"

  static func isOrder(_ payload: JSONValue) -> Bool { payload["type"]?.stringValue == type }

  /// Nil for the usual order.
  static func payload(of items: [Item]) -> JSONValue? {
    let ranks = items.map { item in
      switch item {
      case .part: 0
      case .text: 1
      case .call: 2
      }
    }
    guard ranks != ranks.sorted() else { return nil }
    let written = items.map { item -> JSONValue in
      switch item {
      case .part: "part"
      case .text(let count): .integer(Int64(count))
      case .call: "call"
      }
    }
    return ["type": .string(type), "order": .array(written)]
  }

  /// The stored order, if it is still consistent: the text may have been changed since.
  static func items(in payloads: [JSONValue], parts: Int, text: String, calls: Int) -> [Item]? {
    guard let written = payloads.first(where: isOrder)?["order"]?.arrayValue else { return nil }
    let items = written.compactMap { value -> Item? in
      if let count = value.intValue { return .text(count) }
      return switch value.stringValue {
      case "part": .part
      case "call": .call
      default: nil
      }
    }
    var bytes = 0
    for case .text(let count) in items {
      guard count > 0, bytes <= text.utf8.count else { return nil }
      bytes += count
    }
    let isFitting =
      items.count == written.count && bytes == text.utf8.count && items.count { $0 == .part } == parts
      && items.count { $0 == .call } == calls
    return isFitting ? items : nil
  }
}
