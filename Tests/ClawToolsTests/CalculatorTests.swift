import Testing

@testable import ClawTools

@Suite("The calculator")
struct CalculatorTests {
  @Test(
    "has the right value",
    arguments: [
      ("1", "1"), ("1+2*3", "7"), ("(1+2)*3", "9"), ("0.1+0.2", "0.3"), ("1/3", "0.33333333333333333333"),
      ("2/3", "0.66666666666666666667"), ("1/3*3", "1"), ("10/4", "2.5"), ("-7/2", "-3.5"), ("1e3", "1000"),
      ("1.5e-3", "0.0015"), (".5", "0.5"), ("5.", "5"), ("007", "7"),
      ("1/8", "0.125"), ("-1/3", "-0.33333333333333333333"),
      ("7%3", "1"), ("-7%3", "-1"), ("7%-3", "1"), ("5.5%2", "1.5"), ("0.3%0.1", "0"),
      ("2^10", "1024"), ("2^3^2", "512"), ("-2^2", "-4"), ("(-2)^2", "4"), ("2^-1", "0.5"), ("0^0", "1"),
      ("2**3", "8"), ("2^0.5", "1.4142135623730951"), ("2^100", "1267650600228229401496703205376"),
      ("2^126", "85070591730234615865843651857942052864"), ("4^0.5", "2"), ("1.1^2", "1.21"), ("(-8)^3", "-512"),
      ("2^200", "1.6069380442589903e+60"), ("1e100", "1e+100"), ("1e-100", "1e-100"), ("--5", "5"), ("-+-5", "5"),
      ("3 - -3", "6"), ("1 - 2 - 3", "-4"), ("100 / 10 / 5", "2"), ("2 × 3 ÷ 4 − 1", "0.5"),
      ("sqrt(16)", "4"), ("sqrt(2.25)", "1.5"),
      ("sqrt(2)", "1.4142135623730951"), ("sqrt(1/9)", "0.33333333333333333333"),
      ("abs(-5)", "5"), ("abs(-pi)", "3.141592653589793"), ("round(2.5)", "3"), ("round(-2.5)", "-3"),
      ("round(2.4999)", "2"), ("floor(-1.5)", "-2"), ("ceil(-1.5)", "-1"), ("ceil(1.2)", "2"), ("round(pi)", "3"),
      ("min(3, 1, 2)", "1"), ("max(1/3, 0.3)", "0.33333333333333333333"),
      ("max(1)", "1"), ("max(pi, 3)", "3.141592653589793"),
      ("ln(e)", "1"), ("log(1000)", "3"), ("log2(8)", "3"), ("exp(0)", "1"), ("sin(0)", "0"), ("cos(0)", "1"),
      ("tan(0)", "0"), ("SIN(0)", "0"), ("pi", "3.141592653589793"),
      ("2*π", "6.283185307179586"), ("e", "2.718281828459045"),
      ("2e", "the number is malformed (at position 1)"),
      ("-0", "0"), ("-0*pi", "0"), ("0.5", "0.5"), ("-0.5", "-0.5"),
      ("123456789*987654321", "121932631112635269"), ("19.99*3", "59.97"), ("1000000*1.05^3", "1157625"),
      ("0.1^10", "1e-10"), ("0.1^9", "0.000000001"),
      ("99999999999999999999999999999999999999/7", "14285714285714285714285714285714285714.1429"),
      ("1/7", "0.14285714285714285714"), ("2/3e-3", "666.66666666666666667"),
      ("999999999999999999999/7", "142857142857142857142.7143"),
      ("1-1/3-2/3", "0"), ("9.9999999999999999999999/1", "9.9999999999999999999999"),
      ("170141183460469231731687303715884105727+1", "1.7014118346046923e+38"), ("0e99999999999999999999999", "0"),
    ])
  func values(expression: String, expected: String) {
    let result = Result { () throws(CalculatorError) in try Calculator.evaluate(expression).description }
    switch result {
    case .success(let text): #expect(text == expected)
    case .failure(let error): #expect(error.description == expected)
    }
  }

