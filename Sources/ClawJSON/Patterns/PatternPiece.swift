/// A node of the pattern's syntax tree.
indirect enum PatternPiece: Sendable {
  case scalar(ScalarSet)
  case sequence([PatternPiece])
  case choice([PatternPiece])
  /// From `least` to `most` times; nil for any number.
  case repeated(PatternPiece, least: Int, most: Int?)
  case assertion(Assertion)

  /// A condition between two scalars.
  enum Assertion: Sendable {
    case start, end, wordBoundary, noWordBoundary

    func holds(between before: Unicode.Scalar?, and after: Unicode.Scalar?) -> Bool {
      switch self {
      case .start: before == nil
      case .end: after == nil
      case .wordBoundary: Self.isWord(before) != Self.isWord(after)
      case .noWordBoundary: Self.isWord(before) == Self.isWord(after)
      }
    }

    private static func isWord(_ scalar: Unicode.Scalar?) -> Bool {
      scalar.map { ScalarSet.word.contains($0, ignoringCase: false) } ?? false
    }
  }
}
