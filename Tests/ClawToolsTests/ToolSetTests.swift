import ClawCore
import ClawJSON
import Testing

@testable import ClawTools

@Suite("Sets of tools")
struct ToolSetTests {
  private struct Plain: Tool {
    let spec: ToolSpec

    init(_ name: String, _ parameters: JSONValue) { spec = ToolSpec(name: name, summary: name, parameters: parameters) }

    func run(_ call: ToolCall, in context: ToolContext) async throws -> ToolOutcome { .text("ran") }
  }

  private static let set = ToolSet([
    Plain(
      "note",
      [
        "type": "object", "required": ["text"], "additionalProperties": false,
        "properties": ["text": ["type": "string"], "title": ["type": "string"], "tag": ["type": ["string", "null"]]],
      ]),
    Plain("broken", ["type": "object", "properties": ["a": ["type": "words"]]]), Plain("list", ["type": "array"]),
    Plain("look", ["type": "object"]),
  ])

  private static func complaint(_ name: String, _ arguments: JSONValue) -> String? {
    do {
      _ = try set.checked(ToolCall(id: "1", name: name, arguments: arguments))
      return nil
    } catch {
      return error.message
    }
  }

  @Test("a tool whose schema is none, or not that of an object, is left out and named with the reason")
  func refusals() {
    #expect(Self.set.specs.map(\.name) == ["look", "note"] && Self.set["broken"] == nil)
    #expect(Self.set.refusals.map(\.name) == ["broken", "list"])
    #expect(Self.set.refusals[0].reason == #"#/properties/a: type knows no "words""#)
    let one = Self.set.allowed(by: ToolPolicy(denied: ["note"])) + ToolSet([])
    #expect(one.specs.map(\.name) == ["look"] && one.refusals.count == 2)
  }

  @Test("arguments that do not fit are told place by place, and an unknown tool with the nearest one")
  func complaints() {
    #expect(Self.complaint("note", ["text": "x"]) == nil)
    #expect(
      Self.complaint("note", ["text": 1, "titel": "x"])
        == "note was not run: text must be a string, not a number; titel is not known; there is tag, text, title. "
        + "Mend that and call it again")
    #expect(Self.complaint("note", [1])?.contains("the arguments must be an object") == true)
    #expect(Self.complaint("nots", [:]) == "there is no tool nots; did you mean note? available: look, note")
    #expect(Self.complaint("weather_report", [:]) == "there is no tool weather_report; available: look, note")
    #expect(Self.complaint("look", ["_raw": "{"])?.contains("not a JSON object") == true)
  }

  @Test("null counts as left out where the schema does not take it, and no arguments as an empty object")
  func nulls() throws {
    let call = ToolCall(id: "1", name: "note", arguments: ["text": "x", "title": nil])
    #expect(try Self.set.checked(call).arguments == ["text": "x"])
    let taken = ToolCall(id: "1", name: "note", arguments: ["text": "x", "tag": nil])
    #expect(try Self.set.checked(taken) == taken)
    #expect(Self.complaint("note", ["text": nil])?.contains("text must be a string, not null") == true)
    #expect(try Self.set.checked(ToolCall(id: "1", name: "look", arguments: nil)).arguments == [:])
  }
}