  @Test(
    "says what is wrong, and where",
    arguments: [
      ("", .empty, 1), ("   ", .empty, 4), ("1+", .expectedValue(found: "the end of the expression"), 3),
      ("*2", .expectedValue(found: "'*'"), 1), ("1 2", .expectedOperator(found: "a number"), 3),
      ("2pi", .expectedOperator(found: "\"pi\""), 2), ("2(3)", .expectedOperator(found: "'('"), 2),
      ("(1", .expectedClosing(found: "the end of the expression"), 3), ("1)", .expectedOperator(found: "')'"), 2),
      ("()", .expectedValue(found: "')'"), 2), ("5%", .expectedValue(found: "the end of the expression"), 3),
      ("1,000", .strayComma, 2), ("(1,2)", .strayComma, 3), ("1..2", .expectedOperator(found: "a number"), 3),
      (".", .malformedNumber, 1), ("1e+", .malformedNumber, 1), ("1 $ 2", .unknownCharacter("'$'"), 3),
      ("1\u{1F600}", .unknownCharacter("the character U+1F600"), 2), ("foo(1)", .unknownName("foo"), 1),
      ("sin 1", .expectedArguments(function: "sin"), 5),
      ("sin()", .argumentCount(function: "sin", takes: "one argument"), 1),
      ("1+sqrt(1,2)", .argumentCount(function: "sqrt", takes: "one argument"), 3),
      ("min()", .argumentCount(function: "min", takes: "one argument or more"), 1),
      ("1/0", .divisionByZero, 2), ("1 + 5 % (2-2)", .divisionByZero, 7), ("0^-1", .divisionByZero, 2),
      ("1/(0.1+0.2-0.3)", .divisionByZero, 2),
      ("sqrt(-1)", .domain("a negative number has no real square root"), 1),
      ("ln(0)", .domain("only numbers above zero have a logarithm"), 1),
      ("log2(-1)", .domain("only numbers above zero have a logarithm"), 1),
      ("(-8)^(1/3)", .domain("a negative number has no real power with a fraction"), 5),
      ("1e999", .overflow, 1), ("10^400", .overflow, 3), ("exp(1000)", .overflow, 1), ("9^9^9", .overflow, 2),
      ("1e300*1e300", .overflow, 6), ("1e-999", .underflow, 1), ("1e-300*1e-300", .underflow, 7),
      ("exp(-1000)", .underflow, 1), ("0.5^9999", .underflow, 4),
    ] as [(String, CalculatorError.Reason, Int)])
  func errors(expression: String, reason: CalculatorError.Reason, position: Int) {
    let error = #expect(throws: CalculatorError.self) { try Calculator.evaluate(expression) }
    #expect(error == CalculatorError(reason: reason, position: position))
    #expect(error?.description.hasSuffix("(at position \(position))") == true)
  }

  @Test("length and depth are bounded")
  func bounds() throws {
    func reason(_ expression: String) -> CalculatorError.Reason? {
      #expect(throws: CalculatorError.self) { try Calculator.evaluate(expression) }?.reason
    }
    #expect(reason(String(repeating: "1", count: 1_001)) == .tooLong)
    #expect(reason(String(repeating: "1", count: 1_000)) == .overflow)
    #expect(reason(String(repeating: "(", count: 900)) == .tooDeep)
    #expect(reason(String(repeating: "-", count: 900) + "1") == .tooDeep)
    #expect(reason("1" + String(repeating: "^1", count: 300)) == .tooDeep)
    #expect(reason(String(repeating: "abs(", count: 200)) == .tooDeep)
    let nested = String(repeating: "(", count: 99) + "1" + String(repeating: ")", count: 99)
    #expect(try Calculator.evaluate(nested).description == "1")
    #expect(try Calculator.evaluate("1" + String(repeating: "+1", count: 499)).description == "500")
  }

  @Test("random sequences of its own words never make it trap")
  func randomWords() {
    let words = [
      "1", "2", "0", "0.1", "3e5", "1e38", "1e-38", "1e308", "170141183460469231731687303715884105727", "9", "+", "-",
      "*", "/", "%", "^", "(", ")", ",", "pi", "e", "sqrt(", "abs(", "round(", "floor(", "ceil(", "min(", "max(", "ln(",
      "log(", "log2(", "exp(", "sin(", "cos(", "tan(", " ", ".", "é", "\u{0}",
    ]
    var random = SeededGenerator(seed: 42)
    var succeeded = 0
    for _ in 0..<50_000 {
      var expression = ""
      for _ in 0..<Int.random(in: 1...12, using: &random) { expression += words.randomElement(using: &random) ?? "" }
      if let value = try? Calculator.evaluate(expression) {
        succeeded += 1
        #expect(value.double.isFinite, "\(expression)")
        #expect(!value.description.isEmpty)
      }
    }
    #expect(succeeded > 1_000)
  }

  @Test("random well-formed expressions never make it trap, and agree with doubles")
  func randomExpressions() throws {
    var random = SeededGenerator(seed: 43)
    var compared = 0
    for _ in 0..<20_000 {
      let (text, value) = Self.expression(depth: 5, using: &random)
      guard let result = try? Calculator.evaluate(text) else { continue }
      let text2 = result.description
      let shown = try #require(Double(text2), "\(text) = \(text2)")
      // Skip values for which doubles are inaccurate: cancellation, or a remainder at a boundary.
      guard value.isFinite, abs(value) > 1e-3, abs(value) < 1e12 else { continue }
      compared += 1
      #expect(abs(shown - value) <= abs(value) * 1e-6, "\(text)")
    }
    #expect(compared > 1_000)
  }

  private static func expression(depth: Int, using random: inout SeededGenerator) -> (String, Double) {
    guard depth > 0, Int.random(in: 0..<6, using: &random) > 0 else {
      let whole = Int.random(in: 0..<1_000, using: &random)
      let text = Bool.random(using: &random) ? "\(whole)" : "\(whole).\(Int.random(in: 0..<100, using: &random))"
      return (text, Double(text) ?? .nan)
    }
    let (left, leftValue) = expression(depth: depth - 1, using: &random)
    let (right, rightValue) = expression(depth: depth - 1, using: &random)
    switch Int.random(in: 0..<5, using: &random) {
    case 0: return ("(\(left) + \(right))", leftValue + rightValue)
    case 1: return ("(\(left) * \(right))", leftValue * rightValue)
    case 2: return ("(\(left) / \(right))", leftValue / rightValue)
    case 3: return ("abs(-\(left))", abs(leftValue))
    default: return ("max(\(left), \(right))", max(leftValue, rightValue))
    }
  }
}
