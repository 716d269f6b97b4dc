/// A regular expression with linear-time search: there is no backtracking, so neither a pattern nor a text from outside
/// can make a search explode.
///
/// The dialect is the regular subset of ECMA-262: literals, `.`, classes with ranges and `\d \D \w \W \s \S`, `\p{L}`
/// and the other general categories of ``ScalarSet/Category``, `^ $ \b \B`, groups (capturing or not), `|`, and the
/// quantifiers `* + ? {n} {n,} {n,m}`, greedy or lazy. Look-around and back references have no linear search and are
/// ``Problem/unsupported(_:)``. A position is a Unicode scalar, `\d \w \b` are ASCII, `^` and `$` are the ends of the
/// text.
public struct TextPattern: Sendable {
  /// Why a pattern is rejected.
  public enum Problem: Error, Sendable, Hashable, CustomStringConvertible {
    case syntax(String)
    /// A valid pattern in other engines, without a linear search.
    case unsupported(String)
    /// It is longer than ``TextPattern/maxLength``, or compiles to more than ``TextPattern/maxSize``.
    case tooLarge

    public var description: String {
      switch self {
      case .syntax(let what): what
      case .unsupported(let what): "\(what) is not supported"
      case .tooLarge: "the pattern is too large"
      }
    }
  }

  /// Limit of a pattern, in Unicode scalars.
  public static let maxLength = 2_000
  /// Limit of a compiled pattern, in instructions; counted repetitions are expanded.
  public static let maxSize = 4_000

  private let program: PatternProgram

  /// - Parameter ignoresCase: Whether A–Z and a–z are the same.
  public init(_ text: String, ignoresCase: Bool = false) throws(Problem) {
    let scalars = Array(text.unicodeScalars.prefix(Self.maxLength + 1))
    guard scalars.count <= Self.maxLength else { throw .tooLarge }
    var parser = PatternParser(scalars)
    program = try PatternProgram(try parser.parse(), ignoresCase: ignoresCase)
  }

  /// Whether the pattern matches anywhere in a text.
  /// - Parameter steps: The remaining budget, in visits of an instruction; the search reduces it.
  /// - Returns: Nil if the budget ran out first.
  public func isFound(in text: some StringProtocol, steps: inout Int) -> Bool? {
    program.isFound(in: text.unicodeScalars, steps: &steps)
  }
}
