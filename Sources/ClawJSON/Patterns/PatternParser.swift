/// Parses the text of a pattern.
struct PatternParser {
  typealias Problem = TextPattern.Problem

  /// Limit of nested groups: the parser is recursive.
  private static let maxDepth = 40
  /// Largest count in `{n,m}`.
  private static let maxCount = 1_000

  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var depth = 0

  init(_ scalars: [Unicode.Scalar]) { self.scalars = scalars }

  mutating func parse() throws(Problem) -> PatternPiece {
    let piece = try choice()
    guard position == scalars.count else { throw .syntax("there is a ) without its (") }
    return piece
  }

  private var next: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

  private mutating func take() -> Unicode.Scalar? {
    defer { position += 1 }
    return next
  }

  private mutating func take(_ text: String) -> Bool {
    let expected = Array(text.unicodeScalars)
    guard scalars[min(position, scalars.count)...].starts(with: expected) else { return false }
    position += expected.count
    return true
  }

  private mutating func choice() throws(Problem) -> PatternPiece {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.maxDepth else { throw .tooLarge }
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws(Problem) -> PatternPiece {
    var pieces: [PatternPiece] = []
    while let scalar = next, scalar != "|", scalar != ")" { pieces.append(try quantified()) }
    return .sequence(pieces)
  }

  private mutating func quantified() throws(Problem) -> PatternPiece {
    let piece = try atom()
    guard let (least, most) = try quantifier() else { return piece }
    if case .assertion = piece { throw .syntax("there is nothing to repeat before a quantifier") }
    // Greedy and lazy quantifiers match the same texts.
    _ = take("?")
    return .repeated(piece, least: least, most: most)
  }

  private mutating func quantifier() throws(Problem) -> (Int, Int?)? {
    if take("*") { return (0, nil) }
    if take("+") { return (1, nil) }
    if take("?") { return (0, 1) }
    let start = position
    guard take("{") else { return nil }
    // A brace that begins no count is a literal.
    guard let least = number() else {
      position = start
      return nil
    }
    var most: Int? = least
    if take(",") { most = number() }
    guard take("}") else {
      position = start
      return nil
    }
    guard least <= Self.maxCount, most ?? 0 <= Self.maxCount else { throw .tooLarge }
    if let most, most < least { throw .syntax("the numbers in {\(least),\(most)} are in the wrong order") }
    return (least, most)
  }

  private mutating func number() -> Int? {
    var value: Int?
    while let scalar = next, ("0"..."9").contains(scalar) {
      value = min((value ?? 0) * 10 + Int(scalar.value) - 0x30, 1_000_000)
      position += 1
    }
    return value
  }

  private mutating func atom() throws(Problem) -> PatternPiece {
    let start = position
    guard let scalar = take() else { throw .syntax("the pattern ends too early") }
    switch scalar {
    case ".": return .scalar(.dot)
    case "^": return .assertion(.start)
    case "$": return .assertion(.end)
    case "[": return .scalar(try characterClass())
    case "(": return try group()
    case "\\": return try escaped()
    case "*", "+", "?": throw .syntax("there is nothing to repeat before \(scalar)")
    case "{":
      position = start
      if try quantifier() != nil { throw .syntax("there is nothing to repeat before {") }
      position = start + 1
      return .scalar(ScalarSet(scalar))
    default: return .scalar(ScalarSet(scalar))
    }
  }

  private mutating func group() throws(Problem) -> PatternPiece {
    if take("?") {
      if take("=") || take("!") || take("<=") || take("<!") { throw .unsupported("look-around, (?= (?! (?<= (?<!,") }
      if take("<") || take("P<") {
        while let scalar = take(), scalar != ">" {}
      } else if !take(":") {
        throw .unsupported("a group that begins with (?\(next.map(String.init) ?? "")")
      }
    }
    let inner = try choice()
    guard take(")") else { throw .syntax("a ( has no )") }
    return inner
  }

  private mutating func escaped() throws(Problem) -> PatternPiece {
    if take("b") { return .assertion(.wordBoundary) }
    if take("B") { return .assertion(.noWordBoundary) }
    if let digit = next, ("1"..."9").contains(digit) || digit == "k" {
      throw .unsupported("a back reference, \\\(digit),")
    }
    return .scalar(try escape())
  }

  /// An escape for a set or one scalar, inside or outside of a class.
  private mutating func escape() throws(Problem) -> ScalarSet {
    guard let scalar = take() else { throw .syntax("the pattern ends in a \\") }
    switch scalar {
    case "d": return .digits
    case "D": return !.digits
    case "w": return .word
    case "W": return !.word
    case "s": return .space
    case "S": return !.space
    case "p", "P": return try category(negated: scalar == "P")
    case "n": return ScalarSet("\n")
    case "r": return ScalarSet("\r")
    case "t": return ScalarSet("\t")
    case "f": return ScalarSet("\u{0C}")
    case "v": return ScalarSet("\u{0B}")
    case "0": return ScalarSet("\0")
    case "x": return try hexadecimal(2)
    case "u":
      guard take("{") else { return try hexadecimal(4) }
      let start = position
      while let scalar = next, scalar != "}" { position += 1 }
      let digits = scalars[start..<position]
      guard take("}") else { throw .syntax("a \\u{ has no }") }
      return try Self.scalar(digits)
    case "A"..."Z", "a"..."z", "1"..."9": throw .unsupported("\\\(scalar)")
    default: return ScalarSet(scalar)
    }
  }

  private mutating func category(negated: Bool) throws(Problem) -> ScalarSet {
    guard take("{") else { throw .syntax("a \\p has no {") }
    var name = ""
    while let scalar = take(), scalar != "}" { name.unicodeScalars.append(scalar) }
    guard let category = ScalarSet.Category(name: name) else { throw .unsupported("\\p{\(name.prefix(40))}") }
    return ScalarSet(category, negated: negated)
  }

  private mutating func hexadecimal(_ count: Int) throws(Problem) -> ScalarSet {
    let end = min(position + count, scalars.count)
    defer { position = end }
    guard end - position == count else { throw .syntax("an escape lacks digits") }
    return try Self.scalar(scalars[position..<end])
  }

  private static func scalar(_ digits: ArraySlice<Unicode.Scalar>) throws(Problem) -> ScalarSet {
    let text = String(String.UnicodeScalarView(digits))
    guard let value = UInt32(text, radix: 16) else { throw .syntax("\(text.prefix(20)) is no hexadecimal number") }
    guard let scalar = Unicode.Scalar(value) else { throw .unsupported("half a surrogate pair") }
    return ScalarSet(scalar)
  }

  private mutating func characterClass() throws(Problem) -> ScalarSet {
    var set = ScalarSet(negated: take("^"))
    while true {
      guard let scalar = take() else { throw .syntax("a [ has no ]") }
      if scalar == "]" { return set }
      let first = try classMember(scalar)
      guard let low = Self.single(first), next == "-", position + 1 < scalars.count, scalars[position + 1] != "]"
      else {
        set.add(first)
        continue
      }
      position += 1
      guard let end = take() else { throw .syntax("a [ has no ]") }
      let last = try classMember(end)
      guard let high = Self.single(last) else {
        // `[a-\d]` means an a, a hyphen and the digits.
        for part in [first, ScalarSet("-"), last] { set.add(part) }
        continue
      }
      guard low <= high else { throw .syntax("a range in [ ] is in the wrong order") }
      set.add(low...high)
    }
  }

  private mutating func classMember(_ scalar: Unicode.Scalar) throws(Problem) -> ScalarSet {
    guard scalar == "\\" else { return ScalarSet(scalar) }
    return take("b") ? ScalarSet("\u{08}") : try escape()
  }

  /// The scalar of a set with only one element.
  private static func single(_ set: ScalarSet) -> UInt32? {
    guard !set.isNegated, set.ranges.count == 1, set.ranges[0].count == 1 else { return nil }
    return set.ranges[0].lowerBound
  }
}
