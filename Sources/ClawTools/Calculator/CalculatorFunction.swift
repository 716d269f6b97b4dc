/// The functions available in expressions.
enum CalculatorFunction: String, CaseIterable {
  case sqrt, abs, round, floor, ceil, min, max, ln, log, log2, exp, sin, cos, tan

  /// Their names, for messages.
  static let list = allCases.map(\.rawValue).joined(separator: ", ")

  func callAsFunction(_ arguments: [CalculatorNumber]) throws(CalculatorError.Reason) -> CalculatorNumber {
    guard let first = arguments.first else { throw .argumentCount(function: rawValue, takes: takes) }
    switch self {
    case .min: return arguments.dropFirst().reduce(first) { $1 < $0 ? $1 : $0 }
    case .max: return arguments.dropFirst().reduce(first) { $0 < $1 ? $1 : $0 }
    default: break
    }
    guard arguments.count == 1 else { throw .argumentCount(function: rawValue, takes: takes) }
    switch self {
    case .sqrt: return try first.squareRoot()
    case .abs: return first.double < 0 ? -first : first
    case .round: return first.rounded(.toNearestOrAwayFromZero)
    case .floor: return first.rounded(.down)
    case .ceil: return first.rounded(.up)
    default: return try CalculatorNumber(finite: calculate(first.double))
    }
  }

  private var takes: String {
    switch self {
    case .min, .max: "one argument or more"
    default: "one argument"
    }
  }

  private func calculate(_ value: Double) throws(CalculatorError.Reason) -> Double {
    switch self {
    case .ln, .log, .log2:
      guard value > 0 else { throw .domain("only numbers above zero have a logarithm") }
      if self == .ln { return RealFunctions.ln(value) }
      return self == .log ? RealFunctions.decimalLogarithm(value) : RealFunctions.binaryLogarithm(value)
    case .exp:
      let result = RealFunctions.exponential(value)
      if result == 0 { throw .underflow }
      return result
    case .sin: return RealFunctions.sine(value)
    case .cos: return RealFunctions.cosine(value)
    case .tan: return RealFunctions.tangent(value)
    case .sqrt, .abs, .round, .floor, .ceil, .min, .max: return .nan  // exact, evaluated without this function
    }
  }
}
