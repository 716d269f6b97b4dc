import ClawJSON

/// Evaluates expressions by recursive descent, without a syntax tree:
///
///     expression = term { ("+" | "-") term }
///     term       = signed { ("*" | "/" | "%") signed }
///     signed     = { "-" | "+" } power
///     power      = primary [ "^" signed ]
///     primary    = number | constant | function "(" expression { "," expression } ")" | "(" expression ")"
///
/// So a power binds more tightly than the sign before it (-2^2 is -4) and is right-associative (2^3^2 is 2^9).
struct Calculator {
  /// The longest expression, in Unicode scalars.
  static let maxLength = 1_000
  /// Maximum nesting of parentheses, signs and powers.
  static let maxDepth = 100

  private var scanner: CalculatorScanner
  private var token: CalculatorScanner.Token
  private var depth = 0

  static func evaluate(_ expression: String) throws(CalculatorError) -> CalculatorNumber {
    let scalars = Array(expression.unicodeScalars.prefix(maxLength + 1))
    guard scalars.count <= maxLength else { throw CalculatorError(reason: .tooLong, position: maxLength + 1) }
    var calculator = try Calculator(scalars)
    return try calculator.evaluate()
  }

  private init(_ scalars: [Unicode.Scalar]) throws(CalculatorError) {
    scanner = CalculatorScanner(scalars)
    token = try scanner.next()
  }

  private mutating func evaluate() throws(CalculatorError) -> CalculatorNumber {
    if case .end = token.kind { throw failure(.empty) }
    let value = try expression()
    switch token.kind {
    case .end: return value
    case .symbol(","): throw failure(.strayComma)
    default: throw failure(.expectedOperator(found: token.description))
    }
  }

  private func failure(_ reason: CalculatorError.Reason) -> CalculatorError {
    CalculatorError(reason: reason, position: token.position)
  }

  private mutating func advance() throws(CalculatorError) { token = try scanner.next() }

  private func isAt(_ symbol: Unicode.Scalar) -> Bool { token.kind == .symbol(symbol) }

  /// Runs a calculation; its errors get the position.
  private func at(
    _ position: Int, _ calculate: () throws(CalculatorError.Reason) -> CalculatorNumber
  ) throws(CalculatorError) -> CalculatorNumber {
    do {
      return try calculate()
    } catch {
      throw CalculatorError(reason: error, position: position)
    }
  }

  private mutating func expression() throws(CalculatorError) -> CalculatorNumber {
    var value = try term()
    while true {
      let (left, place) = (value, token.position)
      if isAt("+") {
        try advance()
        let right = try term()
        value = try at(place) { () throws(CalculatorError.Reason) in try left + right }
      } else if isAt("-") {
        try advance()
        let right = try term()
        value = try at(place) { () throws(CalculatorError.Reason) in try left - right }
      } else {
        return value
      }
    }
  }

  private mutating func term() throws(CalculatorError) -> CalculatorNumber {
    var value = try signed()
    while true {
      let (left, place) = (value, token.position)
      guard case .symbol(let symbol) = token.kind, symbol == "*" || symbol == "/" || symbol == "%" else {
        return value
      }
      try advance()
      let right = try signed()
      value = try at(place) { () throws(CalculatorError.Reason) in
        switch symbol {
        case "*": try left * right
        case "/": try left / right
        default: try left % right
        }
      }
    }
  }

  private mutating func signed() throws(CalculatorError) -> CalculatorNumber {
    guard depth < Self.maxDepth else { throw failure(.tooDeep) }
    depth += 1
    defer { depth -= 1 }
    if isAt("-") {
      try advance()
      return -(try signed())
    }
    if isAt("+") {
      try advance()
      return try signed()
    }
    let base = try primary()
    guard isAt("^") else { return base }
    let place = token.position
    try advance()
    let exponent = try signed()
    return try at(place) { () throws(CalculatorError.Reason) in try base.power(exponent) }
  }

  private mutating func primary() throws(CalculatorError) -> CalculatorNumber {
    switch token.kind {
    case .number(let value):
      try advance()
      return value
    case .name(let name):
      return try named(name)
    case .symbol("("):
      try advance()
      let value = try expression()
      try close()
      return value
    default:
      throw failure(.expectedValue(found: token.description))
    }
  }

  private mutating func close() throws(CalculatorError) {
    if isAt(",") { throw failure(.strayComma) }
    guard isAt(")") else { throw failure(.expectedClosing(found: token.description)) }
    try advance()
  }

  private mutating func named(_ name: String) throws(CalculatorError) -> CalculatorNumber {
    let place = token.position
    if let constant = Self.constants[name] {
      try advance()
      return .approximate(constant)
    }
    guard let function = CalculatorFunction(rawValue: name) else { throw failure(.unknownName(name)) }
    try advance()
    guard isAt("(") else { throw failure(.expectedArguments(function: name)) }
    try advance()
    var arguments: [CalculatorNumber] = []
    if !isAt(")") {
      arguments.append(try expression())
      while isAt(",") {
        try advance()
        arguments.append(try expression())
      }
    }
    try close()
    return try at(place) { () throws(CalculatorError.Reason) in try function(arguments) }
  }

  private static let constants: UTF8Dictionary<Double> = ["pi": .pi, "π": .pi, "e": 2.718281828459045]
}
