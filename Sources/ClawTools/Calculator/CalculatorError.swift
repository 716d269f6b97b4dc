/// Why an expression has no value, and where.
struct CalculatorError: Error, Equatable, CustomStringConvertible {
  enum Reason: Error, Equatable {
    case tooLong
    case tooDeep
    case empty
    case expectedValue(found: String)
    case expectedOperator(found: String)
    case expectedClosing(found: String)
    case strayComma
    case malformedNumber
    case unknownCharacter(String)
    case unknownName(String)
    case expectedArguments(function: String)
    case argumentCount(function: String, takes: String)
    case divisionByZero
    case domain(String)
    case overflow
    case underflow
  }

  let reason: Reason
  /// From 1, in Unicode scalars.
  let position: Int

  var description: String { "\(message) (at position \(position))" }

  private var message: String {
    switch reason {
    case .tooLong: "the expression is longer than \(Calculator.maxLength) characters"
    case .tooDeep: "the expression is nested deeper than \(Calculator.maxDepth) levels"
    case .empty: "the expression is empty"
    case .expectedValue(let found): "expected a number, a name or '(', found \(found)"
    case .expectedOperator(let found): "expected an operator such as '*', found \(found)"
    case .expectedClosing(let found): "expected ')', found \(found)"
    case .strayComma: "',' only stands between the arguments of a function; write numbers without it"
    case .malformedNumber: "the number is malformed"
    case .unknownCharacter(let text): "\(text) has no meaning here"
    case .unknownName(let name): "\"\(name)\" is unknown; there is \(CalculatorFunction.list), pi, e"
    case .expectedArguments(let function): "expected '(' after \(function)"
    case .argumentCount(let function, let takes): "\(function) takes \(takes)"
    case .divisionByZero: "division by zero"
    case .domain(let text): text
    case .overflow: "the result is too large"
    case .underflow: "the result is too close to zero"
    }
  }
}
