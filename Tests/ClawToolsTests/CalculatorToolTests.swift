import ClawCore
import ClawJSON
import ClawTools
import Testing

@Suite("The calculator tool")
struct CalculatorToolTests {
  private func run(_ arguments: JSONValue) async throws -> ToolResult {
    try await CalculatorTool().result(arguments)
  }

  @Test("a value is answered as text")
  func value() async throws {
    #expect(try await run(["expression": "0.1 + 0.2"]) == ToolResult(content: "0.3"))
    #expect(try await run(["expression": "2^10"]) == ToolResult(content: "1024"))
  }

  @Test("what has no value is an error the model can act on")
  func errors() async throws {
    #expect(
      try await run(["expression": "1/0"]) == ToolResult(content: "division by zero (at position 2)", isError: true))
    #expect(try await run([:]) == ToolResult(content: "\"expression\" is required", isError: true))
    #expect(try await run(["expression": 5]) == ToolResult(content: "\"expression\" must be a string", isError: true))
    #expect(try await run(["expression": "1", "x": 1]).isError)
    #expect(try await run([1]).isError)
  }
}
