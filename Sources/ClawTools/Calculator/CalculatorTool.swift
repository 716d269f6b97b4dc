import ClawCore
import ClawJSON

/// `calculator`: evaluates an arithmetic expression.
public struct CalculatorTool: Tool {
  public init() {}

  public var spec: ToolSpec {
    ToolSpec(
      name: "calculator",
      summary: "Calculates an arithmetic expression. Fractions and decimals are exact as long as they fit.",
      parameters: [
        "type": "object",
        "properties": [
          "expression": [
            "type": "string",
            "maxLength": .integer(Int64(Calculator.maxLength)),
            "description": .string(
              "Operators: + - * / % (remainder, with the sign of the left side) ^ (power) and parentheses. "
                + "Functions: \(CalculatorFunction.list); angles in radians, log to base 10. Constants: pi, e. "
                + "Example: (1 + 2.5e3) * sqrt(16)"),
          ]
        ],
        "required": ["expression"],
        "additionalProperties": false,
      ], effect: .reads)
  }

  public func run(_ call: ToolCall, in context: ToolContext) async throws -> ToolOutcome {
    do {
      guard let expression = try ToolArguments(call.arguments, names: ["expression"]).string("expression") else {
        return .error("\"expression\" is required")
      }
      return .text(try Calculator.evaluate(expression).description)
    } catch let problem as ToolArguments.Problem {
      return .error(problem.message)
    } catch let error as CalculatorError {
      return .error(error.description)
    }
  }
}
