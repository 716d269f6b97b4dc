import ClawJSON

extension ModelFailure {
  /// The same failure, with the optional request fields that it rejects.
  func refusing(fieldsOf body: JSONValue) -> ModelFailure {
    guard kind == .requestRefused, status == 400 || status == 422, let evidence else { return self }
    var failure = self
    failure.refusedFields = RefusedFields.named(by: evidence, in: UTF8Set(body.objectValue?.map(\.key) ?? []))
    return failure
  }
}

/// Finds the optional fields that an error rejects.
enum RefusedFields {
  /// An out-of-range value is the caller's mistake, and no reason to omit the field from then on.
  private static let valueComplaints = [
    "must be", "greater than", "less than", "too large", "too small", "exceed", "out of range", "at most", "at least",
    "between", "maximum", "minimum",
  ]
  private static let refusals = [
    "unsupported", "not support", "n't support", "unknown", "unrecognized", "unrecognised", "unexpected", "extra",
    "not permitted", "not allowed", "not accepted", "deprecated", "no longer", "not both", "cannot both",
    "invalid field",
    "no such field", "not a valid field", "not available", "not applicable", "not defined", "not recognized",
  ]
  /// Ordinary words that may occur in other sentences; they count only in quotes, or after one of these words.
  private static let everydayWords: UTF8Set = ["user", "stop", "metadata", "reasoning", "thinking", "seed"]
  private static let leadingWords = ["parameter", "argument", "field", "property", "option", "body.", "key"]

  static func named(by evidence: ErrorEvidence, in sent: UTF8Set) -> Set<OptionalField> {
    let message = evidence.message.lowercased()
    let isRefusal = refusals.contains(where: message.contains)
    guard isRefusal || !valueComplaints.contains(where: message.contains) else { return [] }
    return Set(
      OptionalField.allCases.filter { field in
        field.names.contains { name in
          guard sent.contains(name) else { return false }
          return evidence.fields.contains { isNamed(name, byPath: $0) } || occurs(name, in: message)
        }
      })
  }

  /// `thinking.budget_tokens` and `stop[0]` refer to `thinking` and `stop`.
  private static func isNamed(_ name: String, byPath path: String) -> Bool {
    var path = path.utf8[...]
    if path.starts(with: "body.".utf8) { path = path.dropFirst("body.".utf8.count) }
    guard path.starts(with: name.utf8) else { return false }
    let next = path.dropFirst(name.utf8.count).first
    return next == nil || next == UInt8(ascii: ".") || next == UInt8(ascii: "[")
  }

  private static func occurs(_ name: String, in message: String) -> Bool {
    let text = Array(message.utf8)
    let word = Array(name.utf8)
    var rest = text[...]
    while let end = rest.end(ofFirst: word) {
      let start = end - word.count
      if !isWordByte(start > 0 ? text[start - 1] : nil), !isWordByte(end < text.count ? text[end] : nil) {
        let isQuoted = start > 0 && [0x22, 0x27, 0x60].contains(text[start - 1])
        if isQuoted || !everydayWords.contains(name) || isLed(text[..<start]) { return true }
      }
      rest = text[end...]
    }
    return false
  }

  private static func isLed(_ before: ArraySlice<UInt8>) -> Bool {
    let trimmed = before.reversed().drop { $0 == 0x20 || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: "(") }
    return leadingWords.contains { word in
      let start = trimmed.prefix(word.utf8.count + 1)
      return start.starts(with: word.utf8.reversed()) || start.dropFirst().starts(with: word.utf8.reversed())
    }
  }

  private static func isWordByte(_ byte: UInt8?) -> Bool {
    guard let byte else { return false }
    return byte == UInt8(ascii: "_") || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
  }
}
