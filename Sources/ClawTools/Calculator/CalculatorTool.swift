import ClawCore
import ClawJSON

/// `calculator`: the value of an arithmetic expression.
public struct CalculatorTool: Tool {
  public init() {}

  public var isRepeatable: Bool { true }

  public var definition: ToolDefinition {
    ToolDefinition(
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
      ])
  }

  public func run(_ arguments: JSONValue, in context: ToolContext) async throws -> ToolResult {
    do {
      guard let expression = try ToolArguments(arguments, names: ["expression"]).string("expression") else {
        return ToolResult(content: "\"expression\" is required", isError: true)
      }
      return ToolResult(content: try Calculator.evaluate(expression).description)
    } catch let problem as ToolArguments.Problem {
      return ToolResult(content: problem.message, isError: true)
    } catch let error as CalculatorError {
      return ToolResult(content: error.description, isError: true)
    }
  }
}
