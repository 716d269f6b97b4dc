/// A regular expression that is searched for in time proportional to the text: there is no backtracking, so no pattern
/// and no text from outside can make a search explode.
///
/// The dialect is the regular part of ECMA-262: literals, `.`, classes with ranges and `\d \D \w \W \s \S`, `\p{L}` and
/// the other general categories of ``ScalarSet/Category``, `^ $ \b \B`, groups (captured or not), `|`, and the
/// quantifiers `* + ? {n} {n,} {n,m}`, greedy or not. Look-around and back references have no linear search and are
/// ``Problem/unsupported(_:)``. A position is a Unicode scalar, `\d \w \b` are ASCII, `^` and `$` are the ends of the
/// text.
public struct TextPattern: Sendable {
  /// Why a pattern is not taken.
  public enum Problem: Error, Sendable, Hashable, CustomStringConvertible {
    case syntax(String)
    /// It may be a pattern elsewhere, but there is no linear search for it.
    case unsupported(String)
    /// It is longer than ``TextPattern/maxLength``, or becomes larger than ``TextPattern/maxSize``.
    case tooLarge

    public var description: String {
      switch self {
      case .syntax(let what): what
      case .unsupported(let what): "\(what) is not supported"
      case .tooLarge: "the pattern is too large"
      }
    }
  }

  /// Longest pattern, in Unicode scalars.
  public static let maxLength = 2_000
  /// Most instructions that a pattern may become; counted repetitions are written out.
  public static let maxSize = 4_000

  private let program: PatternProgram

  /// - Parameter ignoresCase: Whether A–Z and a–z are the same.
  public init(_ text: String, ignoresCase: Bool = false) throws(Problem) {
    let scalars = Array(text.unicodeScalars.prefix(Self.maxLength + 1))
    guard scalars.count <= Self.maxLength else { throw .tooLarge }
    var parser = PatternParser(scalars)
    program = try PatternProgram(try parser.parse(), ignoresCase: ignoresCase)
  }

  /// Whether the pattern stands anywhere in a text.
  /// - Parameter steps: How much work may be done, in visits of an instruction; what was done is taken from it.
  /// - Returns: nil if the work ended before the answer was known.
  public func isFound(in text: some StringProtocol, steps: inout Int) -> Bool? {
    program.isFound(in: text.unicodeScalars, steps: &steps)
  }
}
