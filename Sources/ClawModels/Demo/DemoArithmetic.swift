/// Finds the arithmetic expression in a sentence such as "what is 2+3*4?" or "12 times 7".
enum DemoArithmetic {
  private static let spoken = [
    (" multiplied by ", "*"), (" divided by ", "/"), (" times ", "*"), (" plus ", "+"), (" minus ", "-"),
    ("×", "*"), ("÷", "/"), ("−", "-"),
  ]
  private static let cues = ["what is", "what's", "how much", "calculate", "compute", "sum", "work out", "="]

  /// The expression, with only `+ - * / ( )` and digits; nil if there is none.
  static func expression(in text: String) -> String? {
    var line = " " + text.lowercased() + " "
    let before = line
    for (word, sign) in spoken { line = line.replacing(word, with: sign) }
    let hasWords = line != before
    if let total = sumOf(line) { return total }
    guard let run = longestRun(line), isExpression(run) else { return nil }
    let isBare = run.count == text.filter { !$0.isWhitespace && $0 != "?" }.count
    return isBare || hasWords || cues.contains(where: before.contains) ? run : nil
  }

  /// "the sum of 3 and 4", "add 3 and 4".
  private static func sumOf(_ line: String) -> String? {
    guard line.contains("sum of ") || line.contains(" add ") else { return nil }
    let numbers = line.split { !($0.isASCII && $0.isNumber) && $0 != "." }.filter { Double($0) != nil }
    return numbers.count >= 2 ? numbers.joined(separator: "+") : nil
  }

  /// The longest sequence of digits, operators, parentheses and spaces; without the spaces.
  private static func longestRun(_ line: String) -> String? {
    let runs = line.split { !isPart($0) && $0 != " " }
    return runs.map { $0.filter { $0 != " " } }.max { $0.count < $1.count }.map { run in
      var rest = run[...]
      while rest.last == "." { rest = rest.dropLast() }
      return String(rest)
    }
  }

  private static func isPart(_ character: Character) -> Bool {
    character.isASCII && (character.isNumber || "+-*/().".contains(character))
  }

  /// At least two numbers with an operator between them.
  private static func isExpression(_ run: String) -> Bool {
    let numbers = run.split { !($0.isNumber || $0 == ".") }
    guard numbers.count >= 2, let last = run.last, last.isNumber || last == ")" else { return false }
    return run.contains { "+-*/".contains($0) }
  }
}
