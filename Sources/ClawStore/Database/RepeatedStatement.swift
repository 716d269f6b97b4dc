import ClawJSON

/// An insert statement for one or several rows.
public struct RepeatedStatement: Sendable {
  /// Rows per statement. Only a few sizes, since each is prepared separately on each connection.
  private static let sizes = [16, 8, 4, 2, 1]
  /// In the order of ``sizes``.
  private let texts: [String]

  /// - Parameters:
  ///   - text: The insert of one row, whose parameters are those in the parentheses after `VALUES`.
  ///   - shared: How many of the parameters, from the first one on, are the same in all rows.
  init(_ text: String, shared: Int) {
    let opening = "VALUES ("
    let (head, rest) = text.split(at: opening)
    let (row, end) = rest.splitAtClosingBracket()
    let pieces = row.split(at: "$", omittingEmpty: false)
    let first = String(pieces[0])
    // Each parameter with the text that follows it.
    let places = pieces.dropFirst().map { piece -> (number: Int, text: Substring) in
      let digits = piece.prefix(while: \.isWholeNumber)
      return (Int(digits) ?? 0, piece.dropFirst(digits.count))
    }
    // A parameter may appear more than once.
    let own = (places.map(\.number).max() ?? shared) - shared
    texts = Self.sizes.map { size in
      let rows = (0..<size).map { place in
        places.reduce(into: first) { text, parameter in
          let number = parameter.number <= shared ? parameter.number : parameter.number + place * own
          text += "$\(number)\(parameter.text)"
        }
      }
      return head + opening + rows.joined(separator: "), (") + ")" + end
    }
  }

  /// The single-row text, which identifies the statement.
  var id: String { texts[texts.count - 1] }

  /// Splits rows into insert statements, each with its parameters.
  func statements(_ shared: [SQLValue], _ rows: [[SQLValue]]) -> [(text: String, parameters: [SQLValue])] {
    if rows.count == 1 { return [(id, shared + rows[0])] }
    var statements: [(text: String, parameters: [SQLValue])] = []
    var next = 0
    for (size, text) in zip(Self.sizes, texts) {
      while rows.count - next >= size {
        var parameters = shared
        for row in rows[next..<next + size] { parameters += row }
        statements.append((text, parameters))
        next += size
      }
    }
    return statements
  }
}

extension String {
  /// The text before and after the first occurrence of `separator`.
  fileprivate func split(at separator: String) -> (String, String) {
    guard let place = firstRange(ofBytes: separator) else { return (self, "") }
    return (String(self[..<place.lowerBound]), String(self[place.upperBound...]))
  }

  /// The text before and after the parenthesis that closes one opened before the text.
  fileprivate func splitAtClosingBracket() -> (String, String) {
    var depth = 1
    for place in indices {
      if self[place] == "(" { depth += 1 }
      if self[place] == ")" { depth -= 1 }
      if depth == 0 { return (String(self[..<place]), String(self[index(after: place)...])) }
    }
    return (self, "")
  }
}
